package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/weftwork/weftwork/chaincode/privacy"
)

// Task is a task as it was published.
type Task struct {
	ID             string          `json:"id"`
	Requester      string          `json:"requester"`
	RequesterMSP   string          `json:"requester_msp"`
	Definition     json.RawMessage `json:"definition"`
	PublishedAtMs  int64           `json:"published_at_ms"`
	JoinDeadlineMs int64           `json:"join_deadline_ms"`
	TxID           string          `json:"tx_id"`
}

// Supplied is what the requester supplied: a repetition supplies the same.
func (t *Task) Supplied() any { return []any{t.Requester, t.Definition} }

// DefinitionDigest is the SHA-256, in hex, of the definition's canonical JSON as the ledger holds it.
func (t *Task) DefinitionDigest() string {
	digest := sha256.Sum256(t.Definition)
	return hex.EncodeToString(digest[:])
}

// Artifact names bytes that live off the ledger.
type Artifact struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// Reward is what a task pays in all, in minor units.
type Reward struct {
	Amount int64  `json:"amount"`
	Unit   string `json:"unit"`
}

// Terms are the parts of a definition that the ledger acts upon. The rest of it is the nodes' affair.
type Terms struct {
	InitialModel Artifact `json:"initial_model"`
	Training     struct {
		Rounds int `json:"rounds"`
	} `json:"training"`
	Data struct {
		SchemaDigest string `json:"schema_digest"`
	} `json:"data"`
	Participants struct {
		Min         int   `json:"min"`
		Max         int   `json:"max"`
		JoinSeconds int64 `json:"join_seconds"`
	} `json:"participants"`
	Reward            Reward         `json:"reward"`
	Privacy           privacy.Amount `json:"privacy"`
	RoundSeconds      int64          `json:"round_seconds"`
	TargetAccuracyPPM int64          `json:"target_accuracy_ppm"`
	Archive           string         `json:"archive"`
	Governance        Governance     `json:"governance"`
	Aggregation       struct {
		CapRatio int64 `json:"cap_ratio"`
		Least    int   `json:"least"`
	} `json:"aggregation"`
}

// Governance is how a task's rounds are decided, and what those who decide them earn.
type Governance struct {
	Committee    int   `json:"committee"`
	StageSeconds int64 `json:"stage_seconds"`
	Fees         struct {
		CommitteePPM int64 `json:"committee_ppm"`
		LeaderPPM    int64 `json:"leader_ppm"`
	} `json:"fees"`
}

// Size is how many of so many participants are on a committee.
func (g Governance) Size(participants int) int { return min(g.Committee, participants) }

// Quorum is how many of a committee of that size decide: more than half.
func Quorum(size int) int { return size/2 + 1 }

// The bounds that a task and its rounds share.
const (
	MaxRounds       = 99_999    // so that ordinals sort as numbers do
	MaxRecords      = 1<<53 - 1 // of an organisation: the largest number that a record can hold
	MaxParticipants = 256
	MaxCommittee    = 15
	MaxArtifact     = 1 << 40 // bytes
	Million         = 1_000_000
)

// JoinMs is how long the task waits for its maximum of participants.
func (t *Terms) JoinMs() int64 { return t.Participants.JoinSeconds * 1000 }

// RoundMs is how long a round waits for all its updates.
func (t *Terms) RoundMs() int64 { return t.RoundSeconds * 1000 }

// Terms reads the terms out of the definition.
func (t *Task) Terms() (*Terms, error) {
	terms := &Terms{Privacy: privacy.Amount{Mode: privacy.None}} // unless the definition says more
	if err := json.Unmarshal(t.Definition, terms); err != nil {
		return nil, fmt.Errorf("decode the definition of task %s: %w", t.ID, err)
	}
	return terms, nil
}
