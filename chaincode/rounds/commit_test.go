package rounds_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestTheRecordNamesEveryone(t *testing.T) {
	c := ledgertest.NewConsortium(t, 5)
	c.Running(id, 2)
	leader := c.Round(id, 1)["leader"].(string)
	others := without(c.Names(), leader)
	rejected, missing, left := others[0], others[1], others[2]
	c.SubmitUpdates(id, 1, leader, rejected, others[3])
	c.Submit(c.Providers[left], "Tasks:Leave", id, "")
	opened := c.NowMs()
	c.Wait(2 * time.Minute)
	proposal := ledgertest.Proposal(id, 1, leader, others[3])
	proposal["rejected"] = []record{{"participant": rejected, "reason": "norm-outlier"}}
	proposal["metrics"] = record{"seconds": 4}
	c.Submit(c.Providers[leader], "Rounds:ProposeAggregate", id, "1", asJSON(proposal))
	proposed := c.NowMs()
	c.Wait(time.Second)
	got := c.CommitRound(id, 1)

	accepted := []string{leader, others[3]}
	slices.Sort(accepted)
	submitted := []string{}
	for _, update := range got["submitted"].([]any) {
		submitted = append(submitted, update.(record)["participant"].(string))
	}
	for field, want := range map[string]any{
		"task": id, "round": 1, "term": 1, "leader": leader, "committed_by": leader,
		"base_digest": ledgertest.Digest("initial"), "digest": proposal["digest"], "size": 1000,
		"accuracy_ppm": 100_000, "sampled": c.Names(), "accepted": accepted,
		"rejected": proposal["rejected"], "missing": []string{missing}, "left": []string{left},
		"metrics": record{"seconds": 4}, "opened_at_ms": opened, "deadline_ms": opened + 120_000,
		"proposed_at_ms": proposed, "committed_at_ms": proposed + 1000, "outcome": "CONTINUE",
		"next_participants": without(c.Names(), left), "next_deadline_ms": proposed + 121_000,
	} {
		if asJSON(got[field]) != asJSON(want) {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	if want := without(without(c.Names(), missing), left); asJSON(submitted) != asJSON(want) {
		t.Errorf("submitted are %v, want %v", submitted, want)
	}
	if view := c.Round(id, 1); view["state"] != "COMMITTED" || asJSON(view["record"]) != asJSON(got) || view["leader"] != leader {
		t.Errorf("round is %v", view)
	}
}

func TestTheRecordsAreAChain(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	before := c.Running(id, 3)
	base := ledgertest.Digest("initial")
	for round := 1; round <= 3; round++ {
		got := c.PlayRound(id, round)
		canonical := sha256.Sum256([]byte(asJSON(before))) // keys sorted, integers, nothing to escape
		if got["previous"] != hex.EncodeToString(canonical[:]) {
			t.Errorf("round %d: previous is %v", round, got["previous"])
		}
		if got["base_digest"] != base {
			t.Errorf("round %d: base is %v", round, got["base_digest"])
		}
		if round < 3 && c.Round(id, round+1)["leader"] != got["next_leader"] {
			t.Errorf("round %d: next leader is %v", round, got["next_leader"])
		}
		before, base = got, got["digest"].(string)
	}
	if before["outcome"] != "FINAL" || before["next_leader"] != "" || asJSON(before["next_participants"]) != "[]" {
		t.Errorf("the last record is %v", before)
	}
}

func TestTheLeaderIsAPureFunctionOfTheBase(t *testing.T) {
	c := ledgertest.NewConsortium(t, 5)
	c.Running(id, 5)
	led := map[string]bool{}
	for round := 1; round <= 3; round++ {
		view := c.Round(id, round)
		base := view["base"].(record)["digest"].(string)
		want := slices.MinFunc(c.Names(), func(a, b string) int {
			return slices.Compare([]byte(ledgertest.Digest(base+"\n"+a)), []byte(ledgertest.Digest(base+"\n"+b)))
		})
		if view["leader"] != want {
			t.Errorf("round %d is led by %v, want %s", round, view["leader"], want)
		}
		led[want] = true
		c.PlayRound(id, round)
	}
	if len(led) == 1 {
		t.Error("one leads all three rounds of five equals: is the base in the lot?")
	}
}

func TestCommitRefusesAnotherDigest(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, "factory01")
	leader := c.Leader(id, 1)
	digest := ledgertest.Proposal(id, 1)["digest"].(string)
	c.Refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is OPEN", "Rounds:Commit", "Rounds:ProposeAggregate"},
		leader, "Rounds:Commit", id, "1", digest)
	c.Propose(id, 1, "factory01")
	c.Refuse(fault.PreconditionFailed, []string{"as-proposed", digest}, leader, "Rounds:Commit", id, "1", ledgertest.Digest("x"))
	c.Refuse(fault.InvalidArgument, []string{"digest"}, leader, "Rounds:Commit", id, "1", "x")
	c.Refuse(fault.InvalidArgument, []string{"round"}, leader, "Rounds:Commit", id, "one", digest)
	c.Refuse(fault.IllegalTransition, []string{"round 2 of task " + id, "round 1 is not committed", "does not exist: Rounds:Commit", "allowed: "},
		leader, "Rounds:Commit", id, "2", digest)
	c.CommitRound(id, 1)
	c.Refuse(fault.AlreadyExists, []string{
		"Rounds:Commit: round " + id, "round 1 of task " + id + " is COMMITTED; allowed: nothing",
		"task " + id + " is RUNNING; allowed: Rounds:SubmitUpdate",
	}, leader, "Rounds:Commit", id, "1", ledgertest.Digest("x"))
}

