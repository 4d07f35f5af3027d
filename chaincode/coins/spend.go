package coins

import (
	"math"
	"regexp"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// maxCoins bounds what one transaction spends.
const maxCoins = 256

var idPattern = regexp.MustCompile(`^(deposit|change|task|refund)\.[a-z0-9][a-z0-9.-]{0,71}$`)

// ReadIDs parses the argument called what, a JSON list of identifiers of coins.
func ReadIDs(what, text string) ([]string, error) {
	return document.ReadList(what, text, idPattern, "the identifier of a coin", maxCoins)
}

// Spend pays the price for a task with the owner's coins of these identifiers, and gives the change in
// as many coins, so that the owner's next payments still find different ones. It returns what to
// write. The coins cover the price, and none of them is needless.
func Spend(t *transaction.Transaction, owner, task string, price state.Reward, ids []string) ([]transaction.Write, error) {
	var writes []transaction.Write
	var sum, smallest int64 = 0, math.MaxInt64
	for _, id := range ids {
		coin, err := free(t, owner, price.Unit, id)
		if err != nil {
			return nil, err
		}
		sum, smallest = sum+coin.Amount, min(smallest, coin.Amount)
		writes = append(writes, transaction.Also(state.SpentKey(owner, id), &state.Spent{
			Owner: owner, ID: id, Unit: coin.Unit, Amount: coin.Amount, Task: task, TxID: t.TxID,
		}))
	}
	if sum < price.Amount {
		return nil, fault.InsufficientFunds.Errorf("funds: %d coins with %d %s do not cover %d %s: %d are missing",
			len(ids), sum, price.Unit, price.Amount, price.Unit, price.Amount-sum)
	}
	if len(ids) > 0 && sum-smallest >= price.Amount {
		return nil, fault.InvalidArgument.Errorf("funds: %d coins with %d %s are more than %d %s take: leave out one of %d",
			len(ids), sum, price.Unit, price.Amount, price.Unit, smallest)
	}
	change := Purse{Owner: owner, Unit: price.Unit, From: state.FromChange, Of: task}
	return append(writes, change.Split(t, sum-price.Amount, int64(len(ids)))...), nil
}

// free reads a coin that the owner can spend.
func free(t *transaction.Transaction, owner, unit, id string) (*state.Coin, error) {
	coin, err := state.Get(t.Stub, state.CoinKey(owner, id))
	if err != nil {
		return nil, err
	}
	if coin == nil {
		return nil, fault.NotFound.Errorf("funds: %s has no coin %s", owner, id)
	}
	if coin.Unit != unit {
		return nil, fault.InvalidArgument.Errorf("funds: coin %s is of %s, the reward of %s", id, coin.Unit, unit)
	}
	spent, err := state.Get(t.Stub, state.SpentKey(owner, id))
	if err != nil {
		return nil, err
	}
	if spent != nil {
		return nil, fault.InsufficientFunds.Errorf("funds: coin %s with %d %s is spent already, on task %s",
			id, coin.Amount, unit, spent.Task)
	}
	return coin, nil
}
