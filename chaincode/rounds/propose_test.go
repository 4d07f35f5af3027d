package rounds_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// propose makes the proposal that the leader of round 1 would make.
func propose(c *ledgertest.Consortium, proposal record) (*ledgertest.Identity, string, string, string, string) {
	return c.Leader(id, 1), "Rounds:ProposeAggregate", id, "1", asJSON(proposal)
}

func refusePropose(c *ledgertest.Consortium, code fault.Code, texts []string, proposal record) {
	who, call, task, round, text := propose(c, proposal)
	c.Refuse(code, texts, who, call, task, round, text)
}

func without(names []string, name string) []string {
	var rest []string
	for _, other := range names {
		if other != name {
			rest = append(rest, other)
		}
	}
	return rest
}

func TestProposeWhenAllHaveSubmitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, c.Names()...)
	proposal := ledgertest.Proposal(id, 1, "factory03", "factory01")
	proposal["rejected"] = []record{{"participant": "factory02", "reason": "non-finite"}}
	who, call, task, round, text := propose(c, proposal)
	got := c.Submit(who, call, task, round, text)
	if asJSON(got["accepted"]) != `["factory01","factory03"]` || asJSON(got["missing"]) != "[]" {
		t.Errorf("proposal is %v", got)
	}
	view := c.Round(id, 1)
	if view["state"] != "PROPOSED" || asJSON(view["proposal"]) != asJSON(got) {
		t.Errorf("round is %v", view)
	}
	proposal["digest"] = ledgertest.Digest("second thoughts")
	refusePropose(c, fault.AlreadyExists, []string{"proposal"}, proposal)
}

func TestProposeIsForTheLeader(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.SubmitUpdates(id, 1, c.Names()...)
	leader := c.Round(id, 1)["leader"].(string)
	for name, provider := range c.Providers {
		if name != leader {
			c.Refuse(fault.PermissionDenied, []string{"the leader of round 1", "is " + leader, "not " + name},
				provider, "Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, c.Names()...)))
		}
	}
	c.Refuse(fault.PermissionDenied, []string{"needs provider"},
		c.Requester, "Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, c.Names()...)))
}

func TestProposeWaitsForTheDeadline(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	proposal := ledgertest.Proposal(id, 1, "factory01", "factory02")
	c.Wait(119 * time.Second)
	refusePropose(c, fault.PreconditionFailed, []string{"complete-or-due", "1s away", "factory03"}, proposal)
	c.Wait(time.Second)
	got := c.Propose(id, 1, "factory01", "factory02")
	if asJSON(got["missing"]) != `["factory03"]` || asJSON(got["left"]) != "[]" {
		t.Errorf("proposal is %v", got)
	}
}

func TestProposeNeedsTheMinimum(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(time.Hour)
	refusePropose(c, fault.PreconditionFailed, []string{"enough-submitted", "1 submitted, at least 2"},
		ledgertest.Proposal(id, 1, "factory01"))
	c.SubmitUpdates(id, 1, "factory02")
	rejecting := ledgertest.Proposal(id, 1, "factory01")
	rejecting["rejected"] = []record{{"participant": "factory02", "reason": "harmful"}}
	refusePropose(c, fault.PreconditionFailed, []string{"complete-or-due", "1 are accepted, at least 2"}, rejecting)
	none := ledgertest.Proposal(id, 1)
	none["rejected"] = []record{{"participant": "factory01", "reason": "x"}, {"participant": "factory02", "reason": "x"}}
	refusePropose(c, fault.PreconditionFailed, []string{"some-accepted"}, none)
}

func TestProposeJudgesJustThoseWhoSubmitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.Publish(id, ledgertest.Definition(2, 3))
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01","factory02","factory03"]`)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	refusePropose(c, fault.PreconditionFailed, []string{"all-submitted", "not submitted: factory03"},
		ledgertest.Proposal(id, 1, "factory01", "factory02", "factory03"))
	refusePropose(c, fault.PreconditionFailed, []string{"none-passed-over", "factory02"},
		ledgertest.Proposal(id, 1, "factory01"))
	refusePropose(c, fault.InvalidArgument, []string{"not sampled", "factory04"},
		ledgertest.Proposal(id, 1, "factory01", "factory02", "factory04"))
	twice := ledgertest.Proposal(id, 1, "factory01", "factory02")
	twice["rejected"] = []record{{"participant": "factory02", "reason": "x"}}
	refusePropose(c, fault.InvalidArgument, []string{"twice"}, twice)
}

func TestProposeValidatesTheProposal(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, "factory01")
	for names, change := range map[string]func(record){
		"digest: missing":                 func(p record) { delete(p, "digest") },
		"size: 0":                         func(p record) { p["size"] = 0 },
		"accuracy_ppm: -2":                func(p record) { p["accuracy_ppm"] = -2 },
		"accuracy_ppm: 1000001":           func(p record) { p["accuracy_ppm"] = 1_000_001 },
		"accepted: should be":             func(p record) { p["accepted"] = "factory01" },
		"accepted: a name appears twice":  func(p record) { p["accepted"] = []string{"factory01", "factory01"} },
		"rejected: entry 0 is not":        func(p record) { p["rejected"] = []int{1} },
		"rejected[0].reason":              func(p record) { p["rejected"] = []record{{"participant": "a"}} },
		"rejected[0].vote: unknown field": func(p record) { p["rejected"] = []record{{"participant": "a", "reason": "x", "vote": 1}} },
		"metrics: has":                    func(p record) { p["metrics"] = record{"x": strings.Repeat("x", 1024)} },
		"term: unknown field":             func(p record) { p["term"] = 2 },
	} {
		proposal := ledgertest.Proposal(id, 1, "factory01")
		change(proposal)
		refusePropose(c, fault.InvalidArgument, []string{"proposal: ", names}, proposal)
	}
}

