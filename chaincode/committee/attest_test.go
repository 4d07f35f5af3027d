package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// usual is the reputation after round 1 of whoever added as much as everybody: by an eighth from
// half a million towards two thirds of a million.
const usual = 520_833

// lie is a digest that nobody computes.
var lie = ledgertest.Digest("a lie")

// judged is a closed round whose committee has revealed its scores.
func judged(t *testing.T, n int) (c *ledgertest.Consortium, members []string, honest string) {
	t.Helper()
	c, members = closed(t, n)
	c.Judge(id, 1, members...)
	return c, members, ledgertest.Aggregate(id, 1)
}

// faultOf is an entry of a record's faults.
func faultOf(participant string, term int, what string) record {
	return record{"participant": participant, "term": term, "fault": what}
}

func requireFaults(t *testing.T, got record, want ...record) {
	t.Helper()
	if want == nil {
		want = []record{}
	}
	if ledgertest.JSON(t, got["faults"]) != ledgertest.JSON(t, want) {
		t.Errorf("faults are %v, want %v", got["faults"], want)
	}
}

// standing is the participant's standing in a record.
func standing(got record, name string) record {
	for _, item := range got["standings"].([]any) {
		if item.(record)["participant"] == name {
			return item.(record)
		}
	}
	panic(name)
}

func TestDigestsAreSealedThenAttested(t *testing.T) {
	c, _, honest := judged(t, 3)
	followers := c.Followers(id, 1)
	seal := c.Do(c.At(id, 1).Seal(followers[0], honest))
	if seal["participant"] != followers[0] || seal["sealed_at_ms"] != c.NowMs() {
		t.Errorf("sealed is %v", seal)
	}
	c.Deny(fault.IllegalTransition, []string{"is EVALUATING: Committee:AttestAggregate"}, c.At(id, 1).Attest(followers[0], honest))
	c.Seal(id, 1, honest, followers[1])
	c.Propose(id, 1)
	c.Deny(fault.PreconditionFailed, []string{"guard as-sealed: hash "}, c.At(id, 1).Attest(followers[0], lie))
	c.Deny(fault.PreconditionFailed, []string{"guard as-sealed: hash "}, c.At(id, 1).AttestThis(followers[0], honest, 999, 1))
	got := c.Do(c.At(id, 1).Attest(followers[0], honest))
	if got["digest"] != honest || got["size"] != ledgertest.Size || got["accuracy_ppm"] != ledgertest.Accuracy(1) || got["attested_at_ms"] != c.NowMs() {
		t.Errorf("attested is %v", got)
	}
	c.Wait(5 * time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"Committee:AttestAggregate: guard in-time"}, c.At(id, 1).Attest(followers[1], honest))
}

func TestOnlyFollowersSealAndAttest(t *testing.T) {
	c, _, honest := judged(t, 4)
	_, leader := c.Committee(id, 1)
	deny := func(call func(member, digest string) ledgertest.Call) {
		t.Helper()
		c.Deny(fault.PermissionDenied, []string{outsider(c) + " is no member of the committee of round 1"}, call(outsider(c), honest))
		c.Deny(fault.PermissionDenied, []string{leader + " leads round 1 of task " + id + ": what it attests is its proposal"}, call(leader, honest))
	}
	deny(c.At(id, 1).Seal)
	c.Seal(id, 1, honest, c.Followers(id, 1)...)
	c.Propose(id, 1)
	deny(c.At(id, 1).Attest)
}

func TestSealWaitsForTheScores(t *testing.T) {
	c, members := closed(t, 4)
	seal := c.At(id, 1).Seal(c.Followers(id, 1)[0], lie)
	c.Deny(fault.PreconditionFailed, []string{"Committee:SealAttestation: guard quorum: 0 have, 2 needed"}, seal)
	sealed(c, members...)
	revealed(c, members[0])
	c.Deny(fault.PreconditionFailed, []string{"guard waits-for-none: still waited for: " + members[1] + ", " + members[2]}, seal)
	c.Wait(2 * time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard quorum: 1 have, 2 needed"}, seal)
}

func TestSealInTimeAndBeforeTheProposal(t *testing.T) {
	c, _, honest := judged(t, 4)
	followers := c.Followers(id, 1)
	late := c.At(id, 1).Seal(followers[1], honest)
	c.Seal(id, 1, honest, followers[0])
	c.Wait(3 * time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"Committee:SealAttestation: guard in-time: it passed 0s ago"}, late)
	c.Propose(id, 1)
	c.Deny(fault.IllegalTransition, []string{"is PROPOSED: Committee:SealAttestation"}, late)
	c.Deny(fault.PreconditionFailed, []string{"guard as-sealed: nothing was sealed"}, c.At(id, 1).Attest(followers[1], honest))
}

