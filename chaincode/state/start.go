package state

// Start is the start of a task. It opens round 1, and fixes what every later election reads.
type Start struct {
	Task         string     `json:"task"`
	Participants []string   `json:"participants"`
	Standings    []Standing `json:"standings"`
	Round        int        `json:"round"`
	Leader       string     `json:"leader"`
	Base         Artifact   `json:"base"`
	StartedBy    string     `json:"started_by"`
	StartedAtMs  int64      `json:"started_at_ms"`
	DeadlineMs   int64      `json:"deadline_ms"`
	TxID         string     `json:"tx_id"`
}

// Standing is a participant's reputation as it was when the task started.
type Standing struct {
	Participant string `json:"participant"`
	Reputation  int64  `json:"reputation"`
}

// Supplied is what the starter supplied: a repetition supplies the same.
func (s *Start) Supplied() any { return []any{s.StartedBy, s.Participants} }
