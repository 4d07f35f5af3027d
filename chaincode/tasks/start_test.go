package tasks_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestStartOpensTheFirstRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(2, 3))
	c.Join(id, c.Names()...)
	start := c.Submit(c.Requester, "Tasks:Start", id, `["factory03","factory01","factory02"]`)
	if ledgertest.JSON(t, start["participants"]) != `["factory01","factory02","factory03"]` {
		t.Errorf("participants are %v", start["participants"])
	}
	if start["deadline_ms"] != c.NowMs()+120_000 || start["round"] != int64(1) || start["started_by"] != "buyer" {
		t.Errorf("start is %v", start)
	}
	round := c.Round(id, 1)
	if round["state"] != "OPEN" || round["leader"] != start["leader"] || round["leader"] == "" {
		t.Errorf("round 1 is %v", round)
	}
	if ledgertest.JSON(t, round["base"]) != ledgertest.JSON(t, ledgertest.Definition(2, 3)["initial_model"]) {
		t.Errorf("base is %v", round["base"])
	}
	c.Repeat(c.Requester, "Tasks:Start", id, `["factory02","factory01","factory03"]`)
}

func TestStartBeforeTheDeadlineNeedsTheMaximum(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(2, 3))
	c.Join(id, c.Names()...)
	two := `["factory01","factory02"]`
	c.Wait(59 * time.Second)
	c.Refuse(fault.PreconditionFailed, []string{"full-or-due", "2 of 3 chosen", "1s away"}, c.Requester, "Tasks:Start", id, two)
	c.Wait(time.Second)
	c.Submit(c.Requester, "Tasks:Start", id, two)
}

