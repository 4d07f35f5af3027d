package rounds

import (
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// finalize ends the task at its last record. It finds that record by name, round by round.
func (c *call) finalize() (string, error) {
	key := state.FinalKey(c.task.ID)
	supplied := &state.Final{FinalizedBy: c.name}
	if reply, err := transaction.Repeated(c.Transaction, key, supplied); reply != "" || err != nil {
		return reply, err
	}
	last, err := c.task.LastRound(c.Stub)
	if err != nil {
		return "", err
	}
	facts := machine.TaskFacts{Rounds: c.task.Terms.Training.Rounds}
	if last != nil {
		facts.LastRound, facts.Final = last.Round, last.Outcome == state.Finished
	}
	if err := c.task.Fire(machine.Finalize, facts); err != nil {
		return "", err
	}
	round, err := progress.LoadRound(c.Stub, c.task, last.Round)
	if err != nil {
		return "", err
	}
	if _, err := c.lead(round); err != nil {
		return "", err
	}
	final := &state.Final{
		Task: c.task.ID, Round: last.Round, Digest: last.Digest, Size: last.Size,
		AccuracyPPM: last.AccuracyPPM, FinalizedBy: c.name,
		FinishedAtMs: max(c.NowMs, last.CommittedAtMs), TxID: c.TxID,
	}
	return transaction.Record(c.Transaction, about("Finalized", c.task.ID, last.Round), key, final)
}
