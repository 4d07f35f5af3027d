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
// Its contribution is the median of their scores. Nobody judges its own update, and what nobody judged is
// accepted, and contributes nothing.
//
// So a member's update has one judge less than the committee has members. Half of an even number of judges
// is no majority of the committee, and must not decide alone: the round's typical score is counted with
// theirs.
func Of(updates []state.Update, evaluations []state.Evaluation, capRatio int64) Result {
	result := Result{Accepted: []state.Part{}, Rejected: []state.Rejection{}}
	weights := Capped(updates, capRatio)
	for i, update := range updates {
		if reason := rejection(scoresOf(update.Participant, evaluations)); reason != "" {
			result.Rejected = append(result.Rejected, state.Rejection{Participant: update.Participant, Reason: reason})
			continue
		}
		result.Accepted = append(result.Accepted, state.Part{Participant: update.Participant, Weight: weights[i]})
	}
	usual := typical(result.Accepted, evaluations)
	for i, part := range result.Accepted {
		result.Accepted[i].ContributionMicro = contribution(scoresOf(part.Participant, evaluations), usual)
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

func contribution(judged []state.Score, usual int64) int64 {
	scores := make([]int64, 0, len(judged)+1)
	for _, score := range judged {
		scores = append(scores, score.ScoreMicro)
	}
	if len(scores) > 0 && len(scores)%2 == 0 {
		scores = append(scores, usual)
	}
	return lowerMedian(scores)
}

// typical is what an accepted update was usually found to add: the lower median, over all who judged any,
// of the lower median of the scores that each gave.
func typical(accepted []state.Part, evaluations []state.Evaluation) int64 {
	var each []int64
	for _, evaluation := range evaluations {
		var given []int64
		for _, score := range evaluation.Scores {
			isIt := func(part state.Part) bool { return part.Participant == score.Participant }
			if slices.ContainsFunc(accepted, isIt) {
				given = append(given, score.ScoreMicro)
			}
		}
		if len(given) > 0 {
			each = append(each, lowerMedian(given))
		}
	}
	return lowerMedian(each)
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
