package tasks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestJoinRecordsConsent(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	given := c.Accepting(c.Providers["factory01"], id, ledgertest.JoinTerms())
	joined := c.Submit(c.Providers["factory01"], "Tasks:Join", id, given)
	if joined["participant"] != "factory01" || joined["msp_id"] != "Factory1MSP" {
		t.Errorf("joined as %v", joined)
	}
	if got := ledgertest.JSON(t, joined["join"]); got != given {
		t.Errorf("join is %s, want %s", got, given)
	}
}

func TestJoinIsForActiveProviders(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	join := c.Accepting(c.Providers["factory01"], id, ledgertest.JoinTerms())
	c.Refuse(fault.PermissionDenied, []string{"needs provider"}, c.Requester, "Tasks:Join", id, join)
	c.Refuse(fault.PermissionDenied, []string{"needs provider"}, c.Archive, "Tasks:Join", id, join)
	stranger := ledgertest.NewIdentity(t, "Factory9MSP", "node", "provider")
	c.Refuse(fault.PermissionDenied, []string{"not registered"}, stranger, "Tasks:Join", id, join)
	c.Submit(c.Providers["factory01"], "Participants:Deactivate")
	c.Refuse(fault.PermissionDenied, []string{"INACTIVE"}, c.Providers["factory01"], "Tasks:Join", id, join)
}

func TestJoinValidatesItsTerms(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	for names, change := range map[string]func(record){
		"data_type: has 0":          func(j record) { j["data_type"] = "" },
		"samples: 0":                func(j record) { j["samples"] = 0 },
		"attributes: should be":     func(j record) { j["attributes"] = 1 },
		"attributes.n: should be":   func(j record) { j["attributes"] = record{"n": 1} },
		"attributes.n: has 201":     func(j record) { j["attributes"] = record{"n": strings.Repeat("x", 201)} },
		"schema_digest":             func(j record) { j["schema_digest"] = "x" },
		"acceptance: should be":     func(j record) { j["acceptance"] = true },
		"acceptance: has 0":         func(j record) { j["acceptance"] = "" },
		"accepts_usage_rules: unk":  func(j record) { j["accepts_usage_rules"] = true },
		"privacy_budget: should be": func(j record) { j["privacy_budget"] = 3 },
		"comment: unknown field":    func(j record) { j["comment"] = "x" },
	} {
		terms := ledgertest.JoinTerms()
		change(terms)
		joining := c.Accepting(c.Providers["factory01"], id, terms)
		c.Refuse(fault.InvalidArgument, []string{"join: ", names}, c.Providers["factory01"], "Tasks:Join", id, joining)
	}
}

func TestJoinGuardsTheSchema(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	terms := ledgertest.JoinTerms()
	terms["schema_digest"] = ledgertest.Digest("other")
	c.Refuse(fault.PreconditionFailed, []string{"same-schema", ledgertest.Digest("other"), ledgertest.Digest("schema")},
		c.Providers["factory01"], "Tasks:Join", id, c.Accepting(c.Providers["factory01"], id, terms))
}

func TestJoinOnceButAnyNumberAndLate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(1, 2))
	c.Join(id, "factory01", "factory02")
	c.Wait(time.Hour) // the join deadline says when fewer than max may start, not when joining ends
	c.Join(id, "factory03")
	terms := ledgertest.JoinTerms()
	terms["samples"] = 1
	again := c.Accepting(c.Providers["factory03"], id, terms)
	c.Refuse(fault.AlreadyExists, []string{"join"}, c.Providers["factory03"], "Tasks:Join", id, again)
}

func TestJoinNeedsAPublishedTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	join := c.Accepting(c.Providers["factory01"], id, ledgertest.JoinTerms())
	c.Refuse(fault.NotFound, []string{id}, c.Providers["factory01"], "Tasks:Join", id, join)
	c.Publish(id, ledgertest.Definition(1, 1))
	join = c.Accepting(c.Providers["factory01"], id, ledgertest.JoinTerms())
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	late := c.Accepting(c.Providers["factory02"], id, ledgertest.JoinTerms())
	c.Refuse(fault.IllegalTransition, []string{"task " + id + " is RUNNING", "Tasks:Join", "allowed: Rounds:SubmitUpdate"},
		c.Providers["factory02"], "Tasks:Join", id, late)
	c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
	c.Refuse(fault.IllegalTransition, []string{"CANCELLED", "allowed: Committee:Count"}, c.Providers["factory02"], "Tasks:Join", id, late)
	c.Repeat(c.Providers["factory01"], "Tasks:Join", id, join) // it did join, whatever came of it
}

func TestLeaveIsFinal(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Publish(id, ledgertest.Definition(1, 2))
	provider := c.Providers["factory01"]
	c.Refuse(fault.PreconditionFailed, []string{"guard joined"}, provider, "Tasks:Leave", id, "")
	c.Join(id, "factory01")
	c.Submit(provider, "Tasks:Leave", id, "no budget left")
	c.Refuse(fault.AlreadyExists, []string{"leave"}, provider, "Tasks:Leave", id, "another reason")
	view := c.Query(c.Requester, "Tasks:Get", id)
	left := view["left"].([]any)[0].(record)
	if left["participant"] != "factory01" || left["reason"] != "no budget left" || left["left_at_ms"] != c.NowMs() {
		t.Errorf("left is %v", left)
	}
	c.Refuse(fault.PreconditionFailed, []string{"guard not-left", "final"},
		provider, "Tasks:Join", id, c.Accepting(provider, id, ledgertest.JoinTerms()))
}

func TestLeaveNeedsALiveTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	c.Refuse(fault.IllegalTransition, []string{"CANCELLED", "Tasks:Leave"}, c.Providers["factory01"], "Tasks:Leave", id, "")
	c.Refuse(fault.NotFound, []string{"other"}, c.Providers["factory01"], "Tasks:Leave", "other", "")
}

func TestReasonsArePlainAndShort(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Join(id, "factory01")
	for _, reason := range []string{strings.Repeat("x", 501), "\x1b[31m", "\xff"} {
		c.Refuse(fault.InvalidArgument, []string{"reason"}, c.Providers["factory01"], "Tasks:Leave", id, reason)
		c.Refuse(fault.InvalidArgument, []string{"reason"}, c.Requester, "Tasks:Cancel", id, reason)
	}
}
