package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// requireRenewed ends the current term by an outage, and looks at who sits in the next.
func requireRenewed(t *testing.T, c *ledgertest.Consortium, committee []string, renewals int, replaced ...record) record {
	t.Helper()
	got := c.Outage(id, 1)
	if ledgertest.JSON(t, got["committee"]) != ledgertest.JSON(t, committee) || got["renewals"] != int64(renewals) {
		t.Errorf("the committee is %v after %v renewals, want %v after %d", got["committee"], got["renewals"], committee, renewals)
	}
	if replaced == nil {
		replaced = []record{}
	}
	if ledgertest.JSON(t, got["replaced"]) != ledgertest.JSON(t, replaced) {
		t.Errorf("replaced are %v, want %v", got["replaced"], replaced)
	}
	return got
}

// A power cut of all is nobody's fault, whatever the committee was about.
func TestTheCommitteeBeginsAnewWhereTimeRanOutForAll(t *testing.T) {
	for what, scene := range map[string]struct {
		before     func(c *ledgertest.Consortium, members []string)
		evaluation int64
	}{
		"scoring":   {func(*ledgertest.Consortium, []string) {}, 2},
		"one seal":  {func(c *ledgertest.Consortium, members []string) { sealed(c, members[0]) }, 2},
		"revealing": {func(c *ledgertest.Consortium, members []string) { sealed(c, members...); revealed(c, members[0]) }, 2},
		"sealing":   {func(c *ledgertest.Consortium, members []string) { c.Judge(id, 1, members...) }, 1},
		"attesting": {func(c *ledgertest.Consortium, members []string) {
			c.Judge(id, 1, members...)
			c.Seal(id, 1, ledgertest.Aggregate(id, 1), c.Followers(id, 1)...)
			c.Propose(id, 1)
		}, 1},
	} {
		t.Run(what, func(t *testing.T) {
			c, members := closed(t, 3)
			_, leader := c.Committee(id, 1)
			scene.before(c, members)
			old := c.At(id, 1)
			got := requireRenewed(t, c, members, 1)
			requireFaults(t, got)
			if got["leader"] != leader || got["evaluation"] != scene.evaluation || got["term"] != int64(2) {
				t.Errorf("term is %v", got)
			}
			steps := 3 + 2*(scene.evaluation-1) // those of scoring, where it scores anew
			if got["opened_at_ms"] != c.NowMs() || got["attest_by_ms"] != c.NowMs()+steps*60_000 {
				t.Errorf("opened at %v, it has until %v", got["opened_at_ms"], got["attest_by_ms"])
			}
			c.Deny(fault.PreconditionFailed, []string{"guard same-term"}, old.Report(members[0], members[1]))
			if scene.evaluation == 2 {
				c.Judge(id, 1, members...)
			}
			committed := finish(c)
			requireFaults(t, committed)
			for _, name := range members {
				if standing(committed, name)["reputation"] != int64(usual) || standing(committed, name)["share_ppm"].(int64) < 316_666 {
					t.Errorf("%s stands at %v", name, standing(committed, name))
				}
			}
		})
	}
}

func TestARoundBeginsAnewThreeTimesAndIsHaltedThen(t *testing.T) {
	c, members := closed(t, 3)
	for times := range 3 {
		requireFaults(t, requireRenewed(t, c, members, times+1))
	}
	sealed(c, members[0])
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard enough-left: without " + members[1] + ", " + members[2] + " there are 1"},
		c.At(id, 1).Replace("archive"))
	halt := c.Halt(id)
	requireFaults(t, halt, faultOf(members[1], 4, "unavailable"), faultOf(members[2], 4, "unavailable"))
	if halt["reason"] != "committee-exhausted" || standing(halt, members[1])["reputation"] != int64(450_000) {
		t.Errorf("halt is %v", halt)
	}
}

// The third time is as good as the first: a member that is back does its part, and has its fee.
func TestTheLastRenewalIsEnough(t *testing.T) {
	c, members := closed(t, 3)
	c.Outages(id, 1)
	c.Judge(id, 1, members...)
	requireFaults(t, finish(c))
}

// Nobody else's missing a later step takes back what a quorum did without a member.
func TestWhatAQuorumDidWithoutAMemberIsItsFault(t *testing.T) {
	c, members := closed(t, 3)
	lazy := c.Followers(id, 1)[0]
	sealed(c, without(members, lazy)...)
	c.Wait(time.Minute)
	revealed(c, without(members, lazy)...)
	got := requireRenewed(t, c, members, 1)
	requireFaults(t, got, faultOf(lazy, 1, "unavailable"))
	if got["evaluation"] != int64(1) {
		t.Errorf("term is %v", got)
	}
	committed := finish(c)
	requireFaults(t, committed, faultOf(lazy, 1, "unavailable"))
	if got := standing(committed, lazy); got["reputation"] != int64(usual-50_000) || got["share_ppm"] != int64(286_666) {
		t.Errorf("%s stands at %v", lazy, got)
	}
}

