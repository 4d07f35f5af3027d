package tally_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/tally"
)

func update(name string, samples int64) state.Update {
	return state.Update{Participant: name, Samples: samples}
}

// judge is an evaluation: of the named updates, each with a reason to reject it ("" accepts) and a score.
func judge(scores ...state.Score) state.Evaluation { return state.Evaluation{Scores: scores} }

func accepts(name string, score int64) state.Score {
	return state.Score{Participant: name, Verdict: state.Accepted, ScoreMicro: score}
}

func rejects(name, reason string) state.Score {
	return state.Score{Participant: name, Verdict: state.Rejected, Reason: reason}
}

// count is of a committee all of whom have judged, if there is one.
func count(updates []state.Update, evaluations []state.Evaluation, capRatio int64) tally.Result {
	return tally.Ballot{Updates: updates, Evaluations: evaluations, Seats: len(evaluations), CapRatio: capRatio}.Count()
}

func TestMoreThanHalfRejects(t *testing.T) {
	for reason, judged := range map[string][]state.Evaluation{
		"harmful":         {judge(rejects("a", "harmful")), judge(rejects("a", "harmful")), judge(accepts("a", 1))},
		"":                {judge(rejects("a", "harmful")), judge(accepts("a", 1))}, // half is no quorum
		"late":            {judge(rejects("a", "late"))},
		"duplicate":       {judge(rejects("a", "late")), judge(rejects("a", "duplicate")), judge(rejects("a", "duplicate"))},
		"bad-signature":   {judge(rejects("a", "harmful")), judge(rejects("a", "bad-signature"))}, // the gravest of equals
		"digest-mismatch": {judge(rejects("a", "digest-mismatch")), judge(rejects("a", "digest-mismatch")), judge(accepts("b", 1))},
		"norm-outlier":    {judge(rejects("a", "norm-outlier")), judge(accepts("b", 1))},
	} {
		got := count([]state.Update{update("a", 5)}, judged, 2)
		if reason == "" {
			if len(got.Accepted) != 1 || len(got.Rejected) != 0 {
				t.Errorf("a tie rejects: %v", got)
			}
			continue
		}
		byQuorum := reason != "norm-outlier"
		if want := []state.Rejection{{Participant: "a", Reason: reason, ByQuorum: byQuorum}}; !reflect.DeepEqual(got.Rejected, want) || len(got.Accepted) != 0 {
			t.Errorf("want %v, got %v", want, got)
		}
	}
}

func TestWhatNobodyJudgedIsAcceptedAndAddsNothing(t *testing.T) {
	got := count([]state.Update{update("a", 5)}, nil, 2)
	if want := []state.Part{{Participant: "a", Weight: 5}}; !reflect.DeepEqual(got.Accepted, want) || got.Rejected == nil {
		t.Errorf("got %v", got)
	}
}

func TestTheContributionIsTheMedian(t *testing.T) {
	for want, scores := range map[int64][]int64{5: {5}, 0: {7, -3}, 2: {9, 1, 2}, 4: {4, 100, -100, 8}} {
		var evaluations []state.Evaluation
		for _, score := range scores {
			evaluations = append(evaluations, judge(accepts("a", score)))
		}
		if got := count([]state.Update{update("a", 1)}, evaluations, 1); got.Accepted[0].ContributionMicro != want {
			t.Errorf("of %v it is %d, want %d", scores, got.Accepted[0].ContributionMicro, want)
		}
	}
}

// Two judges of an update have no middle: it is worth what they typically give, but never more or less
// than both say.
func TestAnEvenNumberOfJudgesAskWhatIsUsual(t *testing.T) {
	for _, example := range []struct{ low, high, usual, want int64 }{
		{3, 9, 5, 5}, {3, 9, 1, 3}, {3, 9, 20, 9}, {-1_000_000, 9, 5, 5}, {3, 1_000_000, 5, 5}, {4, 4, 9, 4},
	} {
		judged := []state.Evaluation{
			judge(accepts("a", example.low), accepts("b", example.usual), accepts("c", example.usual)),
			judge(accepts("a", example.high), accepts("b", example.usual), accepts("c", example.usual)),
			judge(accepts("b", example.usual), accepts("c", example.usual)),
		}
		got := count([]state.Update{update("a", 1), update("b", 1), update("c", 1)}, judged, 1)
		if c := got.Accepted[0].ContributionMicro; c != example.want {
			t.Errorf("%+v makes a contribution of %d", example, c)
		}
	}
}

