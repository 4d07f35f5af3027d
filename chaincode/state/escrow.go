package state

// Escrow is the reward that a requester has put aside for a task, and the coins that it spent on it.
type Escrow struct {
	Task      string   `json:"task"`
	Requester string   `json:"requester"`
	Unit      string   `json:"unit"`
	Amount    int64    `json:"amount"`
	Coins     []string `json:"coins"`
	TxID      string   `json:"tx_id"`
}

// Settlement is what became of an escrow when its task ended: Amount is the sum of Refund and of what
// the payouts pay. Of Amount, Earnable could be earned in
// the rounds that were committed.
type Settlement struct {
	Task        string   `json:"task"`
	Requester   string   `json:"requester"`
	Unit        string   `json:"unit"`
	Amount      int64    `json:"amount"`
	Earnable    int64    `json:"earnable"`
	Rounds      int64    `json:"rounds"`
	Payouts     []Payout `json:"payouts"`
	Refund      int64    `json:"refund"`
	SettledAtMs int64    `json:"settled_at_ms"`
	TxID        string   `json:"tx_id"`
}

// Payout is a participant's part. Points are what it earned it with: each committed round gives a
// million of them in all.
type Payout struct {
	Participant string `json:"participant"`
	Points      int64  `json:"points"`
	Amount      int64  `json:"amount"`
}
