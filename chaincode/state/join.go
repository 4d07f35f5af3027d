package state

import (
	"fmt"

	"github.com/weftwork/weftwork/chaincode/privacy"
)

// Join is a provider's joining of a task: its consent, and what it brings.
type Join struct {
	Task        string    `json:"task"`
	Participant string    `json:"participant"`
	MSPID       string    `json:"msp_id"`
	Join        JoinTerms `json:"join"`
	JoinedAtMs  int64     `json:"joined_at_ms"`
	TxID        string    `json:"tx_id"`
}

// JoinTerms are what the provider supplied. Acceptance is its signature of the task's definition.
type JoinTerms struct {
	DataType      string            `json:"data_type"`
	Samples       int64             `json:"samples"`
	Attributes    map[string]string `json:"attributes"`
	SchemaDigest  string            `json:"schema_digest"`
	Acceptance    string            `json:"acceptance"`
	PrivacyBudget privacy.Amount    `json:"privacy_budget"`
}

// Supplied is what the provider supplied, but for the signature: ECDSA signs anew with other bytes,
// and a node that did not hear the answer must be able to repeat itself.
func (j *Join) Supplied() any {
	terms := j.Join
	terms.Acceptance = ""
	return terms
}

// AcceptanceMessage is what the signature of an acceptance covers: the whole definition of a task,
// by its digest, so that nobody can say later that other rules were accepted.
func AcceptanceMessage(task, definitionDigest string) []byte {
	return fmt.Appendf(nil, "weftwork.acceptance.v1\n%s\n%s", task, definitionDigest)
}