func TestARejectedUpdateIsNotUsual(t *testing.T) {
	judged := []state.Evaluation{
		judge(accepts("a", 2), rejects("b", "late"), rejects("c", "late")),
		judge(accepts("a", 8), rejects("b", "late"), rejects("c", "late")),
	}
	got := count([]state.Update{update("a", 1), update("b", 1), update("c", 1)}, judged, 1)
	if c := got.Accepted[0].ContributionMicro; len(got.Rejected) != 2 || c != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestAWeightIsCappedByTheMedianOfAllThatSubmitted(t *testing.T) {
	updates := []state.Update{update("a", 10), update("b", 1000), update("c", 1), update("d", 30)}
	if got := tally.Capped(updates, 2); !slices.Equal(got, []int64{10, 20, 1, 20}) {
		t.Errorf("capped are %v", got)
	}
	// A rejected count bounds the others all the same, so that a rejection does not change their weights.
	got := count(updates, []state.Evaluation{judge(rejects("c", "late"))}, 2)
	if want := []state.Part{{Participant: "a", Weight: 10}, {Participant: "b", Weight: 20}, {Participant: "d", Weight: 20}}; !reflect.DeepEqual(got.Accepted, want) {
		t.Errorf("accepted are %v", got.Accepted)
	}
	if got := tally.Capped(nil, 2); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

// Whatever a provider says of its samples, and whatever the minority of its judges says: it gains no more
// than the bound that the others set, and no other verdict than the majority's.
func TestTheMinorityDecidesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		honest := 2 + random.IntN(3)
		var evaluations []state.Evaluation
		low, high := int64(1<<40), int64(-1<<40)
		for range honest {
			score := random.Int64N(2000) - 1000
			low, high = min(low, score), max(high, score)
			evaluations = append(evaluations, judge(accepts("a", score)))
		}
		for range random.IntN(honest) {
			lies := []state.Score{rejects("a", "harmful"), accepts("a", 1<<40), accepts("a", -1<<40)}
			evaluations = append(evaluations, judge(lies[random.IntN(3)]))
		}
		random.Shuffle(len(evaluations), func(i, j int) { evaluations[i], evaluations[j] = evaluations[j], evaluations[i] })
		updates := []state.Update{update("a", 1+random.Int64N(1<<29)), update("b", 100), update("c", 100)}
		got := count(updates, evaluations, 3)
		if len(got.Rejected) != 0 || got.Accepted[0].Weight > 300 {
			t.Fatalf("%v makes %v", evaluations, got)
		}
		if c := got.Accepted[0].ContributionMicro; c > high || c < min(low, 0) {
			t.Fatalf("%v makes a contribution of %d", evaluations, c)
		}
	}
}

// A committee of 2f + 1 with f liars among it, who judge each other's updates and those of the honest as
// they like, and of whose other members up to f are away: it gives nobody a contribution beyond what the
// honest members' scores and the memory of the rounds before span, and blames nobody whom these accept.
// Neither a friend can be raised nor an honest provider, member or not, be pulled down.
func TestLiarsOfACommitteeMoveNoContribution(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		liars := 1 + random.IntN(3)
		away := random.IntN(liars + 1)
		members := 2*liars + 1
		remembered := random.Int64N(1000)
		low, high := int64(1<<40), int64(-1<<40)
		if away > 0 {
			low, high = remembered, remembered
		}
		lies := []state.Score{{Verdict: state.Rejected, Reason: "harmful", ScoreMicro: -1 << 40}, {Verdict: state.Accepted, ScoreMicro: 1 << 40}}
		ballot := tally.Ballot{Seats: members, CapRatio: 1}
		for provider := range members + random.IntN(3) {
			name := fmt.Sprint("factory", provider)
			ballot.Updates = append(ballot.Updates, update(name, 10))
			ballot.Standings = append(ballot.Standings, state.Standing{Participant: name, AddedMicro: 8 * remembered})
		}
		for _, member := range random.Perm(members - away) {
			var evaluation state.Evaluation
			for provider, one := range ballot.Updates {
				score := accepts(one.Participant, random.Int64N(2000)-1000)
				if member < liars {
					lie := lies[random.IntN(2)]
					lie.Participant = one.Participant
					score = lie
				} else if provider != member {
					low, high = min(low, score.ScoreMicro), max(high, score.ScoreMicro)
				}
				if provider != member {
					evaluation.Scores = append(evaluation.Scores, score)
				}
			}
			ballot.Evaluations = append(ballot.Evaluations, evaluation)
		}
		got := ballot.Count()
		if isBlamed := func(one state.Rejection) bool { return away == 0 || one.ByQuorum }; slices.ContainsFunc(got.Rejected, isBlamed) {
			t.Fatalf("%+v makes %v", ballot, got)
		}
		for _, part := range got.Accepted {
			if c := part.ContributionMicro; c < low || c > high {
				t.Fatalf("%+v makes %+v: not within %d to %d", ballot, part, low, high)
			}
		}
	}
}

