package state

import (
	"encoding/json"
	"slices"
)

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
	Seats                            // of the term that committed
	BaseDigest       string          `json:"base_digest"`
	Digest           string          `json:"digest"`
	Size             int64           `json:"size"`
	AccuracyPPM      int64           `json:"accuracy_ppm"`
	Sampled          []string        `json:"sampled"`
	Submitted        []Update        `json:"submitted"`
	Accepted         []Part          `json:"accepted"`
	Rejected         []Rejection     `json:"rejected"`
	Missing          []string        `json:"missing"`
	Left             []string        `json:"left"`
	Evaluations      []Evaluation    `json:"evaluations"`
	Attestations     []Attestation   `json:"attestations"`
	Replaced         []Fault         `json:"replaced"`
	Faults           []Fault         `json:"faults"`
	Standings        []Standing      `json:"standings"`
	Metrics          json.RawMessage `json:"metrics"`
	OpenedAtMs       int64           `json:"opened_at_ms"`
	DeadlineMs       int64           `json:"deadline_ms"`
	ClosedAtMs       int64           `json:"closed_at_ms"`
	ProposedAtMs     int64           `json:"proposed_at_ms"`
	CommittedAtMs    int64           `json:"committed_at_ms"`
	CommittedBy      string          `json:"committed_by"`
	Previous         string          `json:"previous"`
	Outcome          string          `json:"outcome"`
	NextParticipants []string        `json:"next_participants"`
	NextRanking      []string        `json:"next_ranking"`
	NextCommittee    []string        `json:"next_committee"`
	NextLeader       string          `json:"next_leader"`
	NextDeadlineMs   int64           `json:"next_deadline_ms"`
	TxID             string          `json:"tx_id"`
}

// Part is an accepted update in its aggregate: its weight there, and what it adds by the median of
// the committee's scores, in millionths of loss.
type Part struct {
	Participant       string `json:"participant"`
	Weight            int64  `json:"weight"`
	ContributionMicro int64  `json:"contribution_micro"`
}

// PartOf is the accepted update of that name, nil if it has none.
func PartOf(accepted []Part, name string) *Part {
	i := slices.IndexFunc(accepted, func(one Part) bool { return one.Participant == name })
	if i < 0 {
		return nil
	}
	return &accepted[i]
}

// Rejection is an update that is not part of the aggregate, and why. It is its provider's fault where a
// quorum of the elected committee says so: else some members were away, or could not judge it.
type Rejection struct {
	Participant string `json:"participant"`
	Reason      string `json:"reason"`
	ByQuorum    bool   `json:"by_quorum"`
}

// Standing is a participant's reputation (parts per million), the share of the round's pot that its
// update and its duties earned it (SharePPM), the sum of its shares so far (Points), and what its updates
// have added so far, older rounds counting less (AddedMicro). Snapshot is the number of its organisation's
// standing that the task began with.
type Standing struct {
	Participant string `json:"participant"`
	MSPID       string `json:"msp_id"`
	Snapshot    int    `json:"snapshot"`
	Reputation  int64  `json:"reputation"`
	MeritPPM    int64  `json:"merit_ppm"`
	SharePPM    int64  `json:"share_ppm"`
	Points      int64  `json:"points"`
	AddedMicro  int64  `json:"added_micro"`
}

// Supplied is what the committer supplied: a repetition supplies the same.
func (r *Round) Supplied() any { return r.Digest }
