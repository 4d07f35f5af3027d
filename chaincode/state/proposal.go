package state

import "encoding/json"

// Proposal is the leader's aggregate of a round, and what it made of each participant. Accepted,
// Rejected, Missing and Left share out the participants that were sampled.
type Proposal struct {
	Task         string          `json:"task"`
	Round        int             `json:"round"`
	Term         int             `json:"term"`
	Leader       string          `json:"leader"`
	Digest       string          `json:"digest"`
	Size         int64           `json:"size"`
	AccuracyPPM  int64           `json:"accuracy_ppm"`
	Accepted     []string        `json:"accepted"`
	Rejected     []Rejection     `json:"rejected"`
	Missing      []string        `json:"missing"`
	Left         []string        `json:"left"`
	Metrics      json.RawMessage `json:"metrics"`
	ProposedAtMs int64           `json:"proposed_at_ms"`
	TxID         string          `json:"tx_id"`
}

// Rejection is an update that is not part of the aggregate, and why.
type Rejection struct {
	Participant string `json:"participant"`
	Reason      string `json:"reason"`
}

// Supplied is what the leader supplied: a repetition supplies the same.
func (p *Proposal) Supplied() any {
	return []any{p.Leader, p.Digest, p.Size, p.AccuracyPPM, p.Accepted, p.Rejected, p.Metrics}
}
