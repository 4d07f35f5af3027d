package state

import (
	"encoding/json"
	"fmt"

	"github.com/weftwork/weftwork/chaincode/privacy"
)

// Update is a provider's update of a round. Key is the public key that Signature was checked with: who
// renews its certificate in mid-round has another by the time that the committee checks, and a whole
// certificate would be most of a record that repeats up to twenty updates. Privacy is an amount, with whatever else the provider
// says of it: what the provider has spent in this task, this round included.
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
	Key           string          `json:"key"`
	Privacy       json.RawMessage `json:"privacy"`
	Metrics       json.RawMessage `json:"metrics"`
	SubmittedAtMs int64           `json:"submitted_at_ms"`
	TxID          string          `json:"tx_id"`
}

// Supplied is what the provider supplied, but for the signature: ECDSA signs anew with other bytes,
// and a node must be able to repeat itself after a crash, with a renewed key too.
func (u *Update) Supplied() any {
	return []any{u.Digest, u.Size, u.Samples, u.BaseDigest, u.Privacy, u.Metrics}
}

// Spend is the amount of privacy spent.
func (u *Update) Spend() (privacy.Amount, error) {
	var spend privacy.Amount
	if err := json.Unmarshal(u.Privacy, &spend); err != nil {
		return spend, fmt.Errorf("decode the privacy of %s's update of round %d: %w", u.Participant, u.Round, err)
	}
	return spend, nil
}

// UpdateMessage is what the signature of an update covers.
func UpdateMessage(task string, round int, digest string) []byte {
	return fmt.Appendf(nil, "weftwork.update.v1\n%s\n%d\n%s", task, round, digest)
}
