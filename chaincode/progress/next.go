package progress

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Evaluated says whether the scores are complete: nobody is waited for, and a quorum has revealed.
func (t *Term) Evaluated(nowMs int64) (bool, error) {
	if t.Evaluation != t.Term.Term {
		return true, nil
	}
	for _, which := range []int{sealScores, revealScores} {
		waits, done, err := t.waits(which, nowMs)
		if err != nil || len(waits) > 0 || done < t.round.Quorum() {
			return false, err
		}
	}
	return true, nil
}

// Next is the term that goes on without the fallen, not recorded yet. Who falls is out for the round,
// unless too few would be left.
func (t *Term) Next(fallen []state.Fault, nowMs int64) (state.Term, error) {
	next := t.Term
	next.Term++
	next.OpenedAtMs = t.notBefore(nowMs)
	evaluated, err := t.Evaluated(nowMs)
	if err != nil {
		return next, err
	}
	blamed, err := t.reseat(&next, fallen)
	if err != nil {
		return next, err
	}
	faults, err := t.faultsOf(blamed, evaluated)
	if err != nil {
		return next, err
	}
	next.Faults = add(slices.Clone(t.Faults), faults)
	t.addEvaluation(&next, evaluated)
	return next, nil
}

// notBefore is a time that is not before what the term has recorded: clients' clocks differ.
func (t *Term) notBefore(nowMs int64) int64 {
	if t.Proposal != nil {
		nowMs = max(nowMs, t.Proposal.ProposedAtMs)
	}
	return max(nowMs, t.OpenedAtMs)
}

// seatsWithout gives the seats to the next of the ranking that are neither out nor have left.
func (t *Term) seatsWithout(out []string) (state.Seats, error) {
	opening := t.round.Opening
	left, err := t.round.Task.left(t.stub, opening.Ranking)
	out = slices.Concat(out, left)
	return election.Seat(opening.Ranking, out, opening.Standings, len(opening.Seats.Committee), opening.LastLeader), err
}

// addEvaluation keeps the scores where they are complete; else the new committee scores anew.
func (t *Term) addEvaluation(next *state.Term, evaluated bool) {
	stage := t.round.Task.Terms.Governance.StageSeconds
	if evaluated {
		next.Deadlines = Aggregating(next.OpenedAtMs, stage)
		return
	}
	next.Evaluation, next.Scorers = next.Term, next.Committee
	next.Deadlines = Scoring(next.OpenedAtMs, stage)
}