func TestCommitIsForTheLeader(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.SubmitUpdates(id, 1, c.Names()...)
	digest := c.Propose(id, 1, c.Names()...)["digest"].(string)
	leader := c.Round(id, 1)["leader"].(string)
	for _, name := range without(c.Names(), leader) {
		c.Refuse(fault.PermissionDenied, []string{"the leader of round 1"}, c.Providers[name], "Rounds:Commit", id, "1", digest)
	}
	c.CommitRound(id, 1)
	for _, name := range without(c.Names(), leader) {
		c.Refuse(fault.AlreadyExists, nil, c.Providers[name], "Rounds:Commit", id, "1", digest)
	}
}

func TestACancelledTaskIsNotCommitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, "factory01")
	digest := c.Propose(id, 1, "factory01")["digest"].(string)
	commit := c.Endorse(c.Leader(id, 1), "Rounds:Commit", id, "1", digest)
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if c.Commit(commit) {
		t.Error("a round was committed in the block that cancelled its task")
	}
	c.Refuse(fault.IllegalTransition, []string{"is CANCELLED", "Rounds:Commit"}, c.Leader(id, 1), "Rounds:Commit", id, "1", digest)
}

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

func TestTimesDoNotGoBack(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	start := c.Running(id, 1)["started_at_ms"].(int64)
	c.SubmitUpdates(id, 1, "factory01")
	behind := time.UnixMilli(c.NowMs()).Add(-10 * time.Second) // within what endorsers tolerate
	proposal := c.EndorseAt(behind, c.Leader(id, 1), "Rounds:ProposeAggregate", id, "1", asJSON(ledgertest.Proposal(id, 1, "factory01")))
	c.Commit(proposal)
	commit := c.EndorseAt(behind, c.Leader(id, 1), "Rounds:Commit", id, "1", ledgertest.Proposal(id, 1)["digest"].(string))
	c.Commit(commit)
	got := c.Round(id, 1)["record"].(record)
	if got["proposed_at_ms"] != start || got["committed_at_ms"] != start {
		t.Errorf("opened at %d, proposed at %v, committed at %v", start, got["proposed_at_ms"], got["committed_at_ms"])
	}
}

func TestFinalizeNeedsAFinalRecord(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Publish(id, ledgertest.Definition(3, 3))
	c.Join(id, c.Names()...)
	anyone := c.Providers["factory01"]
	c.Refuse(fault.IllegalTransition, []string{"is PUBLISHED", "Rounds:Finalize"}, anyone, "Rounds:Finalize", id)
	c.Submit(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	c.Refuse(fault.PreconditionFailed, []string{"last-is-final", "0 of 3 rounds"}, anyone, "Rounds:Finalize", id)
	c.PlayRound(id, 1)
	c.PlayRound(id, 2)
	c.Refuse(fault.PreconditionFailed, []string{"last-is-final", "2 of 3 rounds"}, anyone, "Rounds:Finalize", id)
	c.PlayRound(id, 3)
	leader := c.Round(id, 3)["leader"].(string)
	for _, name := range without(c.Names(), leader) {
		c.Refuse(fault.PermissionDenied, []string{"the leader of round 3", leader}, c.Providers[name], "Rounds:Finalize", id)
	}
	final := c.Submit(c.Providers[leader], "Rounds:Finalize", id)
	if final["finalized_by"] != leader || final["digest"] != c.Round(id, 3)["record"].(record)["digest"] {
		t.Errorf("final is %v", final)
	}
	for _, name := range without(c.Names(), leader) {
		c.Refuse(fault.AlreadyExists, []string{"final"}, c.Providers[name], "Rounds:Finalize", id)
	}
	c.Refuse(fault.IllegalTransition, []string{"is FINISHED", "allowed: nothing"}, anyone, "Tasks:Leave", id, "")
}

func TestALastLeaderThatLeftIsSucceeded(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Running(id, 1)
	for round := 1; round <= 3; round++ {
		c.PlayRound(id, round)
	}
	leader := c.Round(id, 3)["leader"].(string)
	c.Submit(c.Providers[leader], "Tasks:Leave", id, "")
	c.Submit(c.Providers[without(c.Names(), leader)[0]], "Rounds:Finalize", id)
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
