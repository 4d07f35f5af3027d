package state

import "github.com/weftwork/weftwork/chaincode/privacy"

// Join is a provider's joining of a task: its consent, and what it brings.
type Join struct {
	Task        string    `json:"task"`
	Participant string    `json:"participant"`
	MSPID       string    `json:"msp_id"`
	Join        JoinTerms `json:"join"`
	JoinedAtMs  int64     `json:"joined_at_ms"`
	TxID        string    `json:"tx_id"`
}

// JoinTerms are what the provider supplied.
type JoinTerms struct {
	DataType          string            `json:"data_type"`
	Samples           int64             `json:"samples"`
	Attributes        map[string]string `json:"attributes"`
	SchemaDigest      string            `json:"schema_digest"`
	AcceptsUsageRules bool              `json:"accepts_usage_rules"`
	PrivacyBudget     privacy.Amount    `json:"privacy_budget"`
}

// Supplied is what the provider supplied: a repetition supplies the same.
func (j *Join) Supplied() any { return j.Join }
