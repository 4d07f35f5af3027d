package state

// Cancel is the requester's end of a task.
type Cancel struct {
	Task          string `json:"task"`
	Reason        string `json:"reason"`
	CancelledAtMs int64  `json:"cancelled_at_ms"`
	TxID          string `json:"tx_id"`
}

// Supplied is what the requester supplied: a repetition supplies the same.
func (c *Cancel) Supplied() any { return c.Reason }

// Final is the end of a task that reached its target or its last round.
type Final struct {
	Task         string `json:"task"`
	Round        int    `json:"round"`
	Digest       string `json:"digest"`
	Size         int64  `json:"size"`
	AccuracyPPM  int64  `json:"accuracy_ppm"`
	FinalizedBy  string `json:"finalized_by"`
	FinishedAtMs int64  `json:"finished_at_ms"`
	TxID         string `json:"tx_id"`
}

// Supplied is what the leader supplied: only that it is the one.
func (f *Final) Supplied() any { return f.FinalizedBy }
