package state

// Record is an organisation's reputation over all tasks that have ended and were counted, in parts
// per million. Records are numbered and never change: the newest is the organisation's standing. There
// is no last number: counting a task a microsecond, MaxRecords would take three centuries.
type Record struct {
	MSPID      string `json:"msp_id"`
	Number     int    `json:"number"`
	Task       string `json:"task"`
	Change     int64  `json:"change"`
	Reputation int64  `json:"reputation"`
	CountedBy  string `json:"counted_by"`
	CountedMs  int64  `json:"counted_at_ms"`
	TxID       string `json:"tx_id"`
}

// Supplied is what the caller supplied: nothing but which task and whose organisation.
func (*Record) Supplied() any { return nil }

// Counted says under which number a task was counted for an organisation, so that it is once.
type Counted struct {
	MSPID  string `json:"msp_id"`
	Task   string `json:"task"`
	Number int    `json:"number"`
}
