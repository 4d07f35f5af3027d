package committee_test

import (
	"testing"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// Two of five would have a bad provider's update in, and raise what it is said to add.
func TestTwoOfFiveCannotCarryABadProvider(t *testing.T) {
	c := ledgertest.NewConsortium(t, 6)
	definition := ledgertest.Definition(2, 6)
	definition["governance"].(record)["committee"] = 5
	c.RunningWith(id, definition)
	members, _ := c.Committee(id, 1)
	bad, friends := without(c.Names(), members...)[0], members[3:]
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	c.JudgeBy(id, 1, func(member string) []ledgertest.Record {
		return judgement(c.Scores(id, 1, member), bad, contains(friends, member))
	}, members...)
	committed := finish(c)
	rejected := committed["rejected"].([]any)
	if len(rejected) != 1 || rejected[0].(record)["participant"] != bad || rejected[0].(record)["reason"] != "harmful" {
		t.Fatalf("rejected: %v", rejected)
	}
	if got := standing(committed, bad); got["share_ppm"] != int64(0) || got["reputation"] != int64(500_000-50_000) {
		t.Errorf("the bad provider stands at %v", got)
	}
	requireFaults(t, committed)
}

// What a minority of the committee says that a friend adds, and that all others take away, is no more than
// what the honest say: the median counts, also of members' updates, which one judge less has judged.
func TestAMinorityCannotRaiseAFriendNorPullDownTheOthers(t *testing.T) {
	for size, liars := range map[int]int{3: 1, 5: 2} {
		c := ledgertest.NewConsortium(t, size+1)
		definition := ledgertest.Definition(2, size+1)
		definition["governance"].(record)["committee"] = size
		c.RunningWith(id, definition)
		members, _ := c.Committee(id, 1)
		friend, friends := without(c.Names(), members...)[0], members[size-liars:]
		c.SubmitUpdates(id, 1, c.Names()...)
		c.Close(id, 1)
		c.JudgeBy(id, 1, func(member string) []ledgertest.Record {
			scores := c.Scores(id, 1, member)
			if !contains(friends, member) {
				return scores
			}
			for _, one := range scores {
				one["score_micro"] = -1_000_000_000
			}
			return judgement(scores, friend, true)
		}, members...)
		committed := finish(c)
		for _, part := range committed["accepted"].([]any) {
			if part.(record)["contribution_micro"] != int64(100) {
				t.Errorf("of %d, %d lie: %v", size, liars, part)
			}
		}
	}
}

// judgement is what a friend says of the named update, and what the others do.
func judgement(scores []ledgertest.Record, name string, friend bool) []ledgertest.Record {
	for i, one := range scores {
		if one["participant"] != name {
			continue
		}
		scores[i] = ledgertest.Rejected(name, "harmful")
		if friend {
			scores[i] = ledgertest.Accepted(name)
			scores[i]["score_micro"] = 1_000_000_000
		}
	}
	return scores
}
