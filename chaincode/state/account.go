package state

// Deposit is money that came in: a treasurer's word, which makes coins of the account's.
type Deposit struct {
	Reference     string `json:"reference"`
	Account       string `json:"account"`
	Unit          string `json:"unit"`
	Amount        int64  `json:"amount"`
	Coins         int64  `json:"coins"`
	Treasurer     string `json:"treasurer"`
	TreasurerMSP  string `json:"treasurer_msp"`
	DepositedAtMs int64  `json:"deposited_at_ms"`
	TxID          string `json:"tx_id"`
}

// Supplied is what the treasurer supplied: a repetition supplies the same.
func (d *Deposit) Supplied() any {
	return []any{d.Account, d.Unit, d.Amount, d.Treasurer, d.TreasurerMSP}
}

// Where a coin comes from. It is the first part of the coin's identifier, too.
const (
	FromDeposit = "deposit" // Of is the deposit's reference
	FromChange  = "change"  // Of is the task that it is the change of
	FromTask    = "task"    // Of is the task that paid it
	FromRefund  = "refund"  // Of is the task that did not need it
)

// Coin is an amount, in minor units, that its owner can spend once and as a whole. An account is the
// coins that its owner has not spent: no key holds a balance, which every payment would have to write.
type Coin struct {
	Owner  string `json:"owner"`
	ID     string `json:"id"`
	Unit   string `json:"unit"`
	Amount int64  `json:"amount"`
	From   string `json:"from"`
	Of     string `json:"of"`
	TxID   string `json:"tx_id"`
}

// Spent is the end of a coin: its amount went into the task's escrow, or into the change.
type Spent struct {
	Owner  string `json:"owner"`
	ID     string `json:"id"`
	Unit   string `json:"unit"`
	Amount int64  `json:"amount"`
	Task   string `json:"task"`
	TxID   string `json:"tx_id"`
}