// Where two of three have judged, one alone keeps out what only it could judge, and a quorum takes both.
func TestAQuorumIsOfTheWholeCommittee(t *testing.T) {
	updates := []state.Update{update("a", 1), update("b", 1), update("c", 1)}
	for want, judged := range map[string][]state.Evaluation{
		"[{b harmful false}]":                  {judge(rejects("b", "harmful"), rejects("c", "harmful")), judge(accepts("a", 1), accepts("c", 1))},
		"[{b harmful false} {c harmful true}]": {judge(rejects("b", "harmful"), rejects("c", "harmful")), judge(accepts("a", 1), rejects("c", "harmful"))},
	} {
		got := tally.Ballot{Updates: updates, Evaluations: judged, Seats: 3, CapRatio: 1}.Count()
		if fmt.Sprint(got.Rejected) != want {
			t.Errorf("rejected are %v, want %s", got.Rejected, want)
		}
	}
}

// In a committee of two, too.
func TestOneOfTwoIsNoQuorum(t *testing.T) {
	judged := []state.Evaluation{judge(rejects("b", "harmful")), judge(accepts("a", 1))}
	ballot := tally.Ballot{Updates: []state.Update{update("a", 1), update("b", 1)}, Evaluations: judged, Seats: 2, CapRatio: 1}
	if got := ballot.Count(); fmt.Sprint(got.Rejected) != "[{b harmful false}]" {
		t.Errorf("got %+v", got)
	}
}

// Who is away says what is remembered, and two that remember nothing alike do not outvote it.
func TestWhoIsAwaySaysWhatIsRemembered(t *testing.T) {
	updates := []state.Update{update("a", 1), update("b", 1), update("c", 1)}
	standings := []state.Standing{{Participant: "a", AddedMicro: 80}, {Participant: "b", AddedMicro: 160}, {Participant: "c", AddedMicro: 400}}
	judged := []state.Evaluation{judge(accepts("b", 30), accepts("c", 30)), judge(accepts("a", -1000), accepts("c", -1000))}
	got := tally.Ballot{Updates: updates, Evaluations: judged, Seats: 3, Standings: standings, CapRatio: 1}.Count()
	for i, want := range []int64{20, 20, 20} { // of 30, -1000 and 20
		if c := got.Accepted[i].ContributionMicro; c != want {
			t.Errorf("%s: %d", got.Accepted[i].Participant, c)
		}
	}
}

func TestWhoContradictsTheCommitteeIsWrong(t *testing.T) {
	harmful := func(names ...string) (scores []state.Score) {
		for _, name := range []string{"a", "b", "c", "d"} {
			score := accepts(name, 1)
			if slices.Contains(names, name) {
				score = rejects(name, "harmful")
			}
			scores = append(scores, score)
		}
		return scores
	}
	for want, judged := range map[string][][]state.Score{
		"":      {harmful("a"), harmful("a"), harmful("a")},
		"[0]":   {harmful("a", "b", "c", "d"), harmful("d"), harmful("d")}, // three of four
		"[0 1]": {harmful("a", "b", "d"), harmful("a", "b", "d"), harmful("c"), harmful("c"), harmful("c")},
		"half":  {harmful("a", "b"), harmful(), harmful()},
		"one":   {harmful("a")[:1], harmful(), harmful()},
		"few":   {harmful("a", "b", "c"), harmful()},
	} {
		var evaluations []state.Evaluation
		for i, scores := range judged {
			evaluations = append(evaluations, state.Evaluation{Participant: fmt.Sprint(i), Scores: scores})
		}
		result := count([]state.Update{update("a", 1), update("b", 1), update("c", 1), update("d", 1)}, evaluations, 1)
		got := result.Wrong(evaluations)
		if fmt.Sprint(got) != want && (strings.HasPrefix(want, "[") || len(got) > 0) {
			t.Errorf("want %s, got %v", want, got)
		}
	}
}

func TestAccuracyIsTheLowerMedian(t *testing.T) {
	for want, measured := range map[int64][]int64{-1: {1_000_000, -1, -1}, 3: {9, 3}, 4: {9, -1, 4}, 5: {7, 5, 1}} {
		before := slices.Clone(measured)
		if got := tally.Accuracy(measured); got != want || !slices.Equal(before, measured) {
			t.Errorf("of %v it is %d, want %d", before, got, want)
		}
	}
}
