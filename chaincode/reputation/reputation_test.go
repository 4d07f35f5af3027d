package reputation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
)

func governance(committee, leader int64) state.Governance {
	var terms state.Governance
	terms.Fees.CommitteePPM, terms.Fees.LeaderPPM = committee, leader
	return terms
}

func after(now int64, round reputation.Round) int64 {
	standings := []state.Standing{{Participant: "a", Reputation: now}, {Participant: "b"}, {Participant: "c"}}
	return reputation.After(standings, round)[0].Reputation
}

func contributions(a, b, c int64) reputation.Round {
	return reputation.Round{Accepted: []state.Part{
		{Participant: "a", ContributionMicro: a}, {Participant: "b", ContributionMicro: b}, {Participant: "c", ContributionMicro: c},
	}}
}

func TestReputationMovesTowardsTheQuality(t *testing.T) {
	for _, example := range []struct {
		now, a, b, c, want int64
	}{
		{500_000, 10, 10, 10, 520_833}, // as good as the median: towards two thirds of a million
		{400_000, 10, 10, 10, 433_333},
		{700_000, 10, 10, 10, 695_834},
		{500_000, 20, 5, 5, 551_136},      // four times the median
		{500_000, 1000, 2, 2, 562_375},    // never a million
		{500_000, 5, 10, 1500, 500_000},   // half of the median keeps what all begin with
		{500_000, 0, 10, 10, 437_500},     // adds nothing
		{500_000, -1000, 10, 10, 437_500}, // nor takes more than everything
		{0, 0, 10, 10, 0},
		{1_000_000, 30, 0, 0, 1_000_000}, // most add nothing
		{700_000, 30, 10, 0, 719_642},
		{300_000, 0, 0, 0, 300_000}, // nobody added anything: nothing is shown
		{300_000, -5, -1, 0, 300_000},
	} {
		if got := after(example.now, contributions(example.a, example.b, example.c)); got != example.want {
			t.Errorf("%+v: %d", example, got)
		}
	}
}

func TestWhatWasAddedIsForgottenByAnEighthARound(t *testing.T) {
	for _, example := range []struct {
		what                  string
		before, contribution  int64
		accepted              bool
		added, share, quality int64
	}{
		{"a good round", 80, 30, true, 100, 500_000, 666_666},
		{"one that adds nothing is paid for those before, and raises nobody", 80, 0, true, 70, 411_764, 500_000},
		{"one that takes away", 80, -60, true, 10, 90_909, 270_270},
		{"never below nothing", 80, -1000, true, 0, 0, 0},
		{"without an update it is not paid", 80, 0, false, 70, 0, 0},
		{"an eighth is rounded down", 7, 0, true, 7, 65_420, 212_121},
		{"the least rises", 80, 1, true, 71, 415_204, 628_318},
	} {
		round := reputation.Round{Accepted: []state.Part{{Participant: "b", ContributionMicro: 100}}}
		if example.accepted {
			round.Accepted = append(round.Accepted, state.Part{Participant: "a", ContributionMicro: example.contribution})
		}
		before := []state.Standing{{Participant: "a", AddedMicro: example.before, Reputation: 500_000}, {Participant: "b"}}
		got := reputation.After(before, round)[0]
		if got.AddedMicro != example.added || got.SharePPM != example.share {
			t.Errorf("%s: %+v", example.what, got)
		}
		reputation := int64(500_000)
		if example.accepted {
			reputation += (example.quality - 500_000) / 8
		}
		if got.Reputation != reputation {
			t.Errorf("%s: %+v, want %d", example.what, got, reputation)
		}
	}
}

// The largest contributions for ever: no product of them leaves 64 bits.
func TestTheMostThatCanBeAdded(t *testing.T) {
	standings := []state.Standing{{Participant: "a"}, {Participant: "b"}}
	for range 1000 {
		standings = reputation.After(standings, reputation.Round{Accepted: []state.Part{
			{Participant: "a", ContributionMicro: 1_000_000_000_000}, {Participant: "b", ContributionMicro: 1_000_000_000_000},
		}})
		for _, one := range standings {
			if one.SharePPM != 500_000 || one.Reputation < 0 {
				t.Fatalf("got %+v", one)
			}
		}
	}
}

