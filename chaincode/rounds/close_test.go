package rounds_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func without(names []string, others ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

func refuseClose(c *ledgertest.Consortium, code fault.Code, texts ...string) {
	c.Refuse(code, texts, c.Requester, "Rounds:Close", id, "1")
}

func TestCloseWhenAllHaveSubmitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, c.Names()...)
	got := c.Submit(c.Providers["factory02"], "Rounds:Close", id, "1")
	if asJSON(got["submitted"]) != asJSON(c.Names()) || asJSON(got["missing"]) != "[]" || asJSON(got["left"]) != "[]" {
		t.Errorf("closing is %v", got)
	}
	if got["closed_by"] != "factory02" || got["closed_at_ms"] != c.NowMs() {
		t.Errorf("closed by %v at %v", got["closed_by"], got["closed_at_ms"])
	}
	view := c.Round(id, 1)
	if view["state"] != "EVALUATING" || asJSON(view["closing"]) != asJSON(got) {
		t.Errorf("round is %v", view)
	}
	c.Repeat(c.Archive, "Rounds:Close", id, "1") // whoever closes it too
}

// Nobody takes time from the committee by dating the closing back.
func TestAClosingIsNotDatedBeforeWhatItRead(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(20 * time.Second)
	c.SubmitUpdates(id, 1, "factory02")
	newest := c.NowMs()
	c.Wait(time.Second)
	c.SubmitUpdates(id, 1, "factory03")
	closing := c.EndorseAt(c.Now().Add(-5*time.Second), c.Archive, "Rounds:Close", id, "1")
	if closing.Message != "" || !c.Commit(closing) {
		t.Fatal(closing.Message)
	}
	view := c.Round(id, 1)
	if got := view["closing"].(record)["closed_at_ms"]; got != newest+1000 {
		t.Errorf("the newest update is of %d, closed at %v", newest+1000, got)
	}
	if got := view["term"].(record)["score_by_ms"]; got != newest+61_000 {
		t.Errorf("there is time until %v", got)
	}
}

func TestTheRoundIsMovedOnByThoseItConcerns(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(2, 2))
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01","factory02"]`)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	foreign := ledgertest.NewIdentity(t, "OtherMSP", "node.other", "archive")
	c.Submit(foreign, "Participants:Register", "foreign", "localhost:1")
	rival := ledgertest.NewIdentity(t, "RequesterMSP", "rival", "requester")
	c.Submit(rival, "Participants:Register", "rival", "")
	digest := ledgertest.Aggregate(id, 1)
	for name, who := range map[string]*ledgertest.Identity{"foreign": foreign, "rival": rival, "factory03": c.Providers["factory03"]} {
		for _, call := range [][]string{
			{"Rounds:Close", id, "1"},
			{"Rounds:Extend", id, "1"},
			{"Rounds:Halt", id},
			{"Rounds:Finalize", id},
			{"Rounds:Commit", id, "1", digest},
			{"Committee:Replace", id, "1", "1"},
			{"Committee:Count", id, "Factory1MSP"},
		} {
			c.Refuse(fault.PermissionDenied, []string{name + " is no participant of task " + id}, who, call[0], call[1:]...)
		}
	}
	c.Submit(c.Archive, "Rounds:Close", id, "1")
}

func TestCloseWaitsForTheDeadline(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(119 * time.Second)
	refuseClose(c, fault.PreconditionFailed, "guard complete-or-due", "1s away", "factory03")
	c.Wait(time.Second)
	got := c.Close(id, 1)
	if asJSON(got["submitted"]) != `["factory01","factory02"]` || asJSON(got["missing"]) != `["factory03"]` || asJSON(got["left"]) != "[]" {
		t.Errorf("closing is %v", got)
	}
}

func TestCloseNeedsTheMinimum(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(time.Hour)
	refuseClose(c, fault.PreconditionFailed, "guard enough-submitted", "1 submitted, at least 2")
}

func TestCloseNeedsAnOpenRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Publish(id, ledgertest.Definition(1, 2))
	refuseClose(c, fault.IllegalTransition, "task "+id+" is PUBLISHED: Rounds:Close", "allowed: Tasks:Join")
	c.Refuse(fault.NotFound, []string{"other"}, c.Requester, "Rounds:Close", "other", "1")
	for _, function := range []string{"Rounds:Close", "Rounds:Extend"} {
		c.Refuse(fault.InvalidArgument, []string{"round"}, c.Requester, function, id, "one")
	}
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	c.Refuse(fault.IllegalTransition, []string{"round 2", "round 1 is not committed"}, c.Requester, "Rounds:Close", id, "2")
	c.SubmitUpdates(id, 1, c.Names()...)
	closing := c.Endorse(c.Archive, "Rounds:Close", id, "1")
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if c.Commit(closing) {
		t.Error("a round was closed in the block that cancelled its task")
	}
	refuseClose(c, fault.IllegalTransition, "is CANCELLED", "Rounds:Close")
}

