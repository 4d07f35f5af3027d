package committee

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const maxMSP = 128 // characters of an organisation's MSP ID

// Count adds what an ended task changed of an organisation's reputation to its standing, once. New tasks
// begin with the newest standing, whichever of the organisation's identities takes part.
func (c *Contract) Count(ctx contractapi.TransactionContextInterface, id, msp string) (string, error) {
	if err := document.CheckText("msp", msp, maxMSP); err != nil {
		return "", err
	}
	t, name, task, err := progress.Begin(ctx, c.clock, id)
	if err != nil {
		return "", err
	}
	if err := task.RequireConcerned(name, t.Caller); err != nil {
		return "", err
	}
	return count(t, name, task, msp)
}

func count(t *transaction.Transaction, name string, task *progress.Task, msp string) (string, error) {
	counted, err := state.Get(t.Stub, state.CountedKey(msp, task.ID))
	if err != nil {
		return "", err
	}
	if counted != nil {
		record, err := state.Get(t.Stub, state.RecordKey(msp, counted.Number))
		if err != nil {
			return "", err
		}
		return transaction.Already(record)
	}
	if err := task.Fire(machine.Count, machine.TaskFacts{HasStarted: task.Start != nil}); err != nil {
		return "", err
	}
	change, err := changeOf(t.Stub, task, msp)
	if err != nil {
		return "", err
	}
	before, err := progress.StandingOf(t.Stub, msp)
	if err != nil {
		return "", err
	}
	record := &state.Record{
		MSPID: msp, Number: before.Number + 1, Task: task.ID, Change: change,
		Reputation: reputation.Bounded(before.Reputation + change), CountedBy: name, CountedMs: t.NowMs, TxID: t.TxID,
	}
	index := &state.Counted{MSPID: msp, Task: task.ID, Number: record.Number}
	also := transaction.Also(state.CountedKey(msp, task.ID), index)
	about := transaction.Subject{Contract: Name, Event: "Counted", Task: task.ID}
	return transaction.Record(t, about, state.RecordKey(msp, record.Number), record, also)
}
