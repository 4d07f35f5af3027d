package tally_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
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

func TestMoreThanHalfRejects(t *testing.T) {
	for reason, judged := range map[string][]state.Evaluation{
		"harmful":         {judge(rejects("a", "harmful")), judge(rejects("a", "harmful")), judge(accepts("a", 1))},
		"":                {judge(rejects("a", "harmful")), judge(accepts("a", 1))}, // a tie accepts
		"late":            {judge(rejects("a", "late"))},
		"duplicate":       {judge(rejects("a", "late")), judge(rejects("a", "duplicate")), judge(rejects("a", "duplicate"))},
		"bad-signature":   {judge(rejects("a", "harmful")), judge(rejects("a", "bad-signature"))}, // the gravest of equals
		"digest-mismatch": {judge(rejects("a", "digest-mismatch")), judge(accepts("b", 1))},
	} {
		got := tally.Of([]state.Update{update("a", 5)}, judged, 2)
		if reason == "" {
			if len(got.Accepted) != 1 || len(got.Rejected) != 0 {
				t.Errorf("a tie rejects: %v", got)
			}
			continue
		}
		if want := []state.Rejection{{Participant: "a", Reason: reason}}; !reflect.DeepEqual(got.Rejected, want) || len(got.Accepted) != 0 {
			t.Errorf("want %v, got %v", want, got)
		}
	}
}

func TestWhatNobodyJudgedIsAcceptedAndAddsNothing(t *testing.T) {
	got := tally.Of([]state.Update{update("a", 5)}, nil, 2)
	if want := []state.Part{{Participant: "a", Weight: 5}}; !reflect.DeepEqual(got.Accepted, want) || got.Rejected == nil {
		t.Errorf("got %v", got)
	}
}

func TestTheContributionIsTheMedian(t *testing.T) {
	for want, scores := range map[int64][]int64{5: {5}, -3: {7, -3}, 2: {9, 1, 2}, 4: {4, 100, -100, 8}} {
		var evaluations []state.Evaluation
		for _, score := range scores {
			evaluations = append(evaluations, judge(accepts("a", score)))
		}
		if got := tally.Of([]state.Update{update("a", 1)}, evaluations, 1); got.Accepted[0].ContributionMicro != want {
			t.Errorf("of %v it is %d, want %d", scores, got.Accepted[0].ContributionMicro, want)
		}
	}
}

// by is the evaluation of one who submits updates itself.
func by(scorer string, scores ...state.Score) state.Evaluation {
	return state.Evaluation{Participant: scorer, Scores: scores}
}

// requireContributions counts the evaluations of the updates of a, b and so on.
func requireContributions(t *testing.T, evaluations []state.Evaluation, want ...int64) {
	t.Helper()
	var updates []state.Update
	for i := range want {
		updates = append(updates, update(string(rune('a'+i)), 1))
	}
	var got []int64
	for _, part := range tally.Of(updates, evaluations, 1).Accepted {
		got = append(got, part.ContributionMicro)
	}
	if !slices.Equal(got, want) {
		t.Errorf("contributions are %v, want %v, of %v", got, want, evaluations)
	}
}

func TestALiarOfThreeTakesNothingFromTheOthers(t *testing.T) {
	for bound, lie := range map[int64]int64{110: 0, 120: -1 << 40} { // the median of 110, 120 and what the liar gives at most
		requireContributions(t, []state.Evaluation{
			by("a", accepts("b", 90), accepts("c", 110)),
			by("b", accepts("a", 100), accepts("c", 120)),
			by("c", accepts("a", lie), accepts("b", lie)),
		}, 100, 90, bound)
	}
}

// What is said of a friend counts as far as what the others gave to somebody.
func TestALiarOfThreeInflatesNobody(t *testing.T) {
	requireContributions(t, []state.Evaluation{
		by("a", accepts("b", 90), accepts("c", 110), accepts("d", 60)),
		by("b", accepts("a", 100), accepts("c", 120), accepts("d", 70)),
		by("c", accepts("a", 1<<40), accepts("b", -5), accepts("d", 1<<40)),
	}, 120, 90, 120, 70)
}

func TestTwoLiarsOfFive(t *testing.T) {
	honest := func(scorer string) state.Evaluation {
		var scores []state.Score
		for i, name := range []string{"a", "b", "c", "d", "e"} {
			if name != scorer {
				scores = append(scores, accepts(name, int64(100+i)))
			}
		}
		return by(scorer, scores...)
	}
	lying := func(scorer, friend string) state.Evaluation {
		return by(scorer, accepts("a", -1<<40), accepts("b", -1<<40), accepts("c", 0), accepts(friend, 1<<40))
	}
	requireContributions(t, []state.Evaluation{honest("a"), honest("b"), honest("c"), lying("d", "e"), lying("e", "d")},
		100, 101, 102, 103, 104)
}

