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

// What two of five say that a friend adds is no more than what the others say: the median counts.
func TestTwoOfFiveCannotRaiseAFriend(t *testing.T) {
	c := ledgertest.NewConsortium(t, 6)
	definition := ledgertest.Definition(2, 6)
	definition["governance"].(record)["committee"] = 5
	c.RunningWith(id, definition)
	members, _ := c.Committee(id, 1)
	friend, friends := without(c.Names(), members...)[0], members[3:]
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	c.JudgeBy(id, 1, func(member string) []ledgertest.Record {
		scores := c.Scores(id, 1, member)
		if contains(friends, member) {
			return judgement(scores, friend, true)
		}
		return scores
	}, members...)
	committed := finish(c)
	for _, part := range committed["accepted"].([]any) {
		if part.(record)["contribution_micro"] != int64(100) {
			t.Errorf("part: %v", part)
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
