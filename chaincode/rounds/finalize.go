package rounds

import (
	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// finalize ends the task at its last record.
func (c *call) finalize() (string, error) {
	if err := c.task.RequireConcerned(c.name, c.Caller); err != nil {
		return "", err
	}
	key := state.FinalKey(c.task.ID)
	supplied := &state.Final{}
	if reply, err := transaction.Repeated(c.Transaction, machine.Finalize, c.task, key, supplied); reply != "" || err != nil {
		return reply, err
	}
	last, err := c.lastRound()
	if err != nil {
		return "", err
	}
	final := &state.Final{
		Task: c.task.ID, Round: last.Round, Digest: last.Digest, Size: last.Size,
		AccuracyPPM: last.AccuracyPPM, FinalizedBy: c.name,
		FinishedAtMs: max(c.NowMs, last.CommittedAtMs), TxID: c.TxID,
	}
	payouts, err := escrow.Close(c.Transaction, c.task, escrow.Claims(last), escrow.Whole(last))
	if err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Finalized", c.task.ID, last.Round), key, final, payouts...)
}

// lastRound finds the record that ends the task: it is FINAL.
func (c *call) lastRound() (*state.Round, error) {
	last, err := c.task.LastRound(c.Stub)
	if err != nil {
		return nil, err
	}
	facts := machine.TaskFacts{Rounds: c.task.Terms.Training.Rounds}
	if last != nil {
		facts.LastRound, facts.Final = last.Round, last.Outcome == state.Finished
	}
	return last, c.task.Fire(machine.Finalize, facts)
}