func TestALateUpdateInTheSameBlockStopsTheClosing(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	closing := c.Endorse(c.Requester, "Rounds:Close", id, "1")
	update := c.Endorse(c.Providers["factory03"], "Rounds:SubmitUpdate", id, "1", asJSON(c.Update(id, 1, "factory03")))
	if !c.Commit(update) || c.Commit(closing) {
		t.Error("a closing stands that does not know of an update")
	}
	c.Close(id, 1)
}

func TestAClosingInTheSameBlockStopsALateUpdate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	update := c.Endorse(c.Providers["factory03"], "Rounds:SubmitUpdate", id, "1", asJSON(c.Update(id, 1, "factory03")))
	c.Close(id, 1)
	if c.Commit(update) {
		t.Error("an update stands in a round that was closed without it")
	}
}

func TestALeavingInTheSameBlockStopsTheClosing(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	closing := c.Endorse(c.Requester, "Rounds:Close", id, "1")
	c.Submit(c.Providers["factory03"], "Tasks:Leave", id, "")
	if c.Commit(closing) {
		t.Error("one who has left is recorded as missing")
	}
	if got := c.Close(id, 1); asJSON(got["left"]) != `["factory03"]` {
		t.Errorf("left are %v", got["left"])
	}
}

func TestWhoLeftWithoutAnUpdateIsNotWaitedFor(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	rest := without(c.Names(), "factory02")
	c.SubmitUpdates(id, 1, rest...)
	c.Submit(c.Providers["factory02"], "Tasks:Leave", id, "no budget left")
	view := c.Round(id, 1)
	if asJSON(view["participants"]) != asJSON(rest) || asJSON(view["missing"]) != "[]" {
		t.Errorf("round is %v", view)
	}
	got := c.Close(id, 1)
	if asJSON(got["left"]) != `["factory02"]` || asJSON(got["missing"]) != "[]" {
		t.Errorf("closing is %v", got)
	}
}

func TestAnUpdateOfOneWhoLeftCountsInItsRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.Running(id, 4)
	leaver := c.Names()[3]
	committee, _ := c.Committee(id, 1)
	if slices.Contains(committee, leaver) {
		leaver = without(c.Names(), committee...)[0]
	}
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Submit(c.Providers[leaver], "Tasks:Leave", id, "")
	got := c.Conclude(id, 1)
	if asJSON(got["left"]) != "[]" || len(got["accepted"].([]any)) != 4 {
		t.Errorf("accepted are %v, left %v", got["accepted"], got["left"])
	}
	rest := without(c.Names(), leaver)
	if asJSON(got["next_participants"]) != asJSON(rest) {
		t.Errorf("next are %v", got["next_participants"])
	}
	// The task started with four at least: three cannot go on alone.
	c.SubmitUpdates(id, 2, rest...)
	c.Refuse(fault.PreconditionFailed, []string{"enough-submitted", "3 submitted, at least 4"}, c.Requester, "Rounds:Close", id, "2")
}

func TestExtendOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(119 * time.Second)
	c.Refuse(fault.PreconditionFailed, []string{"guard due", "1s away"}, c.Archive, "Rounds:Extend", id, "1")
	c.Wait(11 * time.Second)
	got := c.Submit(c.Providers["factory02"], "Rounds:Extend", id, "1")
	if got["deadline_ms"] != c.NowMs()+120_000 || got["extended_by"] != "factory02" || got["extended_at_ms"] != c.NowMs() {
		t.Errorf("extension is %v", got)
	}
	if view := c.Round(id, 1); view["deadline_ms"] != got["deadline_ms"] || view["extended"] != true || view["state"] != "OPEN" {
		t.Errorf("round is %v", view)
	}
	refuseClose(c, fault.PreconditionFailed, "guard complete-or-due", "2m0s away")
	c.Wait(time.Hour)
	if again := c.Repeat(c.Archive, "Rounds:Extend", id, "1"); again["deadline_ms"] != got["deadline_ms"] {
		t.Errorf("a second extension gives until %v", again["deadline_ms"])
	}
	c.SubmitUpdates(id, 1, "factory03")
	if record := c.Conclude(id, 1); record["deadline_ms"] != got["deadline_ms"] || asJSON(record["missing"]) != `["factory02"]` {
		t.Errorf("record is %v", record)
	}
}

func TestExtendIsForRoundsWithTooFew(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01", "factory02")
	c.Wait(time.Hour)
	c.Refuse(fault.PreconditionFailed, []string{"guard too-few", "2 submitted, 2 are enough: close the round"},
		c.Requester, "Rounds:Extend", id, "1")
	c.Close(id, 1)
	c.Refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is EVALUATING", "Rounds:Extend"},
		c.Requester, "Rounds:Extend", id, "1")
}

func TestAnUpdateInTheSameBlockStopsTheExtension(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(time.Hour)
	extension := c.Endorse(c.Requester, "Rounds:Extend", id, "1")
	c.SubmitUpdates(id, 1, "factory02")
	if c.Commit(extension) {
		t.Error("a round with enough updates was extended")
	}
}
