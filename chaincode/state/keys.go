// Package state is what the ledger holds: one file per record, one writer per key.
//
// No key is a counter and none is shared: what many parties need is derived by reading the keys that
// each of them wrote. A transaction that writes reads by name only; ranges are for queries.
package state

import (
	"fmt"
	"strings"
)

// Kind is the first part of a key. Who may write the keys of a kind is said beside it.
type Kind string

// The kinds of keys, with their further parts and their one writer.
const (
	kindIdentity    Kind = "identity"    // msp, id         the identity itself, once
	kindParticipant Kind = "participant" // name            the identity that registered the name
	kindTask        Kind = "task"        // task            the requester, once
	kindJoin        Kind = "join"        // task, name      the provider of that name, once
	kindLeave       Kind = "leave"       // task, name      the provider of that name, once
	kindStart       Kind = "start"       // task            the requester or its archive, once
	kindCancel      Kind = "cancel"      // task            the requester, once
	kindFinal       Kind = "final"       // task            the leader of the last round, once
	kindUpdate      Kind = "update"      // task, round, name   the provider of that name, once
	kindProposal    Kind = "proposal"    // task, round     the leader of the round, once
	kindRound       Kind = "round"       // task, round     the leader of the round, once
)

// Key names one record of type T.
type Key[T any] struct {
	kind  Kind
	parts []string
}

// IdentityKey finds the name that an identity registered.
func IdentityKey(mspID, id string) Key[Identity] {
	return Key[Identity]{kindIdentity, []string{mspID, id}}
}

// ParticipantKey finds a participant.
func ParticipantKey(name string) Key[Participant] {
	return Key[Participant]{kindParticipant, []string{name}}
}

// TaskKey finds a task as it was published.
func TaskKey(task string) Key[Task] { return Key[Task]{kindTask, []string{task}} }

// JoinKey finds a provider's joining of a task.
func JoinKey(task, name string) Key[Join] { return Key[Join]{kindJoin, []string{task, name}} }

// LeaveKey finds a provider's leaving of a task.
func LeaveKey(task, name string) Key[Leave] { return Key[Leave]{kindLeave, []string{task, name}} }

// StartKey finds the start of a task.
func StartKey(task string) Key[Start] { return Key[Start]{kindStart, []string{task}} }

// CancelKey finds the cancellation of a task.
func CancelKey(task string) Key[Cancel] { return Key[Cancel]{kindCancel, []string{task}} }

// FinalKey finds the end of a task that reached its end.
func FinalKey(task string) Key[Final] { return Key[Final]{kindFinal, []string{task}} }

// UpdateKey finds a provider's update of a round.
func UpdateKey(task string, round int, name string) Key[Update] {
	return Key[Update]{kindUpdate, []string{task, ordinal(round), name}}
}

// ProposalKey finds the leader's proposal of a round.
func ProposalKey(task string, round int) Key[Proposal] {
	return Key[Proposal]{kindProposal, []string{task, ordinal(round)}}
}

// RoundKey finds the record of a committed round.
func RoundKey(task string, round int) Key[Round] {
	return Key[Round]{kindRound, []string{task, ordinal(round)}}
}

func ordinal(round int) string { return fmt.Sprintf("%05d", round) }

// String names the record in an error.
func (k Key[T]) String() string { return string(k.kind) + " " + strings.Join(k.parts, "/") }
