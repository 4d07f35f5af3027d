package rounds_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestProposeWhenAllOthersAreBound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	_, leader := c.Committee(id, 1)
	propose := c.At(id, 1).Propose(leader, digest)
	c.Seal(id, 1, digest, followers[0])
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none", "still waited for: " + followers[1]}, propose)
	c.Seal(id, 1, digest, followers[1])
	got := c.Do(propose)
	if got["leader"] != leader || got["digest"] != digest || got["term"] != int64(1) || got["proposed_at_ms"] != c.NowMs() {
		t.Errorf("proposal is %v", got)
	}
	view := c.Round(id, 1)
	if view["state"] != "PROPOSED" || asJSON(view["term"].(record)["proposal"]) != asJSON(got) {
		t.Errorf("round is %v", view)
	}
	c.Deny(fault.AlreadyExists, []string{"Rounds:ProposeAggregate: proposal", "PROPOSED; allowed: Committee:AttestAggregate"},
		c.At(id, 1).Propose(leader, ledgertest.Digest("second thoughts")))
}

func TestProposeWaitsForTheScores(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	members, leader := c.Committee(id, 1)
	propose := c.At(id, 1).Propose(leader, ledgertest.Aggregate(id, 1))
	c.Deny(fault.PreconditionFailed, []string{"guard quorum", "0 have, 2 needed"}, propose)
	for _, member := range members {
		c.Do(c.At(id, 1).SealScores(member, c.Scores(id, 1, member)))
	}
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none", "still waited for", members[0], members[1], members[2]}, propose)
}

func TestProposeNeedsAQuorumOfSeals(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	c.Wait(3*time.Minute - time.Second)
	_, leader := c.Committee(id, 1)
	propose := c.At(id, 1).Propose(leader, ledgertest.Aggregate(id, 1))
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none"}, propose)
	c.Wait(time.Second)
	c.Deny(fault.PreconditionFailed, []string{"guard quorum", "1 have, 2 needed"}, propose)
}

func TestProposeInTime(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	c.Seal(id, 1, ledgertest.Aggregate(id, 1), c.Followers(id, 1)...)
	_, leader := c.Committee(id, 1)
	propose := c.At(id, 1).Propose(leader, ledgertest.Aggregate(id, 1))
	c.Wait(4 * time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard in-time", "it passed 0s ago"}, propose)
	c.Wait(-time.Second)
	c.Do(propose)
}

func TestProposeIsForTheLeader(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	_, leader := c.Committee(id, 1)
	for _, name := range append(c.Followers(id, 1), "buyer") {
		c.Deny(fault.PermissionDenied, []string{"the leader of round 1", "in term 1 is " + leader, "not " + name},
			c.At(id, 1).Propose(name, ledgertest.Aggregate(id, 1)))
	}
}

func TestProposeValidatesTheProposal(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.Judged(id, 1)
	for names, change := range map[string]func(record){
		"digest: missing":         func(p record) { delete(p, "digest") },
		"size: 0":                 func(p record) { p["size"] = 0 },
		"accuracy_ppm: -2":        func(p record) { p["accuracy_ppm"] = -2 },
		"accuracy_ppm: 1000001":   func(p record) { p["accuracy_ppm"] = 1_000_001 },
		"metrics: has":            func(p record) { p["metrics"] = record{"x": strings.Repeat("x", 1024)} },
		"term: missing":           func(p record) { delete(p, "term") },
		"term: 0":                 func(p record) { p["term"] = 0 },
		"accepted: unknown field": func(p record) { p["accepted"] = []string{"factory01"} },
	} {
		proposal := ledgertest.Proposal(id, 1, 1)
		change(proposal)
		c.Deny(fault.InvalidArgument, []string{"proposal: ", names}, c.At(id, 1).ProposeThis("factory01", proposal))
	}
	later := ledgertest.Proposal(id, 1, 2)
	c.Deny(fault.PreconditionFailed, []string{"guard same-term", "it is of term 2, the current one is 1"}, c.At(id, 1).ProposeThis("factory01", later))
}

func TestASealInTheSameBlockStopsTheProposal(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	_, leader := c.Committee(id, 1)
	term := c.At(id, 1)
	c.Seal(id, 1, digest, followers[0])
	for _, member := range []string{leader, followers[0]} {
		c.Do(term.Report(member, followers[1]))
	}
	proposal := c.Try(term.Propose(leader, digest))
	c.Do(term.Seal(followers[1], digest))
	if c.Commit(proposal) {
		t.Error("a proposal stands that does not know of a seal")
	}
}

func TestProposeNeedsARunningTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	proposal := asJSON(ledgertest.Proposal(id, 1, 1))
	c.Refuse(fault.IllegalTransition, []string{"task " + id + " is PUBLISHED: Rounds:ProposeAggregate"}, c.Providers["factory01"],
		"Rounds:ProposeAggregate", id, "1", proposal)
	c.Refuse(fault.NotFound, []string{"other"}, c.Providers["factory01"], "Rounds:ProposeAggregate", "other", "1", proposal)
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	c.Refuse(fault.IllegalTransition, []string{"is OPEN", "Rounds:ProposeAggregate"}, c.Providers["factory01"],
		"Rounds:ProposeAggregate", id, "1", proposal)
	c.Judged(id, 1)
	propose := c.Try(c.At(id, 1).Propose("factory01", ledgertest.Aggregate(id, 1)))
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if c.Commit(propose) {
		t.Error("an aggregate was proposed in the block that cancelled its task")
	}
}
