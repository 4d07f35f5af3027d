package escrow

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Claim is what a participant has earned, in points. A committed round gives a million in all: a point
// is a part per million of the round's part of the reward.
type Claim struct {
	Participant string
	Points      int64
}

// Earned is how much of a reward could be earned: Of parts In as many as the whole task has. Rounds is
// how many rounds were committed, whose points are claimed.
type Earned struct {
	Of, In, Rounds int64
}

// Nothing is what a task has earned that committed no round.
var Nothing = Earned{Of: 0, In: 1, Rounds: 0}

// Settle shares out an escrow: of its amount, earnable = floor(amount * Of / In), and of that, to each
// who claims points, floor(earnable * points / (1,000,000 * Rounds)). The requester gets back the rest,
// whatever it is the rest of. Several claims of one participant add up. INTERNAL where the claims have
// more points than the rounds gave: more would be paid than there is.
func Settle(escrow *state.Escrow, claims []Claim, earned Earned) (*state.Settlement, error) {
	points, err := sum(claims, earned)
	if err != nil {
		return nil, err
	}
	settlement := &state.Settlement{
		Task: escrow.Task, Requester: escrow.Requester, Unit: escrow.Unit, Amount: escrow.Amount,
		Earnable: share(escrow.Amount, earned.Of, earned.In), Rounds: earned.Rounds,
		Payouts: []state.Payout{}, Refund: escrow.Amount,
	}
	for _, name := range slices.Sorted(maps.Keys(points)) {
		amount := share(settlement.Earnable, points[name], state.Million*earned.Rounds)
		settlement.Refund -= amount
		settlement.Payouts = append(settlement.Payouts,
			state.Payout{Participant: name, Points: points[name], Amount: amount})
	}
	return settlement, nil
}

// sum adds up each participant's points, and makes sure that they are no more than were given.
func sum(claims []Claim, earned Earned) (map[string]int64, error) {
	if earned.In < 1 || earned.Of < 0 || earned.Of > earned.In || earned.Rounds < 0 || earned.Rounds > state.MaxRounds {
		return nil, fault.Internal.Errorf("%+v is not a part of a reward", earned)
	}
	points, left := map[string]int64{}, state.Million*earned.Rounds
	for _, claim := range claims {
		if claim.Points < 0 || claim.Points > left {
			return nil, fault.Internal.Errorf("%d points of %s: %d are left of those that %d rounds gave",
				claim.Points, claim.Participant, left, earned.Rounds)
		}
		left -= claim.Points
		points[claim.Participant] += claim.Points
	}
	return points, nil
}

// share is floor(amount * part / whole) for 0 <= part <= whole; of nothing it is nothing.
func share(amount, part, whole int64) int64 {
	if part == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(amount), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole)) // high < whole, for part <= whole
	return int64(quotient)
}
