package state

// Cancel is the requester's end of a task. Standings are those of the last record, less what the faults
// in the open round cost; none where the task had not started.
type Cancel struct {
	Task          string     `json:"task"`
	Reason        string     `json:"reason"`
	Faults        []Fault    `json:"faults"`
	Standings     []Standing `json:"standings"`
	CancelledAtMs int64      `json:"cancelled_at_ms"`
	TxID          string     `json:"tx_id"`
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

// Supplied is what the caller supplied: nothing.
func (*Final) Supplied() any { return nil }

// Halt is the end of a task that could not go on. Standings are those of the last record, less what the
// faults and the rejected updates in the open round cost. Where all updates were rejected, that is rather
// the task's fault than everybody's, and none is in Rejected.
type Halt struct {
	Task       string      `json:"task"`
	Round      int         `json:"round"`
	Reason     string      `json:"reason"`
	Detail     string      `json:"detail"`
	Rejected   []Rejection `json:"rejected"`
	Faults     []Fault     `json:"faults"`
	Standings  []Standing  `json:"standings"`
	HaltedBy   string      `json:"halted_by"`
	HaltedAtMs int64       `json:"halted_at_ms"`
	TxID       string      `json:"tx_id"`
}

// Supplied is what the caller supplied: nothing.
func (*Halt) Supplied() any { return nil }