func TestStartKeepsTheLimits(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.Publish(id, ledgertest.Definition(2, 3))
	c.Join(id, c.Names()...)
	c.Wait(time.Hour)
	c.Refuse(fault.PreconditionFailed, []string{"within-limits", "1 chosen, should be 2 to 3"},
		c.Requester, "Tasks:Start", id, `["factory01"]`)
	c.Refuse(fault.PreconditionFailed, []string{"within-limits", "4 chosen"},
		c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
}

func TestStartChoosesAmongThoseWhoCanTakePart(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.Publish(id, ledgertest.Definition(1, 4))
	c.Join(id, "factory01", "factory02", "factory03")
	all := ledgertest.JSON(t, c.Names())
	c.Refuse(fault.PreconditionFailed, []string{"all-joined", "not joined: factory04"}, c.Requester, "Tasks:Start", id, all)
	c.Refuse(fault.PreconditionFailed, []string{"not joined: nobody"}, c.Requester, "Tasks:Start", id, `["nobody"]`)
	c.Join(id, "factory04")
	c.Submit(c.Providers["factory02"], "Tasks:Leave", id, "")
	c.Refuse(fault.PreconditionFailed, []string{"none-left", "left: factory02"}, c.Requester, "Tasks:Start", id, all)
	c.Submit(c.Providers["factory03"], "Participants:Deactivate")
	c.Refuse(fault.PreconditionFailed, []string{"all-active", "not ACTIVE: factory03"},
		c.Requester, "Tasks:Start", id, `["factory01","factory03","factory04"]`)
}

func TestStartIsForTheRequesterAndItsArchive(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Join(id, "factory01")
	one := `["factory01"]`
	foreign := ledgertest.NewIdentity(t, "OtherMSP", "node.other", "archive")
	c.Submit(foreign, "Participants:Register", "foreign", "localhost:1")
	rival := ledgertest.NewIdentity(t, "RequesterMSP", "rival", "requester")
	c.Submit(rival, "Participants:Register", "rival", "")
	for _, who := range []*ledgertest.Identity{foreign, rival, c.Providers["factory01"]} {
		c.Refuse(fault.PermissionDenied, []string{"started by buyer"}, who, "Tasks:Start", id, one)
	}
	unregistered := ledgertest.NewIdentity(t, "RequesterMSP", "new", "archive")
	c.Refuse(fault.PermissionDenied, []string{"not registered"}, unregistered, "Tasks:Start", id, one)
	c.Submit(c.Archive, "Tasks:Start", id, one)
	c.Refuse(fault.AlreadyExists, []string{"Tasks:Start: start", "task " + id + " is RUNNING; allowed: Rounds:SubmitUpdate"}, c.Requester, "Tasks:Start", id, one)
}

func TestStartValidatesTheNames(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Join(id, "factory01")
	for _, names := range []string{
		"", "{}", `"factory01"`, `["factory01","factory01"]`, `[1]`, `["Factory01"]`, `["factory01"],"x":1`, `[null]`,
	} {
		c.Refuse(fault.InvalidArgument, []string{"participants"}, c.Requester, "Tasks:Start", id, names)
	}
	c.Refuse(fault.PreconditionFailed, []string{"within-limits"}, c.Requester, "Tasks:Start", id, "[]")
}

func TestStartNeedsAPublishedTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Refuse(fault.NotFound, []string{id}, c.Requester, "Tasks:Start", id, `["factory01"]`)
	c.Publish(id, ledgertest.Definition(1, 2))
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	c.Refuse(fault.IllegalTransition, []string{"CANCELLED", "Tasks:Start", "allowed: Committee:Count"},
		c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
}

func TestALeavingInTheSameBlockStopsTheStart(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Publish(id, ledgertest.Definition(2, 2))
	c.Join(id, c.Names()...)
	start := c.Endorse(c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
	c.Submit(c.Providers["factory01"], "Tasks:Leave", id, "")
	if c.Commit(start) {
		t.Error("a task has started with one who had left")
	}
}

func TestCancelIsForTheRequesterAlone(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	for _, who := range []*ledgertest.Identity{c.Archive, c.Providers["factory01"]} {
		c.Refuse(fault.PermissionDenied, []string{"task " + id + " is buyer's"}, who, "Tasks:Cancel", id, "")
	}
	c.Wait(time.Minute)
	c.Submit(c.Requester, "Tasks:Cancel", id, "too few joined")
	view := c.Query(c.Requester, "Tasks:Get", id)
	if view["state"] != "CANCELLED" || view["reason"] != "too few joined" || view["ended_at_ms"] != c.NowMs() {
		t.Errorf("task is %v", view)
	}
	c.Refuse(fault.AlreadyExists, []string{"Tasks:Cancel: cancel", "task " + id + " is CANCELLED; allowed: Committee:Count"}, c.Requester, "Tasks:Cancel", id, "another reason")
	c.Refuse(fault.NotFound, nil, c.Requester, "Tasks:Cancel", "other", "")
}

func TestAFinishedTaskIsNotCancelled(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	for round := 1; round <= 3; round++ {
		c.PlayRound(id, round)
	}
	c.Submit(c.Leader(id, 3), "Rounds:Finalize", id)
	c.Refuse(fault.IllegalTransition, []string{"is FINISHED", "Tasks:Cancel"}, c.Requester, "Tasks:Cancel", id, "")
}

// Whoever has the finished model pays for all of it.
func TestATaskIsNotCancelledOnceItsLastRoundIsCommitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.PlayRound(id, 1)
	c.PlayRound(id, 2)
	early := c.Endorse(c.Requester, "Tasks:Cancel", id, "")
	if early.Message != "" {
		t.Errorf("before the last round: %s", early.Message)
	}
	c.PlayRound(id, 3)
	if c.Commit(early) {
		t.Error("a task was cancelled in the block in which its last round was committed")
	}
	c.Refuse(fault.PreconditionFailed, []string{"task " + id + ": Tasks:Cancel: guard last-is-not-final", "round 3 was the last", "Rounds:Finalize ends the task"},
		c.Requester, "Tasks:Cancel", id, "")
	c.Submit(c.Requester, "Rounds:Finalize", id)
}
