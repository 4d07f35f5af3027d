package tally

import "github.com/weftwork/weftwork/chaincode/state"

// Of fewer judges nobody can say who is alone, and one verdict is no habit.
const (
	enoughJudges   = 3
	enoughVerdicts = 2
)

// Wrong are the judges most of whose verdicts the committee contradicts, in their order: at least two, and
// more than half of all that a judge gave. Honest judges find different scores on their different data,
// but what they reject, the others mostly reject.
func (r Result) Wrong(evaluations []state.Evaluation) []string {
	var wrong []string
	for _, evaluation := range evaluations {
		against := 0
		for _, score := range evaluation.Scores {
			if (score.Verdict == state.Accepted) != (state.PartOf(r.Accepted, score.Participant) != nil) {
				against++
			}
		}
		if len(evaluations) >= enoughJudges && against >= enoughVerdicts && 2*against > len(evaluation.Scores) {
			wrong = append(wrong, evaluation.Participant)
		}
	}
	return wrong
}
