package progress

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/tally"
)

// Term is a round's committee, with what its members have done. Each of them writes under keys of its
// own, and nothing is read that a caller's step does not depend on: members act at once.
type Term struct {
	state.Term
	Proposal *state.Proposal
	round    *Round
	stub     shim.ChaincodeStubInterface
}

// loadTerm reads the current term of a closed round.
func loadTerm(stub shim.ChaincodeStubInterface, round *Round) (*Term, error) {
	number, err := Newest(maxTerms(round), func(n int) (bool, error) {
		return state.Exists(stub, state.TermKey(round.Task.ID, round.Number, n+1))
	})
	if err != nil {
		return nil, err
	}
	return LoadTerm(stub, round, number+1)
}

// LoadTerm reads one term of a closed round.
func LoadTerm(stub shim.ChaincodeStubInterface, round *Round, number int) (*Term, error) {
	term := &Term{round: round, stub: stub, Term: firstTerm(round)}
	if number > 1 {
		later, err := state.Get(stub, state.TermKey(round.Task.ID, round.Number, number))
		if err != nil {
			return nil, err
		}
		term.Term = *later
	}
	var err error
	term.Proposal, err = state.Get(stub, state.ProposalKey(round.Task.ID, round.Number, number))
	return term, err
}

// firstTerm is what the election and the closing of the round made of it.
func firstTerm(round *Round) state.Term {
	return state.Term{
		Task: round.Task.ID, Round: round.Number, Term: 1, Seats: round.Opening.Seats,
		Evaluation: 1, Scorers: round.Opening.Seats.Committee,
		Replaced: []state.Fault{}, Faults: []state.Fault{},
		Deadlines:  Scoring(round.Closing.ClosedAtMs, round.Task.Terms.Governance.StageSeconds),
		OpenedBy:   round.Closing.ClosedBy,
		OpenedAtMs: round.Closing.ClosedAtMs, TxID: round.Closing.TxID,
	}
}

// Scoring are the deadlines of a term that begins with scores.
func Scoring(fromMs, stageSeconds int64) state.Deadlines {
	stage := 1000 * stageSeconds
	deadlines := Aggregating(fromMs+2*stage, stageSeconds)
	deadlines.ScoreByMs, deadlines.RevealByMs = fromMs+stage, fromMs+2*stage
	return deadlines
}

// Aggregating are the deadlines of a term that keeps the scores of one before.
func Aggregating(fromMs, stageSeconds int64) state.Deadlines {
	stage := 1000 * stageSeconds
	return state.Deadlines{
		ScoreByMs: fromMs, RevealByMs: fromMs,
		SealByMs: fromMs + stage, ProposeByMs: fromMs + 2*stage, AttestByMs: fromMs + 3*stage,
	}
}

// ScoresSeals reads which scorers are bound to their scores.
func (t *Term) ScoresSeals() ([]state.Sealed, []string, error) {
	return collect(t.stub, t.Scorers, func(name string) state.Key[state.Sealed] {
		return state.ScoresSealKey(t.Task, t.Round, t.Evaluation, name)
	})
}

// Evaluations reads the scores that were revealed.
func (t *Term) Evaluations() ([]state.Evaluation, []string, error) {
	return collect(t.stub, t.Scorers, func(name string) state.Key[state.Evaluation] {
		return state.EvaluationKey(t.Task, t.Round, t.Evaluation, name)
	})
}

// Seals reads which members, the leader aside, are bound to the aggregate that they computed.
func (t *Term) Seals() ([]state.Sealed, []string, error) {
	return collect(t.stub, t.followers(), func(name string) state.Key[state.Sealed] {
		return state.SealKey(t.Task, t.Round, t.Term.Term, name)
	})
}

// Attestations reads what was opened of these.
func (t *Term) Attestations() ([]state.Attestation, []string, error) {
	return collect(t.stub, t.followers(), func(name string) state.Key[state.Attestation] {
		return state.AttestationKey(t.Task, t.Round, t.Term.Term, name)
	})
}

func (t *Term) followers() []string { return Without(t.Committee, []string{t.Leader}) }

// Tally counts the scores that were revealed.
func (t *Term) Tally() (tally.Result, error) {
	evaluations, _, err := t.Evaluations()
	if err != nil {
		return tally.Result{}, err
	}
	updates, _, err := t.round.Updates(t.stub)
	if err != nil {
		return tally.Result{}, err
	}
	ballot := tally.Ballot{
		Updates: updates, Evaluations: evaluations, Seats: len(t.round.Opening.Seats.Committee),
		Standings: t.round.Opening.Standings, CapRatio: t.round.Task.Terms.Aggregation.CapRatio,
	}
	return ballot.Count(), nil
}

// Agreed is the aggregate that a quorum of the committee has computed, the leader's proposal included;
// nil where there is none.
func (t *Term) Agreed() (*state.Artifact, error) {
	attestations, _, err := t.Attestations()
	if err != nil || t.Proposal == nil {
		return nil, err
	}
	votes := map[state.Artifact]int{t.Proposal.Artifact: 1}
	for _, attestation := range attestations {
		votes[attestation.Artifact]++
	}
	for computed, count := range votes { // at most one of them can have a quorum
		if count >= t.round.Quorum() {
			return &computed, nil
		}
	}
	return nil, nil
}

// LeastAccepted is how many updates the task's aggregation needs.
func (t *Term) LeastAccepted() int { return t.round.Task.Terms.Aggregation.Least }
