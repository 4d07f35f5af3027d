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
	Seats      state.Seats
	Governance state.Governance
}

// share is the participant's share of the round's pot, of which the providers' part goes by what they
// have added, and the fees to those who decided the round. What nobody earned stays in escrow.
func (r *Round) share(one state.Standing, together int64) int64 {
	fees := r.Governance.Fees
	share := int64(0)
	if r.part(one.Participant) != nil && together > 0 {
		share = (state.Million - fees.CommitteePPM - fees.LeaderPPM) * one.AddedMicro / together
	}
	if slices.Contains(r.Served, one.Participant) {
		share += fees.CommitteePPM / int64(len(r.Seats.Committee))
		if one.Participant == r.Seats.Leader {
			share += fees.LeaderPPM
		}
	}
	return share
}

func (r *Round) part(name string) *state.Part {
	i := slices.IndexFunc(r.Accepted, func(one state.Part) bool { return one.Participant == name })
	if i < 0 {
		return nil
	}
	return &r.Accepted[i]
}
