package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// requireReplaced ends the current term, and looks at who takes the seats.
func requireReplaced(t *testing.T, c *ledgertest.Consortium, fallen ...record) record {
	t.Helper()
	before, _ := c.Committee(id, 1)
	number := c.At(id, 1).Number
	got := c.Do(c.At(id, 1).Replace("archive"))
	if ledgertest.JSON(t, got["replaced"]) != ledgertest.JSON(t, fallen) {
		t.Errorf("replaced are %v, want %v", got["replaced"], fallen)
	}
	if got["term"] != int64(number+1) || got["opened_by"] != "archive" || got["opened_at_ms"] != c.NowMs() {
		t.Errorf("term is %v", got)
	}
	committee := ledgertest.Strings(got["committee"])
	for _, one := range fallen {
		name := one["participant"].(string)
		if contains(committee, name) {
			t.Errorf("%s fell, and is on %v again", name, committee)
		}
		before = without(before, name)
	}
	for _, name := range before {
		if !contains(committee, name) {
			t.Errorf("%s did its part, and is not on %v", name, committee)
		}
	}
	if view := c.Round(id, 1); view["state"] != "EVALUATING" || view["leader"] != got["leader"] {
		t.Errorf("round is %v", view)
	}
	return got
}

func refuseReplace(c *ledgertest.Consortium) {
	c.Deny(fault.PreconditionFailed, []string{"Committee:Replace: guard some-fallen: nobody has: the committee is at work"},
		c.At(id, 1).Replace("archive"))
}

// finish lets the current committee do what is left from the scores on.
func finish(c *ledgertest.Consortium) record {
	c.Agree(id, 1)
	return c.CommitRound(id, 1)
}

func TestReplaceNeedsAClosedRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is OPEN: Committee:Replace"}, c.Archive, "Committee:Replace", id, "1", "1")
	c.PlayRound(id, 1)
	c.Refuse(fault.IllegalTransition, []string{"is COMMITTED: Committee:Replace"}, c.Archive, "Committee:Replace", id, "1", "1")
	c.Refuse(fault.IllegalTransition, []string{"round 3", "does not exist"}, c.Archive, "Committee:Replace", id, "3", "1")
}

func TestReplaceIsOfTheCurrentTerm(t *testing.T) {
	c, _ := closed(t, 5)
	first := c.At(id, 1)
	later := *first
	later.Number = 2
	c.Deny(fault.PreconditionFailed, []string{"guard same-term: it is of term 2, the current one is 1"}, later.Replace("archive"))
	c.Submit(c.Leader(id, 1), "Tasks:Leave", id, "")
	got := c.Do(first.Replace("buyer"))
	if again := c.Repeat(c.Archive, "Committee:Replace", id, "1", "1"); again["tx_id"] != got["tx_id"] {
		t.Errorf("a second replacement of term 1 is %v", again)
	}
}

func TestOfTwoReplacementsInOneBlockOneWins(t *testing.T) {
	c, _ := closed(t, 5)
	c.Submit(c.Leader(id, 1), "Tasks:Leave", id, "")
	one, two := c.Try(c.At(id, 1).Replace("buyer")), c.Try(c.At(id, 1).Replace("archive"))
	if !c.Commit(one) || c.Commit(two) {
		t.Error("both replacements, or none, were committed")
	}
}

func TestAMemberThatDoesNotScoreIsReplaced(t *testing.T) {
	c, members := closed(t, 5)
	absent := c.Followers(id, 1)[0]
	sealed(c, without(members, absent)...)
	c.Wait(time.Minute - time.Second)
	refuseReplace(c)
	c.Wait(time.Second)
	got := requireReplaced(t, c, faultOf(absent, 1, "unavailable"))
	requireFaults(t, got, faultOf(absent, 1, "unavailable"))
	// The scores were not complete: the new committee scores anew.
	if got["evaluation"] != int64(2) || ledgertest.JSON(t, got["scorers"]) != ledgertest.JSON(t, got["committee"]) {
		t.Errorf("term is %v", got)
	}
	stage := int64(60_000)
	for i, field := range []string{"score_by_ms", "reveal_by_ms", "seal_by_ms", "propose_by_ms", "attest_by_ms"} {
		if got[field] != c.NowMs()+int64(i+1)*stage {
			t.Errorf("%s is %v", field, got[field])
		}
	}
	c.Judge(id, 1, ledgertest.Strings(got["committee"])...)
	committed := finish(c)
	if committed["term"] != int64(2) || standing(committed, absent)["reputation"] != int64(usual-50_000) {
		t.Errorf("record is of term %v, %s stands at %v", committed["term"], absent, standing(committed, absent))
	}
	requireFaults(t, committed, faultOf(absent, 1, "unavailable"))
}

