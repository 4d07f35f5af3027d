package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// leave lets a member leave the task, by its own clock that much later than the others'.
func leave(t *testing.T, c *ledgertest.Consortium, name string, ahead time.Duration) {
	t.Helper()
	leaving := c.EndorseAt(c.Now().Add(ahead), c.Providers[name], "Tasks:Leave", id, "")
	if leaving.Message != "" || !c.Commit(leaving) {
		t.Fatalf("%s does not leave: %s", name, leaving.Message)
	}
}

// whenLeft is what the record says of a member that did not do a step, and left so much after its end.
func whenLeft(late bool) (after time.Duration, faults func(name string) []record) {
	if late {
		return 0, func(name string) []record { return []record{faultOf(name, 1, "unavailable")} }
	}
	return -time.Millisecond, func(string) []record { return nil }
}

// Who has missed a duty does not escape by leaving before it is written down; who leaves in time owes nothing.
func TestLeavingExcusesOnlyBeforeTheEndOfAStep(t *testing.T) {
	scenes := map[string]struct {
		steps  time.Duration // until the end of the step that the member misses
		before func(c *ledgertest.Consortium, members []string, lazy string)
		after  func(c *ledgertest.Consortium, members []string, lazy string)
	}{
		"no scores are sealed": {1, func(c *ledgertest.Consortium, members []string, lazy string) {
			sealed(c, without(members, lazy)...)
		}, func(c *ledgertest.Consortium, members []string, lazy string) {
			revealed(c, without(members, lazy)...)
			agreeWithout(c, lazy)
		}},
		"scores are not revealed": {2, func(c *ledgertest.Consortium, members []string, lazy string) {
			sealed(c, members...)
			revealed(c, without(members, lazy)...)
		}, func(c *ledgertest.Consortium, _ []string, lazy string) {
			agreeWithout(c, lazy)
		}},
		"no digest is sealed": {3, func(c *ledgertest.Consortium, members []string, lazy string) {
			c.Judge(id, 1, members...)
			c.Seal(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), lazy)...)
		}, func(c *ledgertest.Consortium, _ []string, lazy string) {
			c.Propose(id, 1)
			c.Attest(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), lazy)...)
		}},
		"a digest is not opened": {5, func(c *ledgertest.Consortium, members []string, lazy string) {
			c.Judge(id, 1, members...)
			c.Seal(id, 1, ledgertest.Aggregate(id, 1), c.Followers(id, 1)...)
			c.Propose(id, 1)
			c.Attest(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), lazy)...)
		}, func(*ledgertest.Consortium, []string, string) {}},
	}
	for what, scene := range scenes {
		for _, late := range []bool{true, false} {
			t.Run(what, func(t *testing.T) {
				c, members := closed(t, 4)
				lazy := c.Followers(id, 1)[0]
				scene.before(c, members, lazy)
				after, faults := whenLeft(late)
				c.Wait(scene.steps*time.Minute + after)
				leave(t, c, lazy, 0)
				scene.after(c, members, lazy)
				got := c.CommitRound(id, 1)
				requireFaults(t, got, faults(lazy)...)
				if fell := standing(got, lazy)["reputation"] == int64(usual-50_000); fell != late {
					t.Errorf("%s stands at %v", lazy, standing(got, lazy))
				}
			})
		}
	}
}

// agreeWithout lets all but the lazy seal, propose and attest.
func agreeWithout(c *ledgertest.Consortium, lazy string) {
	followers, digest := without(c.Followers(id, 1), lazy), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, digest, followers...)
	c.Propose(id, 1)
	c.Attest(id, 1, digest, followers...)
}

func TestALeaderThatLeavesWhenItsTimeIsOverIsAtFault(t *testing.T) {
	for _, late := range []bool{true, false} {
		c, _, honest := judged(t, 4)
		leader := c.Round(id, 1)["leader"].(string)
		c.Seal(id, 1, honest, c.Followers(id, 1)...)
		after, faults := whenLeft(late)
		c.Wait(4*time.Minute + after)
		leave(t, c, leader, 0)
		reason := map[bool]string{true: "unavailable", false: "left"}[late]
		requireFaults(t, requireReplaced(t, c, faultOf(leader, 1, reason)), faults(leader)...)
	}
}

// Where no digest has a quorum, those that have not spoken have fallen, each by the step that it missed.
func TestWhoLeavesLateFallsForTime(t *testing.T) {
	for _, late := range []bool{true, false} {
		c := ledgertest.NewConsortium(t, 7)
		definition := ledgertest.Definition(5, 7)
		definition["governance"].(record)["committee"] = 5
		c.RunningWith(id, definition)
		c.Judged(id, 1)
		followers, honest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
		c.Seal(id, 1, honest, followers[0], followers[2])
		c.Wait(3 * time.Minute)
		leave(t, c, followers[1], 0) // seals nothing, and is late
		c.ProposeDigest(id, 1, lie)
		c.Attest(id, 1, honest, followers[0])
		after, _ := whenLeft(late)
		c.Wait(2*time.Minute + after)
		leave(t, c, followers[2], 0)
		reason := map[bool]string{true: "unavailable", false: "left"}[late]
		c.Wait(time.Minute)
		got := c.Do(c.At(id, 1).Replace("archive"))
		want := []record{faultOf(followers[1], 1, "unavailable"), faultOf(followers[3], 1, "unavailable"), faultOf(followers[2], 1, reason)}
		if ledgertest.JSON(t, got["replaced"]) != ledgertest.JSON(t, want) {
			t.Errorf("replaced are %v", got["replaced"])
		}
	}
}

// A member that misses a step and leaves falls once, whatever it misses afterwards.
func TestTheFirstMissedStepStands(t *testing.T) {
	c, members := closed(t, 4)
	lazy := c.Followers(id, 1)[0]
	sealed(c, members...)
	revealed(c, without(members, lazy)...)
	c.Wait(2 * time.Minute)
	leave(t, c, lazy, 0) // too late to reveal, in time for its digest
	got := requireReplaced(t, c, faultOf(lazy, 1, "unavailable"))
	requireFaults(t, got, faultOf(lazy, 1, "unavailable"))
}

// Nobody waits for one that has left, but what its own clock says is its word.
func TestALeavingDatedAfterTheStepIsLate(t *testing.T) {
	c, members := closed(t, 4)
	lazy := c.Followers(id, 1)[0]
	sealed(c, without(members, lazy)...)
	c.Wait(time.Minute - time.Second)
	leave(t, c, lazy, time.Second)
	revealed(c, without(members, lazy)...)
	agreeWithout(c, lazy)
	requireFaults(t, c.CommitRound(id, 1), faultOf(lazy, 1, "unavailable"))
}
