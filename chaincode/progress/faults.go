package progress

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Unsettled are the faults that the round, which has no record, has shown of its committee by now.
func (r *Round) Unsettled(nowMs int64) ([]state.Fault, error) {
	if r.Term == nil {
		return []state.Fault{}, nil
	}
	fallen, err := r.Term.Fallen(nowMs)
	if err != nil {
		return nil, err
	}
	next, err := r.Term.Next(fallen.Members, nowMs)
	return next.Faults, err
}

// FaultsBefore are what this term, which has come to an agreement, shows of its members: those that did
// not score or attest, and those that attested another aggregate.
func (t *Term) FaultsBefore(agreed state.Artifact) ([]state.Fault, error) {
	attestations, silent, err := t.Attestations()
	if err != nil {
		return nil, err
	}
	faults, err := t.missedDuties(silent)
	if err != nil {
		return nil, err
	}
	unscored, err := t.unscored()
	return append(add(faults, unscored), t.falseWitnesses(attestations, agreed)...), err
}

// faultsOf are the faults of a term that ends without a record: of the fallen, of those whose scores
// are complete without them, and of those that did not seal a digest in time, or attested what a
// quorum contradicts.
func (t *Term) faultsOf(fallen []state.Fault, evaluated bool) ([]state.Fault, error) {
	faults := slices.DeleteFunc(slices.Clone(fallen), func(one state.Fault) bool { return one.Fault == state.Withdrawn })
	if evaluated {
		unscored, err := t.unscored()
		if err != nil {
			return nil, err
		}
		faults = add(faults, unscored)
	}
	if t.Proposal == nil {
		return faults, nil
	}
	_, unsealed, err := t.Seals()
	if err != nil {
		return nil, err
	}
	missed, err := t.missedDuties(unsealed)
	if err != nil {
		return nil, err
	}
	return t.addFalseWitnesses(add(faults, missed))
}

func (t *Term) addFalseWitnesses(faults []state.Fault) ([]state.Fault, error) {
	agreed, err := t.Agreed()
	if err != nil || agreed == nil {
		return faults, err
	}
	attestations, _, err := t.Attestations()
	return append(faults, t.falseWitnesses(attestations, *agreed)...), err
}

// unscored are the faults of those that should have scored in this term, and did not.
func (t *Term) unscored() ([]state.Fault, error) {
	if t.Evaluation != t.Term.Term {
		return nil, nil
	}
	_, unrevealed, err := t.Evaluations()
	if err != nil {
		return nil, err
	}
	return t.missedDuties(unrevealed)
}

// missedDuties are the faults of the names that have not left.
func (t *Term) missedDuties(names []string) ([]state.Fault, error) {
	left, err := t.round.Task.left(t.stub, names)
	if err != nil {
		return nil, err
	}
	return blamed(Without(names, left), nil, t.Term.Term), nil
}

func (t *Term) falseWitnesses(attestations []state.Attestation, agreed state.Artifact) []state.Fault {
	var faults []state.Fault
	for _, one := range attestations {
		if one.Artifact != agreed {
			faults = append(faults, state.Fault{Participant: one.Participant, Term: t.Term.Term, Fault: state.WrongAttestation})
		}
	}
	return faults
}

func blamed(names, left []string, term int) []state.Fault {
	faults := []state.Fault{}
	for _, name := range names {
		reason := state.Unavailable
		if slices.Contains(left, name) {
			reason = state.Withdrawn
		}
		faults = append(faults, state.Fault{Participant: name, Term: term, Fault: reason})
	}
	return faults
}

// add appends what is not known yet. A member that misses two duties of a term has one fault.
func add(known, more []state.Fault) []state.Fault {
	for _, one := range more {
		if !slices.Contains(known, one) {
			known = append(known, one)
		}
	}
	return known
}
