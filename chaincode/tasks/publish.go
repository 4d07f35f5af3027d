package tasks

import (
	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const maxReason = 500 // characters

func publish(t *transaction.Transaction, requester, id, definition, funds string) (string, error) {
	if err := document.CheckName("id", id); err != nil {
		return "", err
	}
	canonical, err := readDefinition(definition)
	if err != nil {
		return "", err
	}
	record := &state.Task{
		ID: id, Requester: requester, RequesterMSP: t.Caller.MSPID, Definition: canonical,
		PublishedAtMs: t.NowMs, TxID: t.TxID,
	}
	task, err := progress.FindTask(t.Stub, id)
	if err != nil {
		return "", err
	}
	key := state.TaskKey(id)
	if reply, err := transaction.Repeated(t, machine.Publish, task, key, record); reply != "" || err != nil {
		return reply, err
	}
	if err := task.Fire(machine.Publish, machine.TaskFacts{}); err != nil {
		return "", err
	}
	terms, err := record.Terms()
	if err != nil {
		return "", err
	}
	if err := checkArchive(t, terms.Archive); err != nil {
		return "", err
	}
	record.JoinDeadlineMs = t.NowMs + terms.JoinMs()
	payment, err := escrow.Open(t, record, terms.Reward, funds)
	if err != nil {
		return "", err
	}
	return transaction.Record(t, about("Published", id), key, record, payment...)
}

// checkArchive makes sure that a task's artifacts have somewhere to be.
func checkArchive(t *transaction.Transaction, name string) error {
	archive, err := state.Get(t.Stub, state.ParticipantKey(name))
	if err != nil {
		return err
	}
	if archive == nil {
		return fault.NotFound.Errorf("archive: participant %s does not exist", name)
	}
	if archive.Role != caller.Archive || archive.State != string(machine.Active) {
		return fault.PreconditionFailed.Errorf("archive: participant %s is an %s %s, not an ACTIVE archive",
			name, archive.State, archive.Role)
	}
	if archive.MSPID != t.Caller.MSPID {
		return fault.PreconditionFailed.Errorf("archive: participant %s is of %s, not of the requester's %s",
			name, archive.MSPID, t.Caller.MSPID)
	}
	return nil
}

func (c *call) cancel(reason string) (string, error) {
	if c.name != c.task.Requester {
		return "", fault.PermissionDenied.Errorf("task %s is %s's: %s may not cancel it",
			c.task.ID, c.task.Requester, c.name)
	}
	key := state.CancelKey(c.task.ID)
	record := &state.Cancel{Task: c.task.ID, Reason: reason, CancelledAtMs: c.NowMs, TxID: c.TxID}
	if reply, err := transaction.Repeated(c.Transaction, machine.Cancel, c.task, key, record); reply != "" || err != nil {
		return reply, err
	}
	if err := c.mayCancel(); err != nil {
		return "", err
	}
	if err := c.settleFaults(record); err != nil {
		return "", err
	}
	payouts, err := escrow.CloseEarly(c.Transaction, c.task)
	if err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Cancelled", c.task.ID), key, record, payouts...)
}

// settleFaults says in the record what the open round has shown of its committee: a requester that
// cancels lets nobody off.
func (c *call) settleFaults(record *state.Cancel) error {
	record.Faults, record.Standings = []state.Fault{}, []state.Standing{}
	if c.task.Start == nil {
		return nil
	}
	round, err := c.task.OpenRound(c.Stub)
	if err != nil {
		return err
	}
	if record.Faults, err = round.Unsettled(c.NowMs); err != nil {
		return err
	}
	standings, err := c.task.Standings(c.Stub)
	record.Standings = reputation.After(standings, reputation.Round{
		Faults: record.Faults, Governance: c.task.Terms.Governance,
	})
	return err
}

// mayCancel refuses it once the last round is committed: all that is to be paid for is done.
func (c *call) mayCancel() error {
	last, err := c.task.LastRound(c.Stub)
	if err != nil {
		return err
	}
	facts := machine.TaskFacts{}
	if last != nil {
		facts.LastRound, facts.Final = last.Round, last.Outcome == state.Finished
	}
	return c.task.Fire(machine.Cancel, facts)
}

func checkReason(reason string) error {
	return document.CheckText("reason", reason, maxReason)
}
