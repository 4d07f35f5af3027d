// Package escrow keeps a task's reward from its publication to its end: what the requester puts aside
// can then be neither spent on anything else nor withheld from those who earned it.
package escrow

import (
	"github.com/weftwork/weftwork/chaincode/coins"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Open puts the reward of the requester's task aside, out of the coins that funds (a JSON list of
// identifiers) names. It returns what the transaction that publishes the task writes beside it.
func Open(t *transaction.Transaction, task *state.Task, reward state.Reward, funds string) ([]transaction.Write, error) {
	ids, err := coins.ReadIDs("funds", funds)
	if err != nil {
		return nil, err
	}
	writes, err := coins.Spend(t, task.Requester, task.ID, reward, ids)
	if err != nil {
		return nil, err
	}
	return append(writes, transaction.Also(state.EscrowKey(task.ID), &state.Escrow{
		Task: task.ID, Requester: task.Requester, Unit: reward.Unit, Amount: reward.Amount,
		Coins: ids, TxID: t.TxID,
	})), nil
}

// Close settles the escrow of a task that ends in this transaction: a coin for each participant that
// is paid, and one for the requester of what is left. It returns what the transaction writes beside
// the record of the end.
func Close(t *transaction.Transaction, task *progress.Task, claims []Claim, earned Earned) ([]transaction.Write, error) {
	escrow, err := state.Get(t.Stub, state.EscrowKey(task.ID))
	if err != nil {
		return nil, err
	}
	if escrow == nil { // published before rewards were put aside
		return nil, nil
	}
	settled, err := state.Exists(t.Stub, state.SettlementKey(task.ID))
	if err != nil {
		return nil, err
	}
	if settled {
		return nil, fault.Internal.Errorf("task %s is settled already", task.ID)
	}
	settlement, err := Settle(escrow, claims, earned)
	if err != nil {
		return nil, err
	}
	settlement.SettledAtMs, settlement.TxID = t.NowMs, t.TxID
	return append(pay(t, settlement), transaction.Also(state.SettlementKey(task.ID), settlement)), nil
}

// pay makes the coins that the settlement tells of.
func pay(t *transaction.Transaction, settlement *state.Settlement) []transaction.Write {
	purse := coins.Purse{Unit: settlement.Unit, Of: settlement.Task, From: state.FromTask}
	var writes []transaction.Write
	for _, payout := range settlement.Payouts {
		purse.Owner = payout.Participant
		writes = append(writes, purse.Coin(t, payout.Amount)...)
	}
	purse.Owner, purse.From = settlement.Requester, state.FromRefund
	return append(writes, purse.Coin(t, settlement.Refund)...)
}
