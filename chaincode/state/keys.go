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
	kindFinal       Kind = "final"       // task            a participant, the requester or its archive, once
	kindUpdate      Kind = "update"      // task, round, name   the provider of that name, once
	kindClosing     Kind = "closing"     // task, round     a participant, the requester or its archive, once
	kindExtension   Kind = "extension"   // task, round     likewise
	kindTerm        Kind = "term"        // task, round, term   likewise, from the second term on
	kindScoresSeal  Kind = "scoresseal"  // task, round, term, name   the scorer of that name, once
	kindEvaluation  Kind = "evaluation"  // task, round, term, name   the scorer of that name, once
	kindSeal        Kind = "seal"        // task, round, term, name   the member of that name, once
	kindAttestation Kind = "attestation" // task, round, term, name   the member of that name, once
	kindReport      Kind = "report"      // task, round, term, name, accused   the member of that name, once
	kindProposal    Kind = "proposal"    // task, round, term   the leader of the term, once
	kindRound       Kind = "round"       // task, round     a participant, the requester or its archive, once
	kindHalt        Kind = "halt"        // task            a participant, the requester or its archive, once
	kindRecord      Kind = "record"      // msp, number     a participant, the requester or its archive, once
	kindCounted     Kind = "counted"     // msp, task       likewise
	kindDeposit     Kind = "deposit"     // reference       the treasurer, once
	kindCoin        Kind = "coin"        // owner, id       the transaction that pays the owner, once
	kindSpent       Kind = "spent"       // owner, id       the owner, once
	kindEscrow      Kind = "escrow"      // task            the requester, once
	kindSettlement  Kind = "settlement"  // task            the transaction that ends the task, once
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

// ClosingKey finds the closing of a round.
func ClosingKey(task string, round int) Key[Closing] {
	return Key[Closing]{kindClosing, []string{task, ordinal(round)}}
}

// ExtensionKey finds the extension of a round.
func ExtensionKey(task string, round int) Key[Extension] {
	return Key[Extension]{kindExtension, []string{task, ordinal(round)}}
}

// TermKey finds a later term of a round.
func TermKey(task string, round, term int) Key[Term] {
	return Key[Term]{kindTerm, []string{task, ordinal(round), ordinal(term)}}
}

// ScoresSealKey finds the hash that a scorer bound itself to.
func ScoresSealKey(task string, round, term int, name string) Key[Sealed] {
	return Key[Sealed]{kindScoresSeal, []string{task, ordinal(round), ordinal(term), name}}
}

// EvaluationKey finds a scorer's revealed scores.
func EvaluationKey(task string, round, term int, name string) Key[Evaluation] {
	return Key[Evaluation]{kindEvaluation, []string{task, ordinal(round), ordinal(term), name}}
}

// SealKey finds the hash of the digest that a member computed.
func SealKey(task string, round, term int, name string) Key[Sealed] {
	return Key[Sealed]{kindSeal, []string{task, ordinal(round), ordinal(term), name}}
}

// AttestationKey finds the digest that a member computed, opened.
func AttestationKey(task string, round, term int, name string) Key[Attestation] {
	return Key[Attestation]{kindAttestation, []string{task, ordinal(round), ordinal(term), name}}
}

// ReportKey finds a member's report of another.
func ReportKey(task string, round, term int, name, accused string) Key[Report] {
	return Key[Report]{kindReport, []string{task, ordinal(round), ordinal(term), name, accused}}
}

// ProposalKey finds the leader's proposal in a term of a round.
func ProposalKey(task string, round, term int) Key[Proposal] {
	return Key[Proposal]{kindProposal, []string{task, ordinal(round), ordinal(term)}}
}

// HaltKey finds the end of a task that could not go on.
func HaltKey(task string) Key[Halt] { return Key[Halt]{kindHalt, []string{task}} }

// RecordKey finds a numbered standing of an organisation.
func RecordKey(mspID string, number int) Key[Record] {
	return Key[Record]{kindRecord, []string{mspID, recordNumber(number)}}
}

// CountedKey finds under which number a task was counted for an organisation.
func CountedKey(mspID, task string) Key[Counted] {
	return Key[Counted]{kindCounted, []string{mspID, task}}
}

// RoundKey finds the record of a committed round.
func RoundKey(task string, round int) Key[Round] {
	return Key[Round]{kindRound, []string{task, ordinal(round)}}
}

// DepositKey finds the deposit of that reference.
func DepositKey(reference string) Key[Deposit] {
	return Key[Deposit]{kindDeposit, []string{reference}}
}

// CoinKey finds a coin, spent or not.
func CoinKey(owner, id string) Key[Coin] { return Key[Coin]{kindCoin, []string{owner, id}} }

// SpentKey finds what a coin was spent on.
func SpentKey(owner, id string) Key[Spent] { return Key[Spent]{kindSpent, []string{owner, id}} }

// EscrowKey finds what a task's requester has put aside for it.
func EscrowKey(task string) Key[Escrow] { return Key[Escrow]{kindEscrow, []string{task}} }

// SettlementKey finds what became of a task's escrow.
func SettlementKey(task string) Key[Settlement] {
	return Key[Settlement]{kindSettlement, []string{task}}
}

// ordinal is a round or a term in a key: MaxRounds has five digits.
func ordinal(round int) string { return fmt.Sprintf("%05d", round) }

// recordNumber is a standing's number in a key, with room for MaxRecords.
func recordNumber(number int) string { return fmt.Sprintf("%016d", number) }

// String names the record in an error.
func (k Key[T]) String() string { return string(k.kind) + " " + strings.Join(k.parts, "/") }
