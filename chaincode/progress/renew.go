package progress

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// maxRenewals is how often in a round the seats are given anew to those for whom only time had run out.
const maxRenewals = 3

// reseat gives the seats of the next term to those who are not out, and returns who is to be blamed.
//
// Where too few would be left, a power cut or a fault of the network is likelier than that so many do
// not do their part: those who fell for time, now or before in this round, may sit again, and nobody is
// blamed for falling now. Whoever proposed what a quorum contradicted stays out, and who left has left.
func (t *Term) reseat(next *state.Term, fallen []state.Fault) ([]state.Fault, error) {
	next.Replaced = add(slices.Clone(t.Replaced), fallen)
	var err error
	next.Seats, err = t.seatsWithout(namesOf(next.Replaced))
	if err != nil || t.isEnough(next.Seats) || t.Renewals == maxRenewals {
		return fallen, err
	}
	out := withoutTheLate(next.Replaced)
	seats, err := t.seatsWithout(namesOf(out))
	if err != nil || !t.isEnough(seats) {
		return fallen, err
	}
	next.Replaced, next.Seats = out, seats
	next.Renewals++
	return withoutTheLate(fallen), nil
}

func (t *Term) isEnough(seats state.Seats) bool { return len(seats.Committee) >= t.round.Quorum() }

func withoutTheLate(faults []state.Fault) []state.Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(one state.Fault) bool { return one.Fault == state.Unavailable })
}

// maxTerms is how many terms a round can have: between two renewals, each of them has one less to seat.
func maxTerms(round *Round) int { return (maxRenewals + 1) * len(round.Opening.Sampled) }
