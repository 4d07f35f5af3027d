package reputation

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Initial is where every organisation begins.
const Initial = 500_000

// Memory is how slowly reputation follows what a round showed: by one part in so many.
const Memory = 8

// Penalties of a round, and what is lost with each.
const (
	RejectedUpdate = 50_000
	MissedDuty     = 50_000
	FalseWitness   = 100_000
	FalseLeader    = 250_000
)

var penalties = map[string]int64{
	state.Unavailable: MissedDuty, state.WrongAttestation: FalseWitness, state.WrongProposal: FalseLeader,
}

// After is what the standings are after the round.
//
// A participant whose update was accepted moves by 1/Memory towards its quality: a million times c /
// (c + mean/2), where c is its contribution and mean that of all accepted updates, both at least 0. So
// it keeps what it began with by adding half of the mean: data that are rare or hard to learn from are
// no fault; and nobody rises by being there. Whoever did not submit stays where it is.
func After(standings []state.Standing, round Round) []state.Standing {
	after := make([]state.Standing, 0, len(standings))
	for _, one := range standings {
		one.SharePPM = round.share(one.Participant)
		one.Points += one.SharePPM
		one.Reputation = round.reputation(one)
		one.MeritPPM = one.Reputation + one.SharePPM
		after = append(after, one)
	}
	return after
}

func (r *Round) reputation(one state.Standing) int64 {
	now := one.Reputation
	if part := r.part(one.Participant); part != nil {
		if quality := r.quality(part); quality >= 0 {
			now += (quality - now) / Memory
		}
	}
	for _, fault := range r.Faults {
		if fault.Participant == one.Participant {
			now -= penalties[fault.Fault]
		}
	}
	rejected := func(rejection state.Rejection) bool { return rejection.Participant == one.Participant }
	if slices.ContainsFunc(r.Rejected, rejected) {
		now -= RejectedUpdate
	}
	return Bounded(now)
}

// quality is -1 in a round in which no update added anything: it shows nothing of anyone.
func (r *Round) quality(part *state.Part) int64 {
	together := int64(0)
	for _, other := range r.Accepted {
		together += max(other.ContributionMicro, 0)
	}
	if together == 0 {
		return -1
	}
	contribution, half := max(part.ContributionMicro, 0), together/int64(2*len(r.Accepted))
	return contribution * state.Million / max(contribution+half, 1)
}

// Bounded keeps a reputation within its range.
func Bounded(reputation int64) int64 { return min(max(reputation, 0), state.Million) }
