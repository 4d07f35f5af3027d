package reputation

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/median"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Initial is where every organisation begins.
const Initial = 500_000

// Memory is how slowly a participant is forgotten what it has shown: by one part in so many, each round.
const Memory = 8

// Penalties of a round, and what is lost with each.
const (
	RejectedUpdate = 50_000
	MissedDuty     = 50_000
	WrongVerdicts  = 50_000
	FalseWitness   = 100_000
	FalseLeader    = 250_000
)

var penalties = map[string]int64{
	state.Unavailable: MissedDuty, state.WrongVerdicts: WrongVerdicts,
	state.WrongAttestation: FalseWitness, state.WrongProposal: FalseLeader,
}

// After is what the standings are after the round.
//
// What a participant has added is the sum of its contributions, of which each round forgets one part in
// Memory; it never falls below 0. One round's contributions are as much chance as merit, the more so the
// less a task still has to learn: pay and reputation go by the sum.
//
// A participant whose update was accepted moves by 1/Memory towards its quality: a million times a /
// (a + usual/2), where a is what it has added and the usual is the median of all accepted ones. So it
// keeps what it began with by adding half of the usual: data that are hard to learn from are no fault, nor
// are common ones beside those that nobody else has. Nobody rises in a round to which it added nothing.
// Whoever did not submit stays where it is.
//
// Merit, by which the next committee is elected, knows no fees: who serves would else serve again.
func After(standings []state.Standing, round Round) []state.Standing {
	after := slices.Clone(standings)
	for i := range after {
		after[i].AddedMicro = round.added(after[i])
	}
	totals, pot := round.totals(after), round.pot(after)
	for i := range after {
		one := &after[i]
		provided := round.provided(*one, pot)
		one.SharePPM = provided + round.fee(one.Participant)
		one.Points += one.SharePPM
		one.Reputation = round.reputation(*one, totals)
		one.MeritPPM = one.Reputation + provided
	}
	return after
}

func (r *Round) added(one state.Standing) int64 {
	now := one.AddedMicro - one.AddedMicro/Memory
	if part := state.PartOf(r.Accepted, one.Participant); part != nil {
		now += part.ContributionMicro
	}
	return max(now, 0)
}

// totals are what those have added whose updates were accepted.
func (r *Round) totals(standings []state.Standing) []int64 {
	var totals []int64
	for _, one := range standings {
		if state.PartOf(r.Accepted, one.Participant) != nil {
			totals = append(totals, one.AddedMicro)
		}
	}
	return totals
}

func (r *Round) reputation(one state.Standing, totals []int64) int64 {
	now := one.Reputation
	// Where none has added anything, nothing is shown of anyone.
	if part := state.PartOf(r.Accepted, one.Participant); part != nil && slices.Max(totals) > 0 {
		way := (quality(one.AddedMicro, median.Of(totals)) - now) / Memory
		if part.ContributionMicro <= 0 {
			way = min(way, 0)
		}
		now += way
	}
	for _, fault := range r.Faults {
		if fault.Participant == one.Participant {
			now -= penalties[fault.Fault]
		}
	}
	if rejection := r.rejection(one.Participant); rejection != nil && rejection.ByQuorum {
		now -= RejectedUpdate
	}
	return Bounded(now)
}

func quality(added, usual int64) int64 { return added * state.Million / max(added+usual/2, 1) }

// Bounded keeps a reputation within its range.
func Bounded(reputation int64) int64 { return min(max(reputation, 0), state.Million) }
