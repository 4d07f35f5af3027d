package state

import "encoding/json"

// Proposal is a leader's aggregate of a round, of the updates that its committee accepted.
type Proposal struct {
	Task         string          `json:"task"`
	Round        int             `json:"round"`
	Term         int             `json:"term"`
	Leader       string          `json:"leader"`
	Artifact                     // flat in JSON
	AccuracyPPM  int64           `json:"accuracy_ppm"`
	Metrics      json.RawMessage `json:"metrics"`
	ProposedAtMs int64           `json:"proposed_at_ms"`
	TxID         string          `json:"tx_id"`
}

// Supplied is what the leader supplied: a repetition supplies the same.
func (p *Proposal) Supplied() any {
	return []any{p.Leader, p.Digest, p.Size, p.AccuracyPPM, p.Metrics}
}