func TestCompleteScoresAreKept(t *testing.T) {
	c, members, honest := judged(t, 5)
	absent := c.Followers(id, 1)[0]
	c.Seal(id, 1, honest, c.Followers(id, 1)[1:]...)
	c.Wait(3*time.Minute - time.Second)
	refuseReplace(c)
	c.Wait(time.Second)
	got := requireReplaced(t, c, faultOf(absent, 1, "unavailable"))
	if got["evaluation"] != int64(1) || ledgertest.JSON(t, got["scorers"]) != ledgertest.JSON(t, members) {
		t.Errorf("term is %v", got)
	}
	now := c.NowMs()
	for field, want := range map[string]int64{
		"score_by_ms": now, "reveal_by_ms": now, "seal_by_ms": now + 60_000, "propose_by_ms": now + 120_000, "attest_by_ms": now + 180_000,
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %d", field, got[field], want)
		}
	}
	member := members[0]
	if member == absent {
		member = members[1]
	}
	for _, call := range []ledgertest.Call{c.At(id, 1).SealScores(member, nil), c.At(id, 1).Reveal(member, []record{})} {
		c.Deny(fault.PreconditionFailed, []string{"the scores of term 1 stand"}, call)
	}
	committed := finish(c)
	if len(committed["evaluations"].([]any)) != 3 {
		t.Errorf("evaluations are %v", committed["evaluations"])
	}
	requireFaults(t, committed, faultOf(absent, 1, "unavailable"))
}

func TestWhoSealsItsScoresAndDoesNotRevealIsReplaced(t *testing.T) {
	c, members := closed(t, 5)
	absent := c.Followers(id, 1)[0]
	sealed(c, members...)
	revealed(c, without(members, absent)...)
	c.Wait(time.Minute)
	refuseReplace(c)
	c.Wait(time.Minute)
	got := requireReplaced(t, c, faultOf(absent, 1, "unavailable"))
	if got["evaluation"] != int64(1) { // a quorum has revealed
		t.Errorf("term is %v", got)
	}
	finish(c)
}

func TestALeaderThatDoesNotProposeIsReplaced(t *testing.T) {
	c, _, honest := judged(t, 5)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, c.Followers(id, 1)...)
	c.Wait(4*time.Minute - time.Second)
	refuseReplace(c)
	c.Wait(time.Second)
	requireReplaced(t, c, faultOf(leader, 1, "unavailable"))
	committed := finish(c)
	requireFaults(t, committed, faultOf(leader, 1, "unavailable"))
	if standing(committed, leader)["share_ppm"] != int64(172_000) || committed["round"] != int64(1) {
		t.Errorf("%s stands at %v", leader, standing(committed, leader))
	}
}

func TestALeaderReportedByAQuorumIsReplacedAtOnce(t *testing.T) {
	c, _, honest := judged(t, 5)
	_, leader := c.Committee(id, 1)
	followers, term := c.Followers(id, 1), c.At(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.Do(term.Report(followers[0], leader))
	refuseReplace(c)
	c.Do(term.Report(followers[1], leader))
	requireReplaced(t, c, faultOf(leader, 1, "unavailable"))
	finish(c)
}

func TestALeaderThatLeavesIsReplacedWithoutFault(t *testing.T) {
	c, _, honest := judged(t, 5)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, c.Followers(id, 1)...)
	refuseReplace(c)
	c.Submit(c.Providers[leader], "Tasks:Leave", id, "")
	requireFaults(t, requireReplaced(t, c, faultOf(leader, 1, "left")))
	committed := finish(c)
	requireFaults(t, committed)
	if standing(committed, leader)["reputation"] != int64(usual) || ledgertest.JSON(t, committed["replaced"]) != ledgertest.JSON(t, []record{faultOf(leader, 1, "left")}) {
		t.Errorf("record is %v", committed)
	}
}

