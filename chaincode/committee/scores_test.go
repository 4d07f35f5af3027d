package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

const id = "digits-1a2b3c"

type record = ledgertest.Record

// closed is a consortium of n with a task whose round 1 is before its committee of three.
func closed(t *testing.T, n int) (c *ledgertest.Consortium, members []string) {
	t.Helper()
	c = ledgertest.NewConsortium(t, n)
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	members, _ = c.Committee(id, 1)
	return c, members
}

// sealed lets the members seal honest scores.
func sealed(c *ledgertest.Consortium, members ...string) {
	for _, member := range members {
		c.Do(c.At(id, 1).SealScores(member, c.Scores(id, 1, member)))
	}
}

// revealed lets the members reveal honest scores.
func revealed(c *ledgertest.Consortium, members ...string) {
	for _, member := range members {
		c.Do(c.At(id, 1).Reveal(member, c.Scores(id, 1, member)))
	}
}

func outsider(c *ledgertest.Consortium) string {
	members, _ := c.Committee(id, 1)
	for _, name := range c.Names() {
		if !contains(members, name) {
			return name
		}
	}
	panic("all are on the committee")
}

func TestScoresAreSealedThenRevealed(t *testing.T) {
	c, members := closed(t, 4)
	seal := c.Do(c.At(id, 1).SealScores(members[0], c.Scores(id, 1, members[0])))
	if seal["participant"] != members[0] || seal["term"] != int64(1) || len(seal["hash"].(string)) != 64 || seal["sealed_at_ms"] != c.NowMs() {
		t.Errorf("sealed is %v", seal)
	}
	sealed(c, members[1:]...)
	scores := c.Scores(id, 1, members[0])
	scores[1] = ledgertest.Rejected(scores[1]["participant"].(string), "duplicate")
	c.Deny(fault.PreconditionFailed, []string{"guard as-sealed: hash ", "sealed was " + seal["hash"].(string)},
		c.At(id, 1).Reveal(members[0], scores))
	got := c.Do(c.At(id, 1).Reveal(members[0], c.Scores(id, 1, members[0])))
	if ledgertest.JSON(t, got["scores"]) != ledgertest.JSON(t, c.Scores(id, 1, members[0])) || got["revealed_at_ms"] != c.NowMs() {
		t.Errorf("revealed is %v", got)
	}
}

func TestTheOrderOfScoresDoesNotMatter(t *testing.T) {
	c, members := closed(t, 3)
	sealed(c, members...)
	scores := c.Scores(id, 1, members[0])
	scores[0], scores[1] = scores[1], scores[0]
	call := c.At(id, 1).Reveal(members[0], scores)
	if got := c.Do(call); ledgertest.JSON(t, got["scores"]) != ledgertest.JSON(t, c.Scores(id, 1, members[0])) {
		t.Errorf("revealed is %v", got)
	}
}

func TestAllMembersActInOneBlock(t *testing.T) {
	c, members := closed(t, 5)
	term, digest := c.At(id, 1), ledgertest.Aggregate(id, 1)
	each := func(names []string, call func(member string) ledgertest.Call) {
		t.Helper()
		var calls []ledgertest.Call
		for _, name := range names {
			calls = append(calls, call(name))
		}
		c.Together(calls...)
	}
	each(members, func(name string) ledgertest.Call { return term.Report(name, next(members, name)) })
	each(members, func(name string) ledgertest.Call { return term.SealScores(name, c.Scores(id, 1, name)) })
	each(members, func(name string) ledgertest.Call { return term.Reveal(name, c.Scores(id, 1, name)) })
	each(c.Followers(id, 1), func(name string) ledgertest.Call { return term.Seal(name, digest) })
	c.Propose(id, 1)
	each(c.Followers(id, 1), func(name string) ledgertest.Call { return term.Attest(name, digest) })
	c.CommitRound(id, 1)
}

func next(members []string, name string) string {
	for i, member := range members {
		if member == name {
			return members[(i+1)%len(members)]
		}
	}
	panic(name)
}

func TestOnlyScorersScore(t *testing.T) {
	c, members := closed(t, 4)
	stranger := outsider(c)
	for _, call := range []ledgertest.Call{
		c.At(id, 1).SealScores(stranger, nil), c.At(id, 1).Reveal(stranger, []record{}),
		c.At(id, 1).SealScores("buyer", nil),
	} {
		c.Deny(fault.PermissionDenied, []string{"is no scorer of round 1 of task " + id + " in term 1"}, call)
	}
	sealed(c, members...)
}

func TestSealScoresInTimeAndBeforeAnybodyReveals(t *testing.T) {
	c, members := closed(t, 4)
	late := c.At(id, 1).SealScores(members[2], c.Scores(id, 1, members[2]))
	sealed(c, members[:2]...)
	for _, accuser := range members[:2] {
		c.Do(c.At(id, 1).Report(accuser, members[2]))
	}
	revealed(c, members[0])
	c.Deny(fault.PreconditionFailed, []string{"Committee:SealScores: guard none-revealed: scores were revealed"}, late)
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard in-time: it passed 0s ago"}, late)
}

