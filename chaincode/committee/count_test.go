package committee_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// cancelled plays a round of a task, in which the named providers' updates are worth what is said, and
// then cancels it.
func cancelled(t *testing.T, c *ledgertest.Consortium, task string, worth map[string]int) record {
	t.Helper()
	c.Publish(task, ledgertest.Definition(1, len(c.Providers)))
	c.Join(task, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", task, ledgertest.JSON(t, c.Names()))
	c.SubmitUpdates(task, 1, c.Names()...)
	c.Close(task, 1)
	members, _ := c.Committee(task, 1)
	c.JudgeBy(task, 1, func(member string) []record {
		scores := []record{}
		for _, name := range without(c.Names(), member) {
			score := ledgertest.Accepted(name)
			if micro, said := worth[name]; said {
				score["score_micro"] = micro
			}
			scores = append(scores, score)
		}
		return scores
	}, members...)
	c.Agree(task, 1)
	committed := c.CommitRound(task, 1)
	c.Submit(c.Requester, "Tasks:Cancel", task, "enough")
	return committed
}

func reputation(c *ledgertest.Consortium, name string) any {
	return c.Query(c.Archive, "Participants:Get", name)["reputation"]
}

func TestATaskIsCountedOnceForAnOrganisation(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	committed := cancelled(t, c, id, map[string]int{"factory02": 0})
	after := standing(committed, "factory02")["reputation"].(int64)
	if after != 437_500 { // by an eighth towards nothing
		t.Errorf("its standing is %v", standing(committed, "factory02"))
	}
	if reputation(c, "factory02") != int64(500_000) {
		t.Error("counted before it was")
	}
	got := c.Submit(c.Archive, "Committee:Count", id, "Factory2MSP")
	for field, want := range map[string]any{
		"msp_id": "Factory2MSP", "number": int64(1), "task": id, "change": int64(-62_500), "reputation": int64(437_500),
		"counted_by": "archive", "counted_at_ms": c.NowMs(),
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	c.Repeat(c.Providers["factory01"], "Committee:Count", id, "Factory2MSP") // whoever counts it too
	if reputation(c, "factory02") != int64(437_500) {
		t.Errorf("reputation is %v", reputation(c, "factory02"))
	}
	for _, item := range c.Query(c.Archive, "Participants:List", "", "")["items"].([]any) {
		if one := item.(record); one["msp_id"] == "Factory2MSP" && one["reputation"] != int64(437_500) {
			t.Errorf("listed is %v", one)
		}
	}
}

func TestOfTwoCountsInOneBlockOneWins(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	cancelled(t, c, "one", nil)
	cancelled(t, c, "two", nil)
	calls := map[string]*ledgertest.Endorsement{}
	for _, task := range []string{"one", "two"} {
		calls[task] = c.Endorse(c.Archive, "Committee:Count", task, "Factory1MSP")
	}
	if !c.Commit(calls["one"]) || c.Commit(calls["two"]) {
		t.Error("both are number 1, or none is")
	}
	if got := c.Submit(c.Archive, "Committee:Count", "two", "Factory1MSP"); got["number"] != int64(2) {
		t.Errorf("the second is %v", got)
	}
}

// A task begins with what its organisations have earned and lost before, under whichever name.
func TestANewIdentityInheritsItsOrganisationsStanding(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	cancelled(t, c, "first", map[string]int{"factory02": 0})
	c.Submit(c.Archive, "Committee:Count", "first", "Factory2MSP")
	c.Submit(c.Providers["factory02"], "Participants:Deactivate")
	delete(c.Providers, "factory02")
	c.Register("newcomer", "Factory2MSP")
	if reputation(c, "newcomer") != int64(437_500) {
		t.Errorf("its reputation is %v", reputation(c, "newcomer"))
	}
	start := c.Running(id, 1)
	got := standing(start, "newcomer")
	if got["reputation"] != int64(437_500) || got["merit_ppm"] != int64(437_500) || got["snapshot"] != int64(1) {
		t.Errorf("it begins at %v", got)
	}
	if ranking := ledgertest.Strings(start["ranking"]); ranking[2] != "newcomer" {
		t.Errorf("the ranking is %v", ranking)
	}
}

func TestCountNeedsATaskThatEnded(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	count := func(code fault.Code, text, msp string) {
		t.Helper()
		c.Refuse(code, []string{text}, c.Archive, "Committee:Count", id, msp)
	}
	count(fault.NotFound, "task "+id, "Factory1MSP")
	c.Publish(id, ledgertest.Definition(1, 3))
	count(fault.IllegalTransition, "is PUBLISHED: Committee:Count", "Factory1MSP")
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
	count(fault.IllegalTransition, "is RUNNING: Committee:Count", "Factory1MSP")
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	for _, msp := range []string{"", "NobodyMSP", "RequesterMSP"} {
		count(fault.NotFound, "nobody of "+msp+" took part in task "+id, msp)
	}
	for _, msp := range []string{strings.Repeat("x", 129), "a\x00b", "\xff"} {
		count(fault.InvalidArgument, "msp: ", msp)
	}
	if got := c.Submit(c.Archive, "Committee:Count", id, "Factory1MSP"); got["change"] != int64(0) {
		t.Errorf("counted is %v", got)
	}
}

func TestATaskThatNeverStartedIsNotCounted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	c.Refuse(fault.PreconditionFailed, []string{"Committee:Count: guard started: nobody took part in it"}, c.Archive, "Committee:Count", id, "Factory1MSP")
}

func TestAHaltedTaskCountsTheFaultsOfItsLastRound(t *testing.T) {
	c, _ := closed(t, 3)
	c.Outages(id, 1)
	c.Wait(time.Minute)
	c.Halt(id)
	if got := c.Submit(c.Archive, "Committee:Count", id, "Factory1MSP"); got["change"] != int64(-50_000) {
		t.Errorf("counted is %v", got)
	}
}

func TestTwentyTasksCommitInOneBlock(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	var calls []ledgertest.Call
	for i := range 20 {
		task := "task-" + strconv.Itoa(i)
		c.Running(task, 3)
		c.Judged(task, 1)
		c.Agree(task, 1)
		_, leader := c.Committee(task, 1)
		calls = append(calls, c.At(task, 1).Commit(leader, ledgertest.Aggregate(task, 1)))
	}
	c.Together(calls...)
	for i := range 20 {
		if state := c.Round(fmt.Sprint("task-", i), 1)["state"]; state != "COMMITTED" {
			t.Errorf("task %d is %v", i, state)
		}
	}
}
