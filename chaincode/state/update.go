package state

import (
	"encoding/json"
	"fmt"
)

// Update is a provider's update of a round.
type Update struct {
	Task          string          `json:"task"`
	Round         int             `json:"round"`
	Participant   string          `json:"participant"`
	MSPID         string          `json:"msp_id"`
	Digest        string          `json:"digest"`
	Size          int64           `json:"size"`
	Samples       int64           `json:"samples"`
	BaseDigest    string          `json:"base_digest"`
	Signature     string          `json:"signature"`
	Privacy       json.RawMessage `json:"privacy"`
	Metrics       json.RawMessage `json:"metrics"`
	SubmittedAtMs int64           `json:"submitted_at_ms"`
	TxID          string          `json:"tx_id"`
}

// Supplied is what the provider supplied, but for the signature: ECDSA signs anew with other bytes,
// and a node that lost its own signature in a crash must be able to repeat itself.
func (u *Update) Supplied() any {
	return []any{u.Digest, u.Size, u.Samples, u.BaseDigest, u.Privacy, u.Metrics}
}

// UpdateMessage is what the signature of an update covers.
func UpdateMessage(task string, round int, digest string) []byte {
	return fmt.Appendf(nil, "weftwork.update.v1\n%s\n%d\n%s", task, round, digest)
}
