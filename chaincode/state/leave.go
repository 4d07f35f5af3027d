package state

// Leave is a provider's leaving of a task, which is final.
type Leave struct {
	Task        string `json:"task"`
	Participant string `json:"participant"`
	Reason      string `json:"reason"`
	LeftAtMs    int64  `json:"left_at_ms"`
	TxID        string `json:"tx_id"`
}

// Supplied is what the provider supplied: a repetition supplies the same.
func (l *Leave) Supplied() any { return l.Reason }
