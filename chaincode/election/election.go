// Package election says who decides a round: a pure function of the ledger, so that anyone can repeat it.
package election

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Comparable is how much of the first member's merit, in percent, the second must have for a leader
// that has just finished its round to step back.
const Comparable = 75

// Rank orders the eligible: those who did their part in the last round before the idle, then by merit,
// the highest first.
//
// Equal merits are told apart by the smallest SHA-256 of the round's base digest, a newline and the
// name: the digest is not known before the round before it ends, so no name is lucky for ever.
func Rank(standings []state.Standing, eligible, idle []string, baseDigest string) []string {
	ranked := slices.DeleteFunc(slices.Clone(standings), func(one state.Standing) bool {
		return !slices.Contains(eligible, one.Participant)
	})
	slices.SortFunc(ranked, func(a, b state.Standing) int {
		return cmp.Or(
			cmp.Compare(rest(a, idle), rest(b, idle)),
			cmp.Compare(b.MeritPPM, a.MeritPPM),
			bytes.Compare(lot(baseDigest, a.Participant), lot(baseDigest, b.Participant)),
		)
	})
	names := make([]string, 0, len(ranked))
	for _, one := range ranked {
		names = append(names, one.Participant)
	}
	return names
}

func rest(one state.Standing, idle []string) int {
	if slices.Contains(idle, one.Participant) {
		return 1
	}
	return 0
}

func lot(baseDigest, name string) []byte {
	sum := sha256.Sum256([]byte(baseDigest + "\n" + name))
	return sum[:]
}

// Seat gives the first of the ranking a seat, size of them at most and one an organisation, but none
// of those out. The first of them leads; if it led the round before, the second does where its merit
// is comparable. With nobody to seat there is no leader.
func Seat(ranking, out []string, standings []state.Standing, size int, lastLeader string) state.Seats {
	seats := state.Seats{Committee: []string{}}
	var seated []state.Standing
	for _, name := range ranking {
		one := of(standings, name)
		sameOrganisation := func(other state.Standing) bool { return other.MSPID == one.MSPID }
		if slices.Contains(out, name) || slices.ContainsFunc(seated, sameOrganisation) {
			continue
		}
		if len(seated) == size {
			break
		}
		seated = append(seated, one)
		seats.Committee = append(seats.Committee, name)
	}
	seats.Leader = leader(seated, lastLeader)
	return seats
}

func leader(seated []state.Standing, last string) string {
	switch {
	case len(seated) == 0:
		return ""
	case len(seated) > 1 && seated[0].Participant == last && 100*seated[1].MeritPPM >= Comparable*seated[0].MeritPPM:
		return seated[1].Participant
	default:
		return seated[0].Participant
	}
}

func of(standings []state.Standing, name string) state.Standing {
	i := slices.IndexFunc(standings, func(one state.Standing) bool { return one.Participant == name })
	if i < 0 {
		return state.Standing{Participant: name}
	}
	return standings[i]
}