// Who fell for time before may sit again, and what it cost stays.
func TestWhoWasReplacedForTimeSitsAgain(t *testing.T) {
	c, members := closed(t, 3)
	absent := members[2]
	sealed(c, members[:2]...)
	c.Wait(time.Minute)
	requireFaults(t, requireReplaced(t, c, faultOf(absent, 1, "unavailable")), faultOf(absent, 1, "unavailable"))
	requireFaults(t, requireRenewed(t, c, members, 1), faultOf(absent, 1, "unavailable"))
	c.Judge(id, 1, members...)
	committed := finish(c)
	if got := standing(committed, absent)["reputation"]; got != int64(usual-50_000) {
		t.Errorf("%s stands at %v", absent, got)
	}
	if committed["term"] != int64(3) || ledgertest.JSON(t, committed["committee"]) != ledgertest.JSON(t, members) {
		t.Errorf("record is %v", committed)
	}
}

func TestNeitherALiarNorOneThatLeftSitsAgain(t *testing.T) {
	c, _, honest := judged(t, 4)
	_, liar := c.Committee(id, 1)
	c.Seal(id, 1, honest, c.Followers(id, 1)...)
	c.ProposeDigest(id, 1, lie)
	c.Attest(id, 1, honest, c.Followers(id, 1)...)
	lied := faultOf(liar, 1, "wrong-proposal")
	requireReplaced(t, c, lied)
	members, _ := c.Committee(id, 1)
	requireFaults(t, requireRenewed(t, c, members, 1, lied), lied)
	leaving := c.Followers(id, 1)[0]
	c.Submit(c.Providers[leaving], "Tasks:Leave", id, "")
	gone := faultOf(leaving, 3, "left")
	requireFaults(t, requireRenewed(t, c, without(members, leaving), 2, lied, gone), lied)
	requireFaults(t, finish(c), lied)
}

// That others are late, or have left, is no excuse for a lie.
func TestALiarPaysWhereTheCommitteeBeginsAnew(t *testing.T) {
	c, members := closed(t, 4)
	_, liar := c.Committee(id, 1)
	absent := c.Followers(id, 1)[0]
	sealed(c, without(members, absent)...)
	c.Wait(time.Minute)
	late := faultOf(absent, 1, "unavailable")
	requireReplaced(t, c, late)
	members, _ = c.Committee(id, 1)
	c.Judge(id, 1, members...)
	followers, honest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.ProposeDigest(id, 1, lie)
	c.Attest(id, 1, honest, followers...)
	c.Submit(c.Providers[followers[1]], "Tasks:Leave", id, "")
	lied := faultOf(liar, 2, "wrong-proposal")
	ranking := ledgertest.Strings(c.Query(c.Archive, "Committee:Get", id, "1")["ranking"])
	requireFaults(t, requireRenewed(t, c, without(ranking, liar, followers[1]), 1, lied), late, lied)
	requireFaults(t, finish(c), late, lied)
}

// Where enough are left, it is they that go on, and whoever fell is to blame.
func TestTheSpareSitBeforeTheLateSitAgain(t *testing.T) {
	c, members := closed(t, 5)
	fell := []record{}
	for _, name := range members {
		fell = append(fell, faultOf(name, 1, "unavailable"))
	}
	got := c.Outage(id, 1)
	requireFaults(t, got, fell...)
	if got["renewals"] != int64(0) || ledgertest.JSON(t, got["replaced"]) != ledgertest.JSON(t, fell) || contains(ledgertest.Strings(got["committee"]), members[0]) {
		t.Errorf("term is %v", got)
	}
	requireFaults(t, requireRenewed(t, c, members, 1), fell...)
}

// Who has left does not come back: with it too few are left, and who is late is to blame.
func TestARenewalTakesAQuorum(t *testing.T) {
	c, members := closed(t, 3)
	for _, name := range members[:2] {
		c.Submit(c.Providers[name], "Tasks:Leave", id, "")
	}
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard enough-left", "there are 0, at least 2 needed"}, c.At(id, 1).Replace("archive"))
	halt := c.Halt(id)
	requireFaults(t, halt, faultOf(members[2], 1, "unavailable"))
	if halt["reason"] != "committee-exhausted" {
		t.Errorf("halt is %v", halt)
	}
}

// A committee of one of two: each falls, and both again after each renewal.
func TestARoundWithAllItsTermsIsHalted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	definition := ledgertest.Definition(2, 2)
	definition["governance"].(record)["committee"] = 1
	c.RunningWith(id, definition)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	for term := int64(2); term <= 8; term++ {
		if got := c.Outage(id, 1); got["term"] != term || got["renewals"] != (term-1)/2 {
			t.Errorf("term %d is %v", term, got)
		}
	}
	c.Wait(time.Hour)
	halt := c.Halt(id)
	if halt["reason"] != "committee-exhausted" || len(halt["faults"].([]any)) != 5 { // but for those of three renewals
		t.Errorf("halt is %v", halt)
	}
}
