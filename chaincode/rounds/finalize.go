package rounds

import (
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// finalize ends the task at its last record.
func (c *call) finalize() (string, error) {
	key := state.FinalKey(c.task.ID)
	supplied := &state.Final{FinalizedBy: c.name}
	if reply, err := transaction.Repeated(c.Transaction, machine.Finalize, c.task, key, supplied); reply != "" || err != nil {
		return reply, err
	}
	last, err := c.lastRound()
	if err != nil {
		return "", err
	}
	if _, err := c.lead(last); err != nil {
		return "", err
	}
	final := &state.Final{
		Task: c.task.ID, Round: last.Number, Digest: last.Record.Digest, Size: last.Record.Size,
		AccuracyPPM: last.Record.AccuracyPPM, FinalizedBy: c.name,
		FinishedAtMs: max(c.NowMs, last.Record.CommittedAtMs), TxID: c.TxID,
	}
	return transaction.Record(c.Transaction, about("Finalized", c.task.ID, last.Number), key, final)
}

// lastRound finds the round that ends the task: its record is FINAL.
func (c *call) lastRound() (*progress.Round, error) {
	last, err := c.task.LastRound(c.Stub)
	if err != nil {
		return nil, err
	}
	facts := machine.TaskFacts{Rounds: c.task.Terms.Training.Rounds}
	if last != nil {
		facts.LastRound, facts.Final = last.Round, last.Outcome == state.Finished
	}
	if err := c.task.Fire(machine.Finalize, facts); err != nil {
		return nil, err
	}
	return progress.LoadRound(c.Stub, c.task, last.Round)
}
