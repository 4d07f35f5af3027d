package rounds_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestTheTargetEndsTheTaskEarly(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	definition := ledgertest.Definition(1, 1)
	definition["target_accuracy_ppm"] = 150_000
	c.Publish(id, definition)
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	if got := c.PlayRound(id, 1)["outcome"]; got != "CONTINUE" { // at 100,000
		t.Errorf("round 1 is %v", got)
	}
	if got := c.PlayRound(id, 2)["outcome"]; got != "FINAL" { // at 200,000
		t.Errorf("round 2 is %v", got)
	}
	c.Refuse(fault.NotFound, []string{"round 3 of task " + id + " is never to open"}, c.Requester, "Rounds:Get", id, "3")
	final := c.Submit(c.Leader(id, 2), "Rounds:Finalize", id)
	if final["round"] != int64(2) || final["accuracy_ppm"] != int64(200_000) {
		t.Errorf("final is %v", final)
	}
}

func TestFinalizeNeedsAFinalRecord(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(3, 3))
	c.Join(id, c.Names()...)
	anyone := c.Providers["factory01"]
	c.Refuse(fault.IllegalTransition, []string{"is PUBLISHED", "Rounds:Finalize"}, c.Archive, "Rounds:Finalize", id)
	c.Submit(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	c.Refuse(fault.PreconditionFailed, []string{"last-is-final", "0 of 3 rounds"}, anyone, "Rounds:Finalize", id)
	c.PlayRound(id, 1)
	c.PlayRound(id, 2)
	c.Refuse(fault.PreconditionFailed, []string{"last-is-final", "2 of 3 rounds"}, anyone, "Rounds:Finalize", id)
	c.PlayRound(id, 3)
	final := c.Submit(anyone, "Rounds:Finalize", id)
	if final["finalized_by"] != "factory01" || final["digest"] != c.Round(id, 3)["record"].(record)["digest"] {
		t.Errorf("final is %v", final)
	}
	c.Repeat(c.Archive, "Rounds:Finalize", id)
	c.Refuse(fault.IllegalTransition, []string{"is FINISHED", "allowed: Committee:Count"}, anyone, "Tasks:Leave", id, "")
}

func TestGetAndListRounds(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	definition := ledgertest.Definition(1, 1)
	definition["training"].(record)["rounds"] = 12
	c.Publish(id, definition)
	c.Refuse(fault.NotFound, []string{"round 1", "has not started"}, c.Archive, "Rounds:Get", id, "1")
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	for round := 1; round <= 12; round++ {
		if got := c.Query(c.Archive, "Tasks:Get", id)["round"]; got != int64(round) {
			t.Errorf("round %d is open, the task says %v", round, got)
		}
		c.PlayRound(id, round)
	}
	if got := listed(t, c); got != "1 2 3 4 5 6 7 8 9 10 11 12 " {
		t.Errorf("listed %s", got)
	}
	c.Refuse(fault.NotFound, []string{"other"}, c.Archive, "Rounds:List", "other", "", "")
	c.Refuse(fault.NotFound, []string{"other"}, c.Archive, "Rounds:Get", "other", "1")
	c.Refuse(fault.InvalidArgument, []string{"round"}, c.Archive, "Rounds:Get", id, "")
}

// listed follows the pages of five.
func listed(t *testing.T, c *ledgertest.Consortium) string {
	t.Helper()
	rounds, bookmark := "", ""
	for {
		page := c.Query(c.Requester, "Rounds:List", id, strconv.Itoa(5), bookmark)
		for _, item := range page["items"].([]any) {
			rounds += fmt.Sprint(item.(record)["round"], " ")
		}
		if bookmark = page["bookmark"].(string); bookmark == "" {
			return rounds
		}
	}
}
