package rounds_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	c := ledgertest.NewConsortium(t, 6)
	c.Running(id, 2)
	committee, leader := c.Committee(id, 1)
	others := without(c.Names(), committee...)
	rejected, missing, left := others[0], others[1], others[2]
	submitted := without(c.Names(), missing, left)
	c.SubmitUpdates(id, 1, submitted...)
	c.Submit(c.Providers[left], "Tasks:Leave", id, "")
	opened := c.NowMs()
	c.Wait(2 * time.Minute)
	closed := c.NowMs()
	c.Close(id, 1)
	c.Wait(time.Second)
	c.JudgeBy(id, 1, rejecting(c, 1, rejected, "norm-outlier"), committee...)
	digest := ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, digest, c.Followers(id, 1)...)
	proposal := ledgertest.Proposal(id, 1, 1)
	proposal["metrics"] = record{"seconds": 4}
	c.Wait(time.Second)
	c.Do(c.At(id, 1).ProposeThis(leader, proposal))
	c.Attest(id, 1, digest, c.Followers(id, 1)...)
	c.Wait(time.Second)
	got := c.Do(c.At(id, 1).Commit(missing, digest))

	accepted := []record{}
	for _, name := range without(submitted, rejected) {
		accepted = append(accepted, record{"participant": name, "weight": 500, "contribution_micro": 100})
	}
	for field, want := range map[string]any{
		"task": id, "round": 1, "term": 1, "committee": committee, "leader": leader, "committed_by": missing,
		"base_digest": ledgertest.Digest("initial"), "digest": digest, "size": 1000,
		"accuracy_ppm": 100_000, "sampled": c.Names(), "accepted": accepted,
		"rejected": []record{{"participant": rejected, "reason": "norm-outlier", "by_quorum": true}}, "missing": []string{missing},
		"left": []string{left}, "replaced": []record{}, "faults": []record{}, "metrics": record{"seconds": 4},
		"opened_at_ms": opened, "deadline_ms": opened + 120_000, "closed_at_ms": closed,
		"proposed_at_ms": closed + 2000, "committed_at_ms": closed + 3000, "outcome": "CONTINUE",
		"next_participants": without(c.Names(), left), "next_deadline_ms": closed + 123_000,
	} {
		if asJSON(got[field]) != asJSON(want) {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	if asJSON(participants(got["submitted"])) != asJSON(submitted) {
		t.Errorf("submitted are %v, want %v", got["submitted"], submitted)
	}
	if asJSON(participants(got["evaluations"])) != asJSON(committee) {
		t.Errorf("evaluations are %v", got["evaluations"])
	}
	if asJSON(participants(got["attestations"])) != asJSON(c.Followers(id, 1)) {
		t.Errorf("attestations are %v", got["attestations"])
	}
	if asJSON(participants(got["standings"])) != asJSON(c.Names()) {
		t.Errorf("standings are %v", got["standings"])
	}
	if ranking := ledgertest.Strings(got["next_ranking"]); ranking[len(ranking)-1] != missing || len(ranking) != 5 {
		t.Errorf("next rank %v, of whom %s was missing", ranking, missing)
	}
	if view := c.Round(id, 1); view["state"] != "COMMITTED" || asJSON(view["record"]) != asJSON(got) || view["leader"] != leader {
		t.Errorf("round is %v", view)
	}
}

// participants are those whom a list of records is of.
func participants(list any) []string {
	names := []string{}
	for _, item := range list.([]any) {
		names = append(names, item.(record)["participant"].(string))
	}
	return names
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

func TestEqualsAreToldApartByTheBase(t *testing.T) {
	c := ledgertest.NewConsortium(t, 5)
	c.Running(id, 5)
	base := ledgertest.Digest("initial")
	want := slices.SortedFunc(slices.Values(c.Names()), func(a, b string) int {
		return strings.Compare(ledgertest.Digest(base+"\n"+a), ledgertest.Digest(base+"\n"+b))
	})
	committee, leader := c.Committee(id, 1)
	if !slices.Equal(committee, want[:3]) || leader != want[0] {
		t.Errorf("%v with %s, want %v", committee, leader, want[:3])
	}
}

// Those who decide a round earn more in it, and so decide the next; but not as its leader.
func TestALeaderStepsBackAfterItsRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 5)
	c.Running(id, 5)
	before := ""
	for round := 1; round <= 3; round++ {
		_, leader := c.Committee(id, round)
		if leader == before {
			t.Errorf("%s leads the rounds %d and %d", leader, round-1, round)
		}
		if got := c.Round(id, round)["last_leader"]; got != before {
			t.Errorf("round %d: the last leader is %v, want %s", round, got, before)
		}
		c.PlayRound(id, round)
		before = leader
	}
}