func TestALateUpdateInTheSameBlockStopsTheProposal(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	who, call, task, round, text := propose(c, ledgertest.Proposal(id, 1, "factory01", "factory02"))
	proposal := c.Endorse(who, call, task, round, text)
	update := c.Endorse(c.Providers["factory03"], "Rounds:SubmitUpdate", id, "1", asJSON(c.Update(id, 1, "factory03")))
	if !c.Commit(update) || c.Commit(proposal) {
		t.Error("a proposal stands that does not know of an update")
	}
	c.Propose(id, 1, c.Names()...)
}

func TestAProposalInTheSameBlockStopsALateUpdate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	update := c.Endorse(c.Providers["factory03"], "Rounds:SubmitUpdate", id, "1", asJSON(c.Update(id, 1, "factory03")))
	c.Propose(id, 1, "factory01", "factory02")
	if c.Commit(update) {
		t.Error("an update stands in a round that was proposed without it")
	}
}

func TestWhoLeftWithoutAnUpdateIsNotWaitedFor(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	leader := c.Round(id, 1)["leader"].(string)
	leaver := without(c.Names(), leader)[0]
	rest := without(c.Names(), leaver)
	c.SubmitUpdates(id, 1, rest...)
	c.Submit(c.Providers[leaver], "Tasks:Leave", id, "no budget left")
	view := c.Round(id, 1)
	if asJSON(view["participants"]) != asJSON(rest) || asJSON(view["missing"]) != "[]" {
		t.Errorf("round is %v", view)
	}
	proposal := c.Propose(id, 1, rest...)
	if asJSON(proposal["left"]) != asJSON([]string{leaver}) || asJSON(proposal["missing"]) != "[]" {
		t.Errorf("proposal is %v", proposal)
	}
	committed := c.CommitRound(id, 1)
	if asJSON(committed["next_participants"]) != asJSON(rest) || asJSON(committed["sampled"]) != asJSON(c.Names()) {
		t.Errorf("record is %v", committed)
	}
	if next := c.Round(id, 2); asJSON(next["participants"]) != asJSON(rest) {
		t.Errorf("round 2 is %v", next)
	}
}

func TestWhoLeftAfterSubmittingCountsInThatRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	leaver := without(c.Names(), c.Round(id, 1)["leader"].(string))[0]
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Submit(c.Providers[leaver], "Tasks:Leave", id, "")
	refusePropose(c, fault.PreconditionFailed, []string{"none-passed-over", leaver},
		ledgertest.Proposal(id, 1, without(c.Names(), leaver)...))
	proposal := c.Propose(id, 1, c.Names()...)
	if asJSON(proposal["left"]) != "[]" {
		t.Errorf("left are %v", proposal["left"])
	}
	if next := c.CommitRound(id, 1)["next_participants"]; asJSON(next) != asJSON(without(c.Names(), leaver)) {
		t.Errorf("next are %v", next)
	}
	// The task started with three at least: two cannot go on alone.
	rest := without(c.Names(), leaver)
	c.SubmitUpdates(id, 2, rest...)
	c.Refuse(fault.PreconditionFailed, []string{"enough-submitted", "2 submitted, at least 3"},
		c.Leader(id, 2), "Rounds:ProposeAggregate", id, "2", asJSON(ledgertest.Proposal(id, 2, rest...)))
}

func TestALeaderThatLeavesIsSucceeded(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	first := c.Round(id, 1)["leader"].(string)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Submit(c.Providers[first], "Tasks:Leave", id, "")
	second := c.Round(id, 1)["leader"].(string)
	if second == first || second == "" {
		t.Fatalf("the leader after %s is %q", first, second)
	}
	c.Refuse(fault.PermissionDenied, []string{"is " + second}, c.Providers[first],
		"Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, c.Names()...)))
	c.Propose(id, 1, c.Names()...)
	c.Submit(c.Providers[second], "Tasks:Leave", id, "")
	third := c.Round(id, 1)["leader"].(string)
	committed := c.CommitRound(id, 1)
	if committed["leader"] != second || committed["committed_by"] != third {
		t.Errorf("led by %v, committed by %v", committed["leader"], committed["committed_by"])
	}
}

func TestWhenAllHaveLeftNobodyLeads(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Running(id, 1)
	for _, name := range c.Names() {
		c.Submit(c.Providers[name], "Tasks:Leave", id, "")
	}
	if view := c.Round(id, 1); view["leader"] != "" {
		t.Errorf("round is %v", view)
	}
	c.Refuse(fault.PermissionDenied, []string{"nobody"}, c.Providers["factory01"],
		"Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, "factory01")))
	c.Submit(c.Requester, "Tasks:Cancel", id, "everyone left")
}

func TestProposeNeedsARunningTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Refuse(fault.IllegalTransition, []string{"PUBLISHED", "Rounds:ProposeAggregate"}, c.Providers["factory01"],
		"Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, "factory01")))
	c.Refuse(fault.NotFound, []string{"other"}, c.Providers["factory01"],
		"Rounds:ProposeAggregate", "other", "1", asJSON(ledgertest.Proposal(id, 1, "factory01")))
}
