package progress

import "github.com/weftwork/weftwork/chaincode/state"

// Fallen are the members without whom the committee goes on in another term, with the reasons. Where
// no term can help, Split says that all have spoken and that there is no quorum, and Refused are the
// updates that a complete committee rejects, where it accepts too few: so many.
type Fallen struct {
	Members  []state.Fault
	Split    bool
	Refused  []state.Rejection
	Accepted int
}

// Fallen looks for them at the step that the term has come to.
//
// A member that is missing there, and excused, has fallen. So has the leader whose proposal a quorum
// contradicts. Where all that sealed have attested and no digest has a quorum, it is those that did
// not seal; where all did, the committee is split.
func (t *Term) Fallen(nowMs int64) (Fallen, error) {
	if t.Proposal != nil {
		return t.fallenAfter(nowMs)
	}
	refused, err := t.refused(nowMs)
	if err != nil || len(refused.Refused) > 0 {
		return refused, err
	}
	members, err := t.fallenBefore(nowMs)
	return Fallen{Members: members}, err
}

// refused looks whether the scores are complete and accept too few for the task's aggregation: nothing can be proposed.
func (t *Term) refused(nowMs int64) (Fallen, error) {
	evaluated, err := t.Evaluated(nowMs)
	if err != nil || !evaluated {
		return Fallen{}, err
	}
	counted, err := t.Tally()
	if err != nil || len(counted.Accepted) >= t.LeastAccepted() {
		return Fallen{}, err
	}
	return Fallen{Refused: counted.Rejected, Accepted: len(counted.Accepted)}, nil
}

// fallenBefore looks for them in a term without a proposal. It ends at the first step that somebody may
// still do, or that too few have done: nobody could do the next.
func (t *Term) fallenBefore(nowMs int64) ([]state.Fault, error) {
	reached, err := t.reached()
	if err != nil {
		return nil, err
	}
	var fallen []state.Fault
	for which := reached; which <= propose; which++ {
		s, err := t.step(which)
		if err != nil {
			return nil, err
		}
		excused, err := t.excused(s, nowMs)
		if err != nil {
			return nil, err
		}
		fallen = addMembers(fallen, excused)
		if len(excused) < len(s.missing) || s.done < t.round.Quorum() {
			break
		}
	}
	return fallen, nil
}

// reached is the last step that somebody has done, or the first of the term.
func (t *Term) reached() (int, error) {
	first := sealScores
	if t.Evaluation != t.Term.Term {
		first = sealAttestation
	}
	for which := sealAttestation; which > first; which-- {
		s, err := t.step(which)
		if err != nil {
			return 0, err
		}
		begun := s.done
		if which == sealAttestation {
			begun-- // the leader's, which is not there yet
		}
		if begun > 0 {
			return which, nil
		}
	}
	return first, nil
}

func (t *Term) fallenAfter(nowMs int64) (Fallen, error) {
	agreed, err := t.Agreed()
	if err != nil || (agreed != nil && *agreed == t.Proposal.Artifact) {
		return Fallen{}, err
	}
	if agreed != nil {
		liar := state.Fault{Participant: t.Leader, Term: t.Term.Term, Fault: state.WrongProposal}
		return Fallen{Members: []state.Fault{liar}}, nil
	}
	waits, _, err := t.Attested(nowMs)
	if err != nil || len(waits) > 0 {
		return Fallen{}, err
	}
	silent, err := t.absent(sealAttestation, attest)
	return Fallen{Members: silent, Split: len(silent) == 0}, err
}