func TestCommitRefusesAnotherDigest(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	leader, digest := c.Providers["factory01"], ledgertest.Aggregate(id, 1)
	c.Refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is OPEN", "Rounds:Commit", "Rounds:SubmitUpdate"},
		leader, "Rounds:Commit", id, "1", digest)
	c.Judged(id, 1)
	c.Refuse(fault.IllegalTransition, []string{"is EVALUATING", "Rounds:Commit"}, leader, "Rounds:Commit", id, "1", digest)
	c.Propose(id, 1)
	c.Refuse(fault.PreconditionFailed, []string{"guard as-proposed", digest}, leader, "Rounds:Commit", id, "1", ledgertest.Digest("x"))
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

func TestCommitWaitsForThoseBound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, digest, followers...)
	c.Propose(id, 1)
	term := c.At(id, 1)
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none", followers[0] + ", " + followers[1]}, term.Commit("buyer", digest))
	c.Attest(id, 1, digest, followers[0])
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none", followers[1]}, term.Commit("buyer", digest))
	c.Wait(5 * time.Minute) // past attest_by_ms
	got := c.Do(term.Commit("buyer", digest))
	if asJSON(got["faults"]) != asJSON([]record{{"participant": followers[1], "term": 1, "fault": "unavailable"}}) {
		t.Errorf("faults are %v", got["faults"])
	}
}

func TestCommitNeedsAQuorum(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	for i, member := range followers {
		c.Seal(id, 1, ledgertest.Digest(fmt.Sprint("other", i)), member)
	}
	c.Propose(id, 1)
	for i, member := range followers {
		c.Attest(id, 1, ledgertest.Digest(fmt.Sprint("other", i)), member)
	}
	c.Deny(fault.PreconditionFailed, []string{"guard quorum", "1 have, 2 needed"}, c.At(id, 1).Commit("buyer", digest))
}

func TestAnAttestationInTheSameBlockStopsTheCommit(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, digest, followers...)
	_, leader := c.Committee(id, 1)
	c.Propose(id, 1)
	c.Attest(id, 1, digest, followers[0])
	term := c.At(id, 1)
	for _, member := range []string{leader, followers[0]} {
		c.Do(term.Report(member, followers[1]))
	}
	commit := c.Try(term.Commit(leader, digest))
	c.Attest(id, 1, digest, followers[1])
	if c.Commit(commit) {
		t.Error("a record stands that does not know of an attestation")
	}
	if got := c.CommitRound(id, 1); asJSON(got["faults"]) != "[]" {
		t.Errorf("faults are %v", got["faults"])
	}
}

func TestACancelledTaskIsNotCommitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.Judged(id, 1)
	digest := c.Propose(id, 1)["digest"].(string)
	commit := c.Endorse(c.Leader(id, 1), "Rounds:Commit", id, "1", digest)
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if c.Commit(commit) {
		t.Error("a round was committed in the block that cancelled its task")
	}
	c.Refuse(fault.IllegalTransition, []string{"is CANCELLED", "Rounds:Commit"}, c.Leader(id, 1), "Rounds:Commit", id, "1", digest)
}

func TestTimesDoNotGoBack(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	start := c.Running(id, 1)["started_at_ms"].(int64)
	c.SubmitUpdates(id, 1, "factory01")
	behind := time.UnixMilli(c.NowMs()).Add(-10 * time.Second) // within what endorsers tolerate
	do := func(call ledgertest.Call) {
		t.Helper()
		e := c.EndorseAt(behind, call.Who, call.Function, call.Args...)
		if e.Message != "" || !c.Commit(e) {
			t.Fatal(e.Message)
		}
	}
	leader, digest := c.Providers["factory01"], ledgertest.Aggregate(id, 1)
	do(ledgertest.Call{Who: leader, Function: "Rounds:Close", Args: []string{id, "1"}})
	c.Judge(id, 1, "factory01")
	do(c.At(id, 1).Propose("factory01", digest))
	do(c.At(id, 1).Commit("factory01", digest))
	got := c.Round(id, 1)["record"].(record)
	for _, field := range []string{"closed_at_ms", "proposed_at_ms", "committed_at_ms"} {
		if got[field] != start {
			t.Errorf("opened at %d, %s %v", start, field, got[field])
		}
	}
}
