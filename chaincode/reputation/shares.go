// Package reputation is what a round makes of its participants: their shares of its pot, their
// reputation, and the merit that the next election goes by. All of it is in integers, parts per million.
package reputation

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Round is what a committed round says of its participants.
type Round struct {
	Accepted   []state.Part
	Rejected   []state.Rejection
	Faults     []state.Fault
	Served     []string // members of the committee that did all their duties
	Leader     string
	Seats      int // of the committee that was elected
	Governance state.Governance
}

// provided is the participant's share of the round's pot for its update: of what the fees leave, by what
// it has added.
func (r *Round) provided(one state.Standing, pot int64) int64 {
	if state.PartOf(r.Accepted, one.Participant) == nil || pot == 0 {
		return 0
	}
	fees := r.Governance.Fees
	return (state.Million - fees.CommitteePPM - fees.LeaderPPM) * one.AddedMicro / pot
}

// pot is what those have added among whom the providers' part is shared out: all whose updates were
// accepted, and those whose updates fewer than a quorum kept out. These are not paid for the round, but
// nobody gains what they would have had.
func (r *Round) pot(standings []state.Standing) int64 {
	pot := int64(0)
	for _, added := range r.totals(standings) {
		pot += added
	}
	for _, one := range standings {
		if rejection := r.rejection(one.Participant); rejection != nil && !rejection.ByQuorum {
			pot += one.AddedMicro
		}
	}
	return pot
}

func (r *Round) rejection(name string) *state.Rejection {
	i := slices.IndexFunc(r.Rejected, func(one state.Rejection) bool { return one.Participant == name })
	if i < 0 {
		return nil
	}
	return &r.Rejected[i]
}

// fee is its share for deciding the round. Each seat has the same, also one that nobody served on: what
// nobody earned stays in escrow.
func (r *Round) fee(name string) int64 {
	if !slices.Contains(r.Served, name) {
		return 0
	}
	fees := r.Governance.Fees
	fee := fees.CommitteePPM / int64(r.Seats)
	if name == r.Leader {
		fee += fees.LeaderPPM
	}
	return fee
}
