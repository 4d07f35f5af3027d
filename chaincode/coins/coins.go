// Package coins makes coins and spends them. A coin is written once, and so is its spending: two
// transactions conflict only where they spend the same coin, and never because one account has both.
package coins

import (
	"fmt"

	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Purse is where new coins come from, and whose they are.
type Purse struct {
	Owner, Unit, From, Of string
}

// Coin makes one coin of the whole amount, or none of nothing. A purse makes it once.
func (p Purse) Coin(t *transaction.Transaction, amount int64) []transaction.Write {
	if amount == 0 {
		return nil
	}
	return []transaction.Write{p.coin(t, p.From+"."+p.Of, amount)}
}

// Split makes at most most coins of the amount, none of them of nothing, as equal as integers allow. A
// purse does it once: the coins are numbered from 1.
func (p Purse) Split(t *transaction.Transaction, amount, most int64) []transaction.Write {
	var writes []transaction.Write
	for i, share := range Shares(amount, most) {
		writes = append(writes, p.coin(t, fmt.Sprintf("%s.%s.%d", p.From, p.Of, i+1), share))
	}
	return writes
}

func (p Purse) coin(t *transaction.Transaction, id string, amount int64) transaction.Write {
	return transaction.Also(state.CoinKey(p.Owner, id), &state.Coin{
		Owner: p.Owner, ID: id, Unit: p.Unit, Amount: amount, From: p.From, Of: p.Of, TxID: t.TxID,
	})
}

// Shares divides the amount into at most most positive numbers that differ by at most 1, the larger
// ones first.
func Shares(amount, most int64) []int64 {
	count := min(amount, most)
	shares := make([]int64, count)
	for i := range count {
		shares[i] = amount / count
		if i < amount%count {
			shares[i]++
		}
	}
	return shares
}
