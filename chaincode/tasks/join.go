package tasks

import (
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// verifyAcceptance demands that the provider signed the very definition that the ledger holds.
func (c *call) verifyAcceptance(terms *state.JoinTerms) error {
	message := state.AcceptanceMessage(c.task.ID, c.task.DefinitionDigest())
	return c.Caller.VerifySignature(message, terms.Acceptance)
}

func (c *call) join(terms *state.JoinTerms) (string, error) {
	left, err := state.Exists(c.Stub, state.LeaveKey(c.task.ID, c.name))
	if err != nil {
		return "", err
	}
	key := state.JoinKey(c.task.ID, c.name)
	record := &state.Join{
		Task: c.task.ID, Participant: c.name, MSPID: c.Caller.MSPID, Join: *terms,
		JoinedAtMs: c.NowMs, TxID: c.TxID,
	}
	if !left { // after leaving, the same joining is no repetition: it asks to come back
		if reply, err := transaction.Repeated(c.Transaction, machine.Join, c.task, key, record); reply != "" || err != nil {
			return reply, err
		}
	}
	facts := machine.TaskFacts{
		Schema: c.task.Terms.Data.SchemaDigest, GivenSchema: terms.SchemaDigest, OwnLeave: left,
	}
	if err := c.task.Fire(machine.Join, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Joined", c.task.ID), key, record)
}

func (c *call) leave(reason string) (string, error) {
	key := state.LeaveKey(c.task.ID, c.name)
	record := &state.Leave{
		Task: c.task.ID, Participant: c.name, Reason: reason, LeftAtMs: c.NowMs, TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.Leave, c.task, key, record); reply != "" || err != nil {
		return reply, err
	}
	joined, err := state.Exists(c.Stub, state.JoinKey(c.task.ID, c.name))
	if err != nil {
		return "", err
	}
	if err := c.task.Fire(machine.Leave, machine.TaskFacts{OwnJoin: joined}); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Left", c.task.ID), key, record)
}
