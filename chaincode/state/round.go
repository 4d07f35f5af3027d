package state

import "encoding/json"

// What follows a committed round.
const (
	Continue = "CONTINUE" // the next round is open
	Finished = "FINAL"    // the target is reached, or this was the last round
)

// Round is the record of a committed round. It names everyone: Accepted, Rejected, Missing and Left
// share out Sampled. Previous is the SHA-256 of the record before it, as the ledger holds it (of the
// task's start for round 1), which makes the records a chain. The fields Next... open the next round.
type Round struct {
	Task             string          `json:"task"`
	Round            int             `json:"round"`
	Term             int             `json:"term"`
	Leader           string          `json:"leader"`
	BaseDigest       string          `json:"base_digest"`
	Digest           string          `json:"digest"`
	Size             int64           `json:"size"`
	AccuracyPPM      int64           `json:"accuracy_ppm"`
	Sampled          []string        `json:"sampled"`
	Submitted        []Update        `json:"submitted"`
	Accepted         []string        `json:"accepted"`
	Rejected         []Rejection     `json:"rejected"`
	Missing          []string        `json:"missing"`
	Left             []string        `json:"left"`
	Metrics          json.RawMessage `json:"metrics"`
	OpenedAtMs       int64           `json:"opened_at_ms"`
	DeadlineMs       int64           `json:"deadline_ms"`
	ProposedAtMs     int64           `json:"proposed_at_ms"`
	CommittedAtMs    int64           `json:"committed_at_ms"`
	CommittedBy      string          `json:"committed_by"`
	Previous         string          `json:"previous"`
	Outcome          string          `json:"outcome"`
	NextLeader       string          `json:"next_leader"`
	NextParticipants []string        `json:"next_participants"`
	NextDeadlineMs   int64           `json:"next_deadline_ms"`
	TxID             string          `json:"tx_id"`
}

// Supplied is what the leader supplied: a repetition supplies the same.
func (r *Round) Supplied() any { return []any{r.CommittedBy, r.Digest} }
