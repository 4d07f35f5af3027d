package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestAWrongProposalIsContradicted(t *testing.T) {
	c, members, honest := judged(t, 5)
	_, liar := c.Committee(id, 1)
	followers := c.Followers(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.ProposeDigest(id, 1, lie)
	c.Attest(id, 1, honest, followers[0])
	refuseReplace(c)
	c.Attest(id, 1, honest, followers[1])
	c.Deny(fault.PreconditionFailed, []string{"Rounds:Commit: guard quorum: 1 have, 2 needed"}, c.At(id, 1).Commit(liar, lie))
	c.Deny(fault.PreconditionFailed, []string{"guard as-proposed"}, c.At(id, 1).Commit(followers[0], honest))
	got := requireReplaced(t, c, faultOf(liar, 1, "wrong-proposal"))
	if got["evaluation"] != int64(1) || got["leader"] == liar {
		t.Errorf("term is %v", got)
	}
	committed := finish(c)
	if committed["round"] != int64(1) || committed["term"] != int64(2) || committed["digest"] != honest || len(members) != 3 {
		t.Errorf("record is %v", committed)
	}
	requireFaults(t, committed, faultOf(liar, 1, "wrong-proposal"))
	// Its update earns what the others' do, and its lie neither a seat's fee nor the leader's.
	if standing(committed, liar)["share_ppm"] != int64(172_000) || standing(committed, liar)["reputation"] != int64(usual-250_000) {
		t.Errorf("the liar stands at %v", standing(committed, liar))
	}
	leader := committed["leader"].(string)
	if standing(committed, leader)["share_ppm"] != int64(172_000+30_000+50_000) {
		t.Errorf("the leader stands at %v", standing(committed, leader))
	}
	if ranking := ledgertest.Strings(committed["next_ranking"]); ranking[4] != liar {
		t.Errorf("next rank %v, the liar is %s", ranking, liar)
	}
}

// A model of which nobody has as many bytes as it is said to have could be fetched by nobody.
func TestAWrongSizeIsAWrongProposal(t *testing.T) {
	c, _, honest := judged(t, 5)
	_, liar := c.Committee(id, 1)
	followers := c.Followers(id, 1)
	c.Seal(id, 1, honest, followers...)
	proposal := ledgertest.Proposal(id, 1, 1)
	proposal["size"] = ledgertest.Size + 1
	c.Do(c.At(id, 1).ProposeThis(liar, proposal))
	c.Attest(id, 1, honest, followers...)
	c.Deny(fault.PreconditionFailed, []string{"Rounds:Commit: guard quorum: 1 have, 2 needed"}, c.At(id, 1).Commit(liar, honest))
	requireReplaced(t, c, faultOf(liar, 1, "wrong-proposal"))
	committed := finish(c)
	if committed["size"] != ledgertest.Size {
		t.Errorf("record is %v", committed)
	}
	requireFaults(t, committed, faultOf(liar, 1, "wrong-proposal"))
}

func TestAWrongSizeIsAWrongAttestation(t *testing.T) {
	c, _, honest := judged(t, 5)
	followers, term := c.Followers(id, 1), c.At(id, 1)
	c.Seal(id, 1, honest, followers[0])
	c.Do(term.SealThis(followers[1], honest, ledgertest.Size+1))
	c.Propose(id, 1)
	c.Attest(id, 1, honest, followers[0])
	c.Do(term.AttestThis(followers[1], honest, ledgertest.Size+1, 1))
	committed := c.CommitRound(id, 1)
	requireFaults(t, committed, faultOf(followers[1], 1, "wrong-attestation"))
	if committed["accuracy_ppm"] != ledgertest.Accuracy(1) { // of those two that agree
		t.Errorf("accuracy is %v", committed["accuracy_ppm"])
	}
}

func TestWhoAgreesWithALieIsFaulted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 6)
	definition := ledgertest.Definition(2, 6)
	definition["governance"].(record)["committee"] = 5
	c.RunningWith(id, definition)
	c.Judged(id, 1)
	_, liar := c.Committee(id, 1)
	followers, honest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, lie, followers[0])
	c.Seal(id, 1, honest, followers[1:]...)
	c.ProposeDigest(id, 1, lie)
	c.Attest(id, 1, lie, followers[0])
	c.Attest(id, 1, honest, followers[1:]...)
	got := requireReplaced(t, c, faultOf(liar, 1, "wrong-proposal"))
	requireFaults(t, got, faultOf(liar, 1, "wrong-proposal"), faultOf(followers[0], 1, "wrong-attestation"))
	committed := finish(c)
	if standing(committed, followers[0])["reputation"] != int64(usual-100_000) || standing(committed, followers[0])["share_ppm"] != int64(143_333) {
		t.Errorf("the accomplice stands at %v", standing(committed, followers[0]))
	}
}

// Who did not seal is blamed, and keeps its seat: a quorum spoke without it.
func TestWhoDidNotSealIsBlamedWhenTheLeaderIsContradicted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 6)
	definition := ledgertest.Definition(2, 6)
	definition["governance"].(record)["committee"] = 5
	c.RunningWith(id, definition)
	c.Judged(id, 1)
	_, liar := c.Committee(id, 1)
	followers, honest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, honest, followers[1:]...)
	c.Wait(3 * time.Minute)
	c.ProposeDigest(id, 1, lie)
	c.Attest(id, 1, honest, followers[1:]...)
	got := requireReplaced(t, c, faultOf(liar, 1, "wrong-proposal"))
	requireFaults(t, got, faultOf(liar, 1, "wrong-proposal"), faultOf(followers[0], 1, "unavailable"))
	committed := finish(c)
	if standing(committed, followers[0])["share_ppm"] != int64(143_333) { // it serves now, too late for the fee
		t.Errorf("%s stands at %v", followers[0], standing(committed, followers[0]))
	}
}

// A digest that nobody proposed and nobody else computed is one vote like any other.
func TestAnAttestationThatNobodyProposed(t *testing.T) {
	c, _, honest := judged(t, 5)
	followers := c.Followers(id, 1)
	absent := followers[1]
	c.Seal(id, 1, lie, followers[0])
	c.Wait(3 * time.Minute)
	c.Propose(id, 1)
	refuseReplace(c)
	c.Attest(id, 1, lie, followers[0])
	// No digest has a quorum, and one has not spoken: without it, the rest decides with another.
	requireReplaced(t, c, faultOf(absent, 1, "unavailable"))
	_, leader := c.Committee(id, 1)
	if contains(c.Followers(id, 1), leader) {
		t.Fatal("the leader follows")
	}
	c.Seal(id, 1, lie, followers[0])
	c.Seal(id, 1, honest, without(c.Followers(id, 1), followers[0])...)
	c.Propose(id, 1)
	c.Attest(id, 1, lie, followers[0])
	c.Attest(id, 1, honest, without(c.Followers(id, 1), followers[0])...)
	requireFaults(t, c.CommitRound(id, 1), faultOf(absent, 1, "unavailable"), faultOf(followers[0], 2, "wrong-attestation"))
}