func TestWhoLeftDoesNotTakeASeat(t *testing.T) {
	c, members := closed(t, 5)
	spare := without(c.Names(), members...)
	ranking := without(ledgertest.Strings(c.Query(c.Archive, "Committee:Get", id, "1")["ranking"]), members...)
	c.Submit(c.Providers[ranking[0]], "Tasks:Leave", id, "")
	c.Submit(c.Providers[members[0]], "Tasks:Leave", id, "")
	got := requireReplaced(t, c, faultOf(members[0], 1, "left"))
	if committee := ledgertest.Strings(got["committee"]); committee[2] != ranking[1] || len(spare) != 2 {
		t.Errorf("the committee is %v of %v", committee, ranking)
	}
}

func TestAnOrganisationHasOneSeatInLaterTermsToo(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	for _, name := range []string{"factory04", "factory05", "factory06"} {
		c.Register(name, "Factory1MSP")
	}
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	for range 2 {
		committee, _ := c.Committee(id, 1)
		organisations := map[string]bool{}
		for _, name := range committee {
			organisations[c.Providers[name].MSPID] = true
		}
		if len(committee) != 3 || len(organisations) != 3 {
			t.Errorf("the committee is %v of %v", committee, organisations)
		}
		for _, name := range committee {
			if c.Providers[name].MSPID == "Factory1MSP" {
				c.Submit(c.Providers[name], "Tasks:Leave", id, "")
			}
		}
		c.Do(c.At(id, 1).Replace("buyer"))
	}
}

// Whoever could not do its part, because others did not do theirs, is not blamed.
func TestNobodyIsBlamedForWhatItCouldNotDo(t *testing.T) {
	c, members := closed(t, 6)
	sealed(c, members[0])
	c.Wait(time.Hour) // past every deadline
	requireReplaced(t, c, faultOf(members[1], 1, "unavailable"), faultOf(members[2], 1, "unavailable"))
}

func TestALeaderWithoutAQuorumOfSealsIsNotBlamed(t *testing.T) {
	c, _, _ := judged(t, 6)
	followers := c.Followers(id, 1)
	c.Wait(time.Hour)
	requireReplaced(t, c, faultOf(followers[0], 1, "unavailable"), faultOf(followers[1], 1, "unavailable"))
}

func TestTermsDoNotGoBackInTime(t *testing.T) {
	c, _, honest := judged(t, 5)
	replace := func() record { // by a client whose clock is behind, as far as endorsers tolerate
		t.Helper()
		call := c.At(id, 1).Replace("archive")
		e := c.EndorseAt(time.UnixMilli(c.NowMs()).Add(-10*time.Second), call.Who, call.Function, call.Args...)
		if e.Message != "" || !c.Commit(e) {
			t.Fatal(e.Message)
		}
		return c.Round(id, 1)["term"].(record)
	}
	followers := c.Followers(id, 1)
	c.Wait(5 * time.Second)
	c.Seal(id, 1, honest, followers...)
	proposed := c.ProposeDigest(id, 1, lie)["proposed_at_ms"].(int64)
	c.Attest(id, 1, honest, followers...)
	second := replace()
	if second["opened_at_ms"] != proposed || second["seal_by_ms"] != proposed+60_000 {
		t.Errorf("after a proposal at %v the term is %v", proposed, second)
	}
	c.Submit(c.Providers[c.Followers(id, 1)[0]], "Tasks:Leave", id, "")
	if third := replace(); third["term"] != int64(3) || third["opened_at_ms"] != proposed {
		t.Errorf("after a term of %v the next is %v", proposed, third)
	}
}

func TestALeavingInTheSameBlockStopsAReplacement(t *testing.T) {
	c, members := closed(t, 5)
	ranking := without(ledgertest.Strings(c.Query(c.Archive, "Committee:Get", id, "1")["ranking"]), members...)
	c.Submit(c.Providers[members[0]], "Tasks:Leave", id, "")
	replace := c.Try(c.At(id, 1).Replace("archive"))
	c.Submit(c.Providers[ranking[0]], "Tasks:Leave", id, "")
	if c.Commit(replace) {
		t.Error("one who has left takes a seat")
	}
}