func TestPenalties(t *testing.T) {
	for what, want := range map[string]int64{
		state.Unavailable: 450_000, state.WrongVerdicts: 450_000, state.WrongAttestation: 400_000, state.WrongProposal: 250_000, state.Withdrawn: 500_000,
	} {
		if got := after(500_000, reputation.Round{Faults: []state.Fault{{Participant: "a", Term: 1, Fault: what}}}); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	twice := []state.Fault{{Participant: "a", Term: 1, Fault: state.WrongProposal}, {Participant: "a", Term: 2, Fault: state.Unavailable}}
	if got := after(500_000, reputation.Round{Faults: twice}); got != 200_000 {
		t.Errorf("two faults: %d", got)
	}
	if got := after(500_000, reputation.Round{Rejected: []state.Rejection{{Participant: "a", ByQuorum: true}}}); got != 450_000 {
		t.Errorf("rejected: %d", got)
	}
	if got := after(10_000, reputation.Round{Rejected: []state.Rejection{{Participant: "a", ByQuorum: true}}}); got != 0 {
		t.Errorf("less than nothing: %d", got)
	}
}

// Who keeps an update out without a quorum gains nothing by it, and its provider loses a round's pay.
func TestWhatFewerThanAQuorumKeepOut(t *testing.T) {
	standings := []state.Standing{{Participant: "a", AddedMicro: 160, Reputation: 500_000}, {Participant: "b"}, {Participant: "c"}}
	round := reputation.Round{
		Accepted: []state.Part{{Participant: "b", ContributionMicro: 40}, {Participant: "c", ContributionMicro: 20}},
		Rejected: []state.Rejection{{Participant: "a", Reason: "harmful"}},
	}
	got := reputation.After(standings, round)
	for i, want := range []int64{0, 200_000, 100_000} { // a had 140 of 200
		if got[i].SharePPM != want {
			t.Errorf("%+v, want %d", got[i], want)
		}
	}
	if got[0].Reputation != 500_000 || got[0].AddedMicro != 140 {
		t.Errorf("got %+v", got[0])
	}
	round.Rejected[0].ByQuorum = true
	if got := reputation.After(standings, round); got[0].Reputation != 450_000 || got[1].SharePPM != 666_666 {
		t.Errorf("by a quorum: %+v", got)
	}
}

func TestSharesOfARound(t *testing.T) {
	round := contributions(30, 10, 0)
	round.Served, round.Leader, round.Seats = []string{"a", "c"}, "a", 3
	round.Governance = governance(90_000, 50_000)
	standings := []state.Standing{{Participant: "a", Points: 5}, {Participant: "b"}, {Participant: "c"}, {Participant: "d"}}
	got := reputation.After(standings, round)
	fees := []int64{30_000 + 50_000, 0, 30_000, 0}
	for i, provided := range []int64{645_000, 215_000, 0, 0} {
		want := provided + fees[i]
		if got[i].SharePPM != want || got[i].Points != standings[i].Points+want {
			t.Errorf("%s: %+v, want %d", got[i].Participant, got[i], want)
		}
		if got[i].MeritPPM != got[i].Reputation+provided {
			t.Errorf("%s: a fee counts as merit: %+v", got[i].Participant, got[i])
		}
	}
	round.Served = []string{"b"} // a leads, and did not serve faultlessly
	if got := reputation.After(standings, round)[0].SharePPM; got != 645_000 {
		t.Errorf("without a fee: %d", got)
	}
}

// In whatever round: nobody's reputation leaves its range, nobody rises without an accepted update that
// added something, and all shares together are at most the pot.
func TestWhateverHappens(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	rose := 0
	for range 5000 {
		standings, round := anyRound(random)
		got := reputation.After(standings, round)
		total := int64(0)
		for i, one := range got {
			before := standings[i]
			total += one.SharePPM
			if one.Reputation < 0 || one.Reputation > state.Million || one.SharePPM < 0 {
				t.Fatalf("%+v becomes %+v", before, one)
			}
			if one.Reputation > before.Reputation {
				rose++
				if part := state.PartOf(round.Accepted, one.Participant); part == nil || part.ContributionMicro <= 0 {
					t.Fatalf("%+v rises to %+v by being there: %+v", before, one, round)
				}
			}
			if one.Points != before.Points+one.SharePPM || one.Snapshot != before.Snapshot {
				t.Fatalf("%+v becomes %+v", before, one)
			}
		}
		if total > state.Million {
			t.Fatalf("shares add up to %d: %+v", total, round)
		}
	}
	if rose == 0 {
		t.Error("nobody ever rises")
	}
}

func anyRound(random *rand.Rand) ([]state.Standing, reputation.Round) {
	committee := random.Int64N(state.Million/2 + 1)
	round := reputation.Round{Governance: governance(committee, random.Int64N(state.Million/2+1-committee))}
	var standings []state.Standing
	faults := []string{state.Unavailable, state.WrongVerdicts, state.WrongAttestation, state.WrongProposal}
	for i := range 1 + random.IntN(12) {
		name := fmt.Sprint("factory", i)
		standings = append(standings, state.Standing{
			Participant: name, Snapshot: i, Reputation: random.Int64N(state.Million + 1), Points: random.Int64N(5), AddedMicro: random.Int64N(1 << (1 + random.IntN(40))),
		})
		contribution := random.Int64N(1<<(1+random.IntN(40))) - random.Int64N(1<<20)
		switch random.IntN(4) {
		case 0:
			round.Rejected = append(round.Rejected, state.Rejection{Participant: name, ByQuorum: random.IntN(2) == 0})
		case 1, 2:
			contribution = min(contribution, 1_000_000_000_000)
			round.Accepted = append(round.Accepted, state.Part{Participant: name, Weight: 1, ContributionMicro: contribution})
		}
		if random.IntN(3) == 0 {
			round.Faults = append(round.Faults, state.Fault{Participant: name, Fault: faults[random.IntN(len(faults))]})
		}
		if random.IntN(2) == 0 {
			round.Seats++
			if random.IntN(4) > 0 {
				round.Served = append(round.Served, name)
				round.Leader = round.Served[0]
			}
		}
	}
	return standings, round
}