func TestARevealInTheSameBlockStopsASeal(t *testing.T) {
	c, members := closed(t, 4)
	sealed(c, members[:2]...)
	for _, accuser := range members[:2] {
		c.Do(c.At(id, 1).Report(accuser, members[2]))
	}
	late := c.Try(c.At(id, 1).SealScores(members[2], c.Scores(id, 1, members[2])))
	revealed(c, members[0])
	if late.Message != "" || c.Commit(late) {
		t.Errorf("scores were sealed that may have been copied: %s", late.Message)
	}
}

func TestRevealWaitsForAllSeals(t *testing.T) {
	c, members := closed(t, 4)
	reveal := c.At(id, 1).Reveal(members[0], c.Scores(id, 1, members[0]))
	sealed(c, members[0])
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none: still waited for: " + members[1] + ", " + members[2]}, reveal)
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard quorum: 1 have, 2 needed"}, reveal)
	c.Wait(-time.Second)
	sealed(c, members[1])
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none: still waited for: " + members[2]}, reveal)
	c.Wait(time.Second)
	c.Deny(fault.PreconditionFailed, []string{"guard as-sealed: nothing was sealed"}, c.At(id, 1).Reveal(members[2], c.Scores(id, 1, members[2])))
	late := c.At(id, 1).Reveal(members[1], c.Scores(id, 1, members[1]))
	c.Do(reveal)
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"Committee:RevealScores: guard in-time: it passed 0s ago"}, late)
}

func TestWhoLeftIsNotWaitedFor(t *testing.T) {
	c, members := closed(t, 4)
	sealed(c, members[:2]...)
	c.Submit(c.Providers[members[2]], "Tasks:Leave", id, "")
	revealed(c, members[:2]...)
	if got := c.At(id, 1); got.Number != 1 {
		t.Errorf("term %d", got.Number)
	}
}

// Scores that come when somebody has computed an aggregate without them would make it wrong.
func TestScoresAreNotRevealedOnceSomebodyIsBound(t *testing.T) {
	c, members := closed(t, 4)
	last := c.Followers(id, 1)[0]
	others := without(members, last)
	sealed(c, members...)
	revealed(c, others...)
	reveal := c.At(id, 1).Reveal(last, c.Scores(id, 1, last))
	c.Submit(c.Providers[last], "Tasks:Leave", id, "") // and is excused
	tooLate := c.Try(reveal)
	c.Seal(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), last)...)
	if tooLate.Message != "" || c.Commit(tooLate) {
		t.Errorf("a score was revealed in the block of a seal: %s", tooLate.Message)
	}
	c.Deny(fault.PreconditionFailed, []string{"guard none-bound: these scores would change what was computed"}, reveal)
}

func TestARevealInTheSameBlockStopsABinding(t *testing.T) {
	c, members := closed(t, 4)
	last := c.Followers(id, 1)[0]
	sealed(c, members...)
	revealed(c, without(members, last)...)
	c.Submit(c.Providers[last], "Tasks:Leave", id, "")
	seal := c.Try(c.At(id, 1).Seal(without(c.Followers(id, 1), last)[0], ledgertest.Aggregate(id, 1)))
	revealed(c, last)
	if seal.Message != "" || c.Commit(seal) {
		t.Errorf("a digest is sealed that does not know of a score: %s", seal.Message)
	}
}

// A message of another term is refused as such, whoever sends it: a node that is behind reads again.
func TestMessagesOfAnotherTermAreRefused(t *testing.T) {
	c, members := closed(t, 5)
	stale, digest := c.At(id, 1), ledgertest.Aggregate(id, 1)
	sealed(c, members[:2]...)
	c.Wait(time.Minute)
	c.Do(stale.Replace("buyer"))
	fresh, _ := c.Committee(id, 1)
	for _, name := range []string{fresh[0], fresh[2], members[2]} {
		for _, call := range []ledgertest.Call{
			stale.Reveal(name, c.Scores(id, 1, name)), stale.Seal(name, digest), stale.Propose(name, digest),
			stale.Report(name, next(fresh, fresh[1])),
		} {
			if call.Function == "Committee:Report" && name == next(fresh, fresh[1]) {
				continue
			}
			c.Deny(fault.PreconditionFailed, []string{"guard same-term: it is of term 1, the current one is 2"}, call)
		}
	}
	c.Deny(fault.PreconditionFailed, []string{"guard same-term"}, stale.SealScores(members[2], nil))
	c.Judge(id, 1, fresh...)
	c.Seal(id, 1, digest, c.Followers(id, 1)...)
	c.Propose(id, 1)
	c.Deny(fault.PreconditionFailed, []string{"guard same-term"}, stale.Attest(c.Followers(id, 1)[0], digest))
}
