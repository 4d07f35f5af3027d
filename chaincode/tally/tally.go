// Package tally makes of a committee's scores what the round's record says of each update.
package tally

import (
	"github.com/weftwork/weftwork/chaincode/median"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Result shares out those who submitted. Both lists are in the order of their names.
type Result struct {
	Accepted []state.Part
	Rejected []state.Rejection
}

// Ballot is what a round is counted by: who submitted, in the order of their names, and what was revealed
// by those of the elected committee, of so many seats, who did. Standings are those before the round.
type Ballot struct {
	Updates     []state.Update
	Evaluations []state.Evaluation
	Seats       int
	Standings   []state.Standing
	CapRatio    int64
}

// Count shares out the updates.
//
// An update is rejected where more than half of its judges reject it, and accepted otherwise. Its
// contribution is the median of what they found that it adds.
//
// Nobody judges its own update, and some members may not have judged at all. So one liar of three may be an
// update's only judge as soon as one honest member is away. It can keep the update out, as a judge must who
// alone has seen that it is broken; but it decides nobody's reputation and money: that takes a quorum of the
// elected committee. Those that are away are counted among the scores: each says what the round's updates
// typically add. That is also counted once more where the number would be even, since half is no majority.
func (b Ballot) Count() Result {
	result := Result{Accepted: []state.Part{}, Rejected: []state.Rejection{}}
	weights := Capped(b.Updates, b.CapRatio)
	for i, update := range b.Updates {
		if rejection := b.rejection(update.Participant); rejection != nil {
			result.Rejected = append(result.Rejected, *rejection)
			continue
		}
		result.Accepted = append(result.Accepted, state.Part{Participant: update.Participant, Weight: weights[i]})
	}
	typical := b.typical(result.Accepted)
	for i, part := range result.Accepted {
		var scores []int64
		for _, score := range b.votes(part.Participant) {
			scores = append(scores, score.ScoreMicro)
		}
		result.Accepted[i].ContributionMicro = b.middle(scores, typical)
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
	bound := ratio * median.Lower(counts)
	for i := range counts {
		counts[i] = min(counts[i], bound)
	}
	return counts
}

func (b Ballot) votes(provider string) []state.Score {
	var votes []state.Score
	for _, evaluation := range b.Evaluations {
		for _, score := range evaluation.Scores {
			if score.Participant == provider {
				votes = append(votes, score)
			}
		}
	}
	return votes
}

// rejection says for which reason most of those reject that do, the gravest of equals; nil if they are not
// the majority.
func (b Ballot) rejection(provider string) *state.Rejection {
	votes := b.votes(provider)
	reasons := map[string]int{}
	against := 0
	for _, score := range votes {
		if score.Verdict == state.Rejected {
			against++
			reasons[score.Reason]++
		}
	}
	if 2*against <= len(votes) {
		return nil
	}
	most := ""
	for _, reason := range state.Reasons {
		if reasons[reason] > reasons[most] {
			most = reason
		}
	}
	return &state.Rejection{Participant: provider, Reason: most, ByQuorum: against >= state.Quorum(b.Seats)}
}

// typical is what an accepted update was usually found to add: of the lower median of the scores that each
// judge gave, the middle. Who is away says what is remembered.
func (b Ballot) typical(accepted []state.Part) int64 {
	var each []int64
	for _, evaluation := range b.Evaluations {
		var given []int64
		for _, score := range evaluation.Scores {
			if state.PartOf(accepted, score.Participant) != nil {
				given = append(given, score.ScoreMicro)
			}
		}
		if len(given) > 0 {
			each = append(each, median.Lower(given))
		}
	}
	return b.middle(each, b.remembered(accepted))
}

// remembered is what the accepted usually added in a round before this one: the lower median.
func (b Ballot) remembered(accepted []state.Part) int64 {
	var added []int64
	for _, standing := range b.Standings {
		if state.PartOf(accepted, standing.Participant) != nil {
			added = append(added, standing.AddedMicro/reputation.Memory)
		}
	}
	return median.Lower(added)
}

// middle is the median of what was said; whoever is away says `others`, and so does one more of an even
// number.
func (b Ballot) middle(said []int64, others int64) int64 {
	for range b.Seats - len(b.Evaluations) {
		said = append(said, others)
	}
	if len(said)%2 == 0 {
		said = append(said, others)
	}
	return median.Lower(said)
}

// Accuracy is the lower median of what the members say that they measured: -1, that it is unknown, is
// one's word as well as any other.
func Accuracy(measured []int64) int64 { return median.Lower(measured) }
