package state

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The verdicts on an update.
const (
	Accepted = "accepted"
	Rejected = "rejected"
)

// Reasons are the words that a verdict to reject may give, the gravest first.
var Reasons = []string{
	"bad-signature", "digest-mismatch", "malformed", "shape-mismatch", "non-finite", "duplicate",
	"norm-outlier", "harmful", "late",
}

// Score is one member's verdict on one update; Reason is "" where it is accepted. ScoreMicro is what
// the update adds, in millionths of the judge's loss.
type Score struct {
	Participant string `json:"participant"`
	Verdict     string `json:"verdict"`
	Reason      string `json:"reason"`
	ScoreMicro  int64  `json:"score_micro"`
}

// Sealed is what a member is bound to before it can see what others say: a hash with a salt.
type Sealed struct {
	Task        string `json:"task"`
	Round       int    `json:"round"`
	Term        int    `json:"term"`
	Participant string `json:"participant"`
	Hash        string `json:"hash"`
	SealedAtMs  int64  `json:"sealed_at_ms"`
	TxID        string `json:"tx_id"`
}

// Supplied is what the member supplied.
func (s *Sealed) Supplied() any { return s.Hash }

// Evaluation is a member's revealed scores of a round's updates, by the names of their providers.
type Evaluation struct {
	Task         string  `json:"task"`
	Round        int     `json:"round"`
	Term         int     `json:"term"`
	Participant  string  `json:"participant"`
	Salt         string  `json:"salt"`
	Scores       []Score `json:"scores"`
	RevealedAtMs int64   `json:"revealed_at_ms"`
	TxID         string  `json:"tx_id"`
}

// Supplied is what the member supplied.
func (e *Evaluation) Supplied() any { return []any{e.Salt, e.Scores} }

// Attestation is the aggregate that a member computed itself, opened.
type Attestation struct {
	Task         string `json:"task"`
	Round        int    `json:"round"`
	Term         int    `json:"term"`
	Participant  string `json:"participant"`
	Salt         string `json:"salt"`
	Artifact            // flat in JSON
	AccuracyPPM  int64  `json:"accuracy_ppm"`
	AttestedAtMs int64  `json:"attested_at_ms"`
	TxID         string `json:"tx_id"`
}

// Supplied is what the member supplied.
func (a *Attestation) Supplied() any { return []any{a.Salt, a.Digest, a.Size, a.AccuracyPPM} }

// ScoresHash is what a member seals of its scores: canonical, a JSON list.
func ScoresHash(task string, round, term int, member, salt string, canonical []byte) string {
	return hashed("weftwork.scores.v1", task, round, term, member, salt, string(canonical))
}

// AttestationHash is what a member seals of the aggregate that it computed.
func AttestationHash(task string, round, term int, member, salt string, computed Artifact) string {
	content := fmt.Sprintf("%s\n%d", computed.Digest, computed.Size)
	return hashed("weftwork.attestation.v1", task, round, term, member, salt, content)
}

func hashed(what, task string, round, term int, member, salt, content string) string {
	text := fmt.Appendf(nil, "%s\n%s\n%d\n%d\n%s\n%s\n%s", what, task, round, term, member, salt, content)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