func TestAttestValidatesTheAttestation(t *testing.T) {
	c, _, honest := judged(t, 3)
	followers := c.Followers(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.Propose(id, 1)
	for names, change := range map[string]func(record){
		"salt: missing":          func(a record) { delete(a, "salt") },
		"digest":                 func(a record) { a["digest"] = "x" },
		"size: missing":          func(a record) { delete(a, "size") },
		"size: 0":                func(a record) { a["size"] = 0 },
		"accuracy_ppm: -2":       func(a record) { a["accuracy_ppm"] = -2 },
		"accuracy_ppm: 1000001":  func(a record) { a["accuracy_ppm"] = 1_000_001 },
		"metrics: unknown field": func(a record) { a["metrics"] = record{} },
	} {
		attestation := record{"salt": ledgertest.Digest("salt"), "digest": honest, "size": 1, "accuracy_ppm": 1}
		change(attestation)
		c.Refuse(fault.InvalidArgument, []string{"attestation: ", names},
			c.Providers[followers[0]], "Committee:AttestAggregate", id, "1", "1", ledgertest.JSON(t, attestation))
	}
}

// The model is as accurate as the lower median of those finds that attested it.
func TestAccuracyIsTheMedianOfThoseWhoAgree(t *testing.T) {
	c, _, honest := judged(t, 3)
	followers := c.Followers(id, 1)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, followers...)
	boast := ledgertest.Proposal(id, 1, 1)
	boast["accuracy_ppm"] = 999_999
	c.Do(c.At(id, 1).ProposeThis(leader, boast))
	c.Attest(id, 1, honest, followers...)
	if got := c.CommitRound(id, 1); got["accuracy_ppm"] != ledgertest.Accuracy(1) {
		t.Errorf("accuracy is %v", got["accuracy_ppm"])
	}
}

// That nothing was measured is a member's word, too: a leader alone does not say how accurate its model is.
func TestALeaderAloneSaysNoAccuracy(t *testing.T) {
	c, _, honest := judged(t, 3)
	followers := c.Followers(id, 1)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, followers...)
	boast := ledgertest.Proposal(id, 1, 1)
	boast["accuracy_ppm"] = 1_000_000
	c.Do(c.At(id, 1).ProposeThis(leader, boast))
	for _, follower := range followers {
		c.Do(c.At(id, 1).AttestThis(follower, honest, ledgertest.Size, -1))
	}
	if got := c.CommitRound(id, 1); got["accuracy_ppm"] != int64(-1) {
		t.Errorf("accuracy is %v", got["accuracy_ppm"])
	}
}

func TestACommitteeOfOne(t *testing.T) {
	c, members := closed(t, 1)
	if len(members) != 1 || c.Round(id, 1)["quorum"] != int64(1) {
		t.Fatalf("the committee is %v", members)
	}
	c.Judge(id, 1, members...)
	c.Propose(id, 1)
	got := c.CommitRound(id, 1)
	// Nobody judges its own update: it is accepted, and shown to add nothing.
	if ledgertest.JSON(t, got["accepted"]) != `[{"contribution_micro":0,"participant":"factory01","weight":500}]` {
		t.Errorf("accepted are %v", got["accepted"])
	}
	if standing(got, "factory01")["share_ppm"] != int64(140_000) || standing(got, "factory01")["reputation"] != int64(500_000) {
		t.Errorf("its standing is %v", standing(got, "factory01"))
	}
	c.PlayRound(id, 2)
}

func TestACommitteeIsNoLargerThanItsOrganisations(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	for _, name := range []string{"factory03", "factory04"} {
		c.Register(name, "Factory2MSP")
	}
	c.Running(id, 4)
	committee, _ := c.Committee(id, 1)
	if len(committee) != 2 || c.Round(id, 1)["quorum"] != int64(2) || !contains(committee, "factory01") {
		t.Errorf("the committee of two organisations is %v", committee)
	}
	for round := 1; round <= 3; round++ {
		c.PlayRound(id, round)
	}
}