// Where a quorum has revealed and no more, the two that score a third have no middle: the lower counts.
// Each of the two is judged by one, and an update of none of them by both.
func TestOnlyAQuorumHasRevealed(t *testing.T) {
	requireContributions(t, []state.Evaluation{
		by("a", accepts("b", 90), accepts("c", 110)),
		by("b", accepts("a", 100), accepts("c", 130)),
	}, 100, 90, 110)
	requireContributions(t, []state.Evaluation{
		by("a", accepts("b", 20), accepts("c", 70)),
		by("b", accepts("a", 90), accepts("c", 80)),
	}, 70, 20, 70) // none beyond 70, the lower of the two largest
}

func TestTheBoundHoldsForBothSigns(t *testing.T) {
	requireContributions(t, []state.Evaluation{
		by("x", accepts("a", -500), accepts("b", 10)),
		by("y", accepts("a", -400), accepts("b", 20)),
		by("z", accepts("a", 30), accepts("b", -30)),
	}, -400, 10)
	requireContributions(t, []state.Evaluation{
		by("x", accepts("a", -500)), by("y", accepts("a", -400)), by("z", accepts("a", -30)),
	}, -400)
	requireContributions(t, []state.Evaluation{
		by("x", accepts("a", -500), accepts("b", 1)), by("y", accepts("a", -400), accepts("b", 1)),
		by("z", accepts("a", 3), accepts("b", 30)), by("u", accepts("a", 3), accepts("b", 30)), by("v", accepts("a", -300), accepts("b", 2)),
	}, -300, 2)
}

// Who has no update to score but its own bounds nobody.
func TestTheOnlyUpdateIsAScorers(t *testing.T) {
	requireContributions(t, []state.Evaluation{by("a"), by("b", accepts("a", 100)), by("c", accepts("a", 0))}, 100)
	requireContributions(t, []state.Evaluation{by("a"), by("b", accepts("a", 100))}, 100)
}

// f liars of 2f + 1 who all say what they like, of the updates of whomever they like: an honest member's
// contribution is no less than the least that an honest judge gave it, within the bound, and no more than
// the bound; and that is between the least and the most of what honest members gave as their largest.
func TestLiarsDoNotDecideAMembersContribution(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	lies := []int64{-1 << 40, -1000, 0, 1, 1000, 1 << 40}
	for range 3000 {
		f := 1 + random.IntN(3)
		names := []string{"a", "b", "c", "d", "e", "f", "g"}[:2*f+1]
		liars := names[f+1:]
		var evaluations []state.Evaluation
		least, smallest, largest := map[string]int64{}, int64(1<<40), int64(0)
		for i, scorer := range names {
			var scores []state.Score
			most := int64(0)
			for _, name := range names {
				if name == scorer {
					continue
				}
				score := random.Int64N(2000) - 500
				if i > f {
					score = lies[random.IntN(len(lies))]
				} else if known, ok := least[name]; !ok || score < known {
					least[name] = score
				}
				scores, most = append(scores, accepts(name, score)), max(most, score, -score)
			}
			evaluations = append(evaluations, by(scorer, scores...))
			if i <= f {
				smallest, largest = min(smallest, most), max(largest, most)
			}
		}
		var updates []state.Update
		for _, name := range names {
			updates = append(updates, update(name, 1))
		}
		for _, part := range tally.Of(updates, evaluations, 1).Accepted {
			got, honest := part.ContributionMicro, !slices.Contains(liars, part.Participant)
			if got > largest || (honest && got < min(least[part.Participant], smallest)) {
				t.Fatalf("%s has %d of %v", part.Participant, got, evaluations)
			}
		}
	}
}

func TestAWeightIsCappedByTheMedianOfAllThatSubmitted(t *testing.T) {
	updates := []state.Update{update("a", 10), update("b", 1000), update("c", 1), update("d", 30)}
	if got := tally.Capped(updates, 2); !slices.Equal(got, []int64{10, 20, 1, 20}) {
		t.Errorf("capped are %v", got)
	}
	// A rejected count bounds the others all the same, so that a rejection does not change their weights.
	got := tally.Of(updates, []state.Evaluation{judge(rejects("c", "late"))}, 2)
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
		got := tally.Of(updates, evaluations, 3)
		if len(got.Rejected) != 0 || got.Accepted[0].Weight > 300 {
			t.Fatalf("%v makes %v", evaluations, got)
		}
		if c := got.Accepted[0].ContributionMicro; c > high || c < min(low, 0) {
			t.Fatalf("%v makes a contribution of %d", evaluations, c)
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
