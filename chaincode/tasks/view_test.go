package tasks_test

import (
	"fmt"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestGetFollowsATaskToItsEnd(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	see := func(state string, round int, accuracy int, model any) {
		t.Helper()
		view := c.Query(c.Archive, "Tasks:Get", id)
		if view["state"] != state || view["round"] != int64(round) || view["accuracy_ppm"] != int64(accuracy) ||
			view["model"].(record)["digest"] != model {
			t.Errorf("want %s, round %d, %d ppm: %v", state, round, accuracy, view)
		}
	}
	c.Publish(id, ledgertest.Definition(2, 2))
	model := any(ledgertest.Digest("initial"))
	see("PUBLISHED", 0, -1, model)
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
	see("RUNNING", 1, -1, model)
	for round := 1; round <= 3; round++ {
		model = c.PlayRound(id, round)["digest"]
		see("RUNNING", min(round+1, 3), round*100_000, model)
	}
	c.Submit(c.Leader(id, 3), "Rounds:Finalize", id)
	see("FINISHED", 3, 300_000, model)
	view := c.Query(c.Archive, "Tasks:Get", id)
	if view["ended_at_ms"] != c.NowMs() || view["started_at_ms"] != c.NowMs() {
		t.Errorf("times are %v", view)
	}
	if ledgertest.JSON(t, view["participants"]) != `["factory01","factory02"]` {
		t.Errorf("participants are %v", view["participants"])
	}
}

func TestGetNamesTheTransactionsOfATask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	want := record{"publish": c.Publish(id, ledgertest.Definition(1, 1))["tx_id"], "start": "", "end": ""}
	see := func(digest any) {
		t.Helper()
		view := c.Query(c.Archive, "Tasks:Get", id)
		if ledgertest.JSON(t, view["transactions"]) != ledgertest.JSON(t, want) || view["start_digest"] != digest {
			t.Errorf("want %v and %v: %v", want, digest, view)
		}
	}
	see("")
	c.Join(id, "factory01")
	want["start"] = c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)["tx_id"]
	see(c.PlayRound(id, 1)["previous"])
	want["end"] = c.Submit(c.Requester, "Tasks:Cancel", id, "")["tx_id"]
	see(c.Query(c.Archive, "Rounds:Get", id, "1")["record"].(record)["previous"])
}

func TestGetRefusesWhatDoesNotExist(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	c.Refuse(fault.NotFound, []string{"task nothing"}, c.Requester, "Tasks:Get", "nothing")
	c.Refuse(fault.InvalidArgument, []string{"task"}, c.Requester, "Tasks:Get", "")
}

func TestListByStateAndPage(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	for i := range 5 {
		c.Publish(fmt.Sprintf("task-%d", i), ledgertest.Definition(1, 1))
	}
	c.Submit(c.Requester, "Tasks:Cancel", "task-1", "")
	c.Join("task-3", "factory01")
	c.Submit(c.Requester, "Tasks:Start", "task-3", `["factory01"]`)
	for state, want := range map[string]string{
		"": "task-0 task-1 task-2 task-3 task-4 ", "PUBLISHED": "task-0 task-2 task-4 ",
		"RUNNING": "task-3 ", "CANCELLED": "task-1 ", "FINISHED": "",
	} {
		if got := listed(t, c, state); got != want {
			t.Errorf("%q lists %s", state, got)
		}
	}
	c.Refuse(fault.InvalidArgument, []string{"state"}, c.Requester, "Tasks:List", "running", "", "")
	c.Refuse(fault.InvalidArgument, []string{"pageSize"}, c.Requester, "Tasks:List", "", "0", "")
}

// listed follows the pages of two.
func listed(t *testing.T, c *ledgertest.Consortium, state string) string {
	t.Helper()
	names, bookmark := "", ""
	for {
		page := c.Query(c.Requester, "Tasks:List", state, "2", bookmark)
		for _, item := range page["items"].([]any) {
			names += item.(record)["id"].(string) + " "
		}
		if bookmark = page["bookmark"].(string); bookmark == "" {
			return names
		}
	}
}
