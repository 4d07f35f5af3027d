// Package election says who leads a round: a pure function of the ledger, so that anyone can repeat it.
package election

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Leader returns the name with the highest reputation among the eligible, "" where nobody is.
//
// Equal reputations are told apart by the smallest SHA-256 of the round's base digest, a newline and
// the name: the digest is not known before the round before it ends, so no name is lucky for ever.
func Leader(standings []state.Standing, eligible []string, baseDigest string) string {
	var leader string
	var highest int64
	var smallest []byte
	for _, candidate := range standings {
		if !slices.Contains(eligible, candidate.Participant) {
			continue
		}
		lot := sha256.Sum256([]byte(baseDigest + "\n" + candidate.Participant))
		ahead := candidate.Reputation > highest ||
			candidate.Reputation == highest && bytes.Compare(lot[:], smallest) < 0
		if leader == "" || ahead {
			leader, highest, smallest = candidate.Participant, candidate.Reputation, lot[:]
		}
	}
	return leader
}
