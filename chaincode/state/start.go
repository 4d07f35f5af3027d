package state

// Start is the start of a task. It opens round 1. Standings are what the elections begin with.
type Start struct {
	Task         string     `json:"task"`
	Participants []string   `json:"participants"`
	Standings    []Standing `json:"standings"`
	Round        int        `json:"round"`
	Ranking      []string   `json:"ranking"`
	Seats                   // of round 1's first term
	Base         Artifact   `json:"base"`
	StartedBy    string     `json:"started_by"`
	StartedAtMs  int64      `json:"started_at_ms"`
	DeadlineMs   int64      `json:"deadline_ms"`
	TxID         string     `json:"tx_id"`
}

// Supplied is what the starter supplied: a repetition supplies the same.
func (s *Start) Supplied() any { return []any{s.StartedBy, s.Participants} }
