// Package tally makes of a committee's scores what the round's record says of each update.
package tally

import (
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
// Its contribution is the lower median of their scores. Nobody judges its own update, and what nobody
// judged is accepted, and contributes nothing.
func Of(updates []state.Update, evaluations []state.Evaluation, capRatio int64) Result {
	result := Result{Accepted: []state.Part{}, Rejected: []state.Rejection{}}
	weights := Capped(updates, capRatio)
	for i, update := range updates {
		judged := scoresOf(update.Participant, evaluations)
		if reason := rejection(judged); reason != "" {
			result.Rejected = append(result.Rejected, state.Rejection{Participant: update.Participant, Reason: reason})
			continue
		}
		result.Accepted = append(result.Accepted, state.Part{
			Participant: update.Participant, Weight: weights[i], ContributionMicro: contribution(judged),
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

func contribution(judged []state.Score) int64 {
	scores := make([]int64, 0, len(judged))
	for _, score := range judged {
		scores = append(scores, score.ScoreMicro)
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

// Accuracy is the lower median of those that members measured, -1 where none did.
func Accuracy(measured []int64) int64 {
	known := slices.DeleteFunc(slices.Clone(measured), func(one int64) bool { return one < 0 })
	if len(known) == 0 {
		return -1
	}
	return lowerMedian(known)
}
