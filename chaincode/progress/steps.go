package progress

import "github.com/weftwork/weftwork/chaincode/state"

// step is a part of a term that several members do, each by itself. Missing are those that have not.
type step struct {
	done    int
	missing []string
	byMs    int64
}

// The steps of a term, in order.
const (
	sealScores = iota
	revealScores
	sealAttestation
	propose
	attest
	steps
)

// step reads how far a step is. Whoever did not do the one before is not missing in the next.
func (t *Term) step(which int) (step, error) {
	switch which {
	case sealScores:
		sealed, missing, err := t.ScoresSeals()
		return step{len(sealed), missing, t.ScoreByMs}, err
	case revealScores:
		return t.revealing()
	case sealAttestation:
		sealed, missing, err := t.Seals()
		return step{1 + len(sealed), missing, t.SealByMs}, err // the leader's proposal is its own
	case propose:
		if t.Proposal == nil {
			return step{0, []string{t.Leader}, t.ProposeByMs}, nil
		}
		return step{1, nil, t.ProposeByMs}, nil
	default:
		return t.attesting()
	}
}

func (t *Term) revealing() (step, error) {
	_, unsealed, err := t.ScoresSeals()
	if err != nil {
		return step{}, err
	}
	revealed, missing, err := t.Evaluations()
	return step{len(revealed), Without(missing, unsealed), t.RevealByMs}, err
}

func (t *Term) attesting() (step, error) {
	_, unsealed, err := t.Seals()
	if err != nil {
		return step{}, err
	}
	attested, missing, err := t.Attestations()
	return step{1 + len(attested), Without(missing, unsealed), t.AttestByMs}, err
}

// SealedScores, Revealed, Sealed and Attested say whom a step still waits for, and how many have done it.

// SealedScores is of the step that binds the scorers.
func (t *Term) SealedScores(nowMs int64) ([]string, int, error) { return t.waits(sealScores, nowMs) }

// Revealed is of the step that opens the scores.
func (t *Term) Revealed(nowMs int64) ([]string, int, error) { return t.waits(revealScores, nowMs) }

// Sealed is of the step that binds the members to their digests.
func (t *Term) Sealed(nowMs int64) ([]string, int, error) { return t.waits(sealAttestation, nowMs) }

// Attested is of the step that opens the digests.
func (t *Term) Attested(nowMs int64) ([]string, int, error) { return t.waits(attest, nowMs) }

func (t *Term) waits(which int, nowMs int64) ([]string, int, error) {
	s, err := t.step(which)
	if err != nil {
		return nil, 0, err
	}
	excused, err := t.excused(s, nowMs)
	return Without(s.missing, namesOf(excused)), s.done, err
}

// excused are the missing that a step waits for no longer, with the reason.
func (t *Term) excused(s step, nowMs int64) ([]state.Fault, error) {
	excused := []state.Fault{}
	for _, name := range s.missing {
		reason, err := t.excuse(name, s.byMs, nowMs)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			excused = append(excused, t.faultOf(name, reason))
		}
	}
	return excused, nil
}

// excuse is why a step that ends at byMs does not wait for the name, "" if it does.
func (t *Term) excuse(name string, byMs, nowMs int64) (string, error) {
	reason, err := t.departure(name, byMs)
	if err != nil || reason != "" {
		return reason, err
	}
	if nowMs >= byMs {
		return state.Unavailable, nil
	}
	reported, err := t.reported(name)
	if err != nil || !reported {
		return "", err
	}
	return state.Unavailable, nil
}

// departure is what it means in a step that the name has left the task: nothing ("") where it has not.
// It is no fault only before the step's end: nobody escapes by leaving from what it had missed before.
func (t *Term) departure(name string, byMs int64) (string, error) {
	leave, err := state.Get(t.stub, state.LeaveKey(t.Task, name))
	switch {
	case err != nil || leave == nil:
		return "", err
	case leave.LeftAtMs < byMs:
		return state.Withdrawn, nil
	default:
		return state.Unavailable, nil
	}
}

// absent are those that have not done the steps, with the reason; the first one stands.
func (t *Term) absent(those ...int) ([]state.Fault, error) {
	absent := []state.Fault{}
	for _, which := range those {
		s, err := t.step(which)
		if err != nil {
			return nil, err
		}
		for _, name := range s.missing {
			reason, err := t.departure(name, s.byMs)
			if err != nil {
				return nil, err
			}
			if reason == "" {
				reason = state.Unavailable
			}
			absent = addMembers(absent, []state.Fault{t.faultOf(name, reason)})
		}
	}
	return absent, nil
}

func (t *Term) faultOf(name, reason string) state.Fault {
	return state.Fault{Participant: name, Term: t.Term.Term, Fault: reason}
}

// reported says whether a quorum of the committee has reported the name.
func (t *Term) reported(accused string) (bool, error) {
	reports, _, err := collect(t.stub, Without(t.Committee, []string{accused}), func(name string) state.Key[state.Report] {
		return state.ReportKey(t.Task, t.Round, t.Term.Term, name, accused)
	})
	return len(reports) >= t.round.Quorum(), err
}

// Reports reads who was reported by whom in this term.
func (t *Term) Reports() ([]state.Report, error) {
	all := []state.Report{}
	for _, accused := range t.Committee {
		reports, _, err := collect(t.stub, Without(t.Committee, []string{accused}), func(name string) state.Key[state.Report] {
			return state.ReportKey(t.Task, t.Round, t.Term.Term, name, accused)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, reports...)
	}
	return all, nil
}

func namesOf(faults []state.Fault) []string {
	names := make([]string, 0, len(faults))
	for _, one := range faults {
		names = append(names, one.Participant)
	}
	return names
}
