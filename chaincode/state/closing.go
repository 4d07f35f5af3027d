package state

// Closing ends the time for updates, and puts the round before its committee. Submitted, Missing and
// Left share out the participants that were sampled.
type Closing struct {
	Task       string   `json:"task"`
	Round      int      `json:"round"`
	Submitted  []string `json:"submitted"`
	Missing    []string `json:"missing"`
	Left       []string `json:"left"`
	ClosedBy   string   `json:"closed_by"`
	ClosedAtMs int64    `json:"closed_at_ms"`
	TxID       string   `json:"tx_id"`
}

// Supplied is what the caller supplied: nothing, so that whoever closes a closed round repeats.
func (*Closing) Supplied() any { return nil }

// Extension gives a round that has too few updates more time, once.
type Extension struct {
	Task         string `json:"task"`
	Round        int    `json:"round"`
	DeadlineMs   int64  `json:"deadline_ms"`
	ExtendedBy   string `json:"extended_by"`
	ExtendedAtMs int64  `json:"extended_at_ms"`
	TxID         string `json:"tx_id"`
}

// Supplied is what the caller supplied: nothing.
func (*Extension) Supplied() any { return nil }
