// Package tally makes of a committee's scores what the round's record says of each update.
package tally

import (
	"math"
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Result shares out those who submitted. Both lists are in the order of their names.
type Result struct {
	Accepted []state.Part
	Rejected []state.Rejection
}

// Of counts the evaluations of the submitted updates, which are sorted by their providers' names.
//
// An update is rejected where more than half of those who judged it reject it, and accepted otherwise.
// Its contribution is the median of their scores, each within the bound that the committee's scores set.
// Nobody judges its own update, and what nobody judged is accepted, and contributes nothing.
func Of(updates []state.Update, evaluations []state.Evaluation, capRatio int64) Result {
	result := Result{Accepted: []state.Part{}, Rejected: []state.Rejection{}}
	weights, bound := Capped(updates, capRatio), bound(evaluations)
	for i, update := range updates {
		judged := scoresOf(update.Participant, evaluations)
		if reason := rejection(judged); reason != "" {
			result.Rejected = append(result.Rejected, state.Rejection{Participant: update.Participant, Reason: reason})
			continue
		}
		own := slices.ContainsFunc(evaluations, func(one state.Evaluation) bool { return one.Participant == update.Participant })
		result.Accepted = append(result.Accepted, state.Part{
			Participant: update.Participant, Weight: weights[i], ContributionMicro: contribution(judged, bound, own),
		})
	}
	return result
}

// Capped are the updates' weights: their counts of samples, but none more than ratio times the lower
// median of all of them. So a count that its provider made up never buys more than that.
func Capped(updates []state.Update, ratio int64) []int64 {
	counts := make([]int64, 0, len(updates))
	for _, update := range updates {
		counts = append(counts, update.Samples)
	}
	bound := ratio * lowerMedian(counts)
	for i := range counts {
		counts[i] = min(counts[i], bound)
	}
	return counts
}

func scoresOf(provider string, evaluations []state.Evaluation) []state.Score {
	var judged []state.Score
	for _, evaluation := range evaluations {
		for _, score := range evaluation.Scores {
			if score.Participant == provider {
				judged = append(judged, score)
			}
		}
	}
	return judged
}

// rejection is the reason that most of those who reject give, the gravest of equals; "" if they are
// not the majority.
func rejection(judged []state.Score) string {
	reasons := map[string]int{}
	against := 0
	for _, score := range judged {
		if score.Verdict == state.Rejected {
			against++
			reasons[score.Reason]++
		}
	}
	if 2*against <= len(judged) {
		return ""
	}
	most := ""
	for _, reason := range state.Reasons {
		if reasons[reason] > reasons[most] {
			most = reason
		}
	}
	return most
}

// bound is how far from zero a score counts at most: the lower median of the largest that each scorer has
// given, of either sign. So a minority inflates nobody beyond what the others gave to somebody. A scorer
// that had none to score but its own bounds nothing.
func bound(evaluations []state.Evaluation) int64 {
	largest := make([]int64, 0, len(evaluations))
	for _, evaluation := range evaluations {
		if len(evaluation.Scores) == 0 {
			largest = append(largest, math.MaxInt64)
			continue
		}
		most := int64(0)
		for _, score := range evaluation.Scores {
			most = max(most, score.ScoreMicro, -score.ScoreMicro)
		}
		largest = append(largest, most)
	}
	return lowerMedian(largest)
}

// contribution is the median of the scores within the bound. Of an even number of judges it is the lower
// of the two in the middle; but where the update is of a scorer itself it is the upper, as the judge that
// is missing would have been this one: half of the others could else say alone that it adds nothing.
func contribution(judged []state.Score, bound int64, ofScorer bool) int64 {
	scores := make([]int64, 0, len(judged))
	for _, score := range judged {
		scores = append(scores, min(max(score.ScoreMicro, -bound), bound))
	}
	if ofScorer && len(scores) > 0 {
		return slices.Sorted(slices.Values(scores))[len(scores)/2]
	}
	return lowerMedian(scores)
}

func lowerMedian(numbers []int64) int64 {
	if len(numbers) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[(len(sorted)-1)/2]
}

// Accuracy is the lower median of what the members say that they measured: -1, that it is unknown, is
// one's word as well as any other.
func Accuracy(measured []int64) int64 { return lowerMedian(measured) }
