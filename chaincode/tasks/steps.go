package tasks

import (
	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const second = 1000 // milliseconds

func publish(t *transaction.Transaction, task *state.Task) (string, error) {
	if reply, err := transaction.Repeated(t, state.TaskKey(task.ID), task); reply != "" || err != nil {
		return reply, err
	}
	terms, err := task.Terms()
	if err != nil {
		return "", err
	}
	if err := checkArchive(t, terms.Archive); err != nil {
		return "", err
	}
	task.JoinDeadlineMs = t.NowMs + terms.Participants.JoinSeconds*second
	return transaction.Record(t, about("Published", task.ID), state.TaskKey(task.ID), task)
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
	return nil
}

func enter(t *transaction.Transaction, task *progress.Task, join *state.Join) (string, error) {
	left, err := state.Exists(t.Stub, state.LeaveKey(task.ID, join.Participant))
	if err != nil {
		return "", err
	}
	key := state.JoinKey(task.ID, join.Participant)
	if !left { // after leaving, the same joining is no repetition: it asks to come back
		if reply, err := transaction.Repeated(t, key, join); reply != "" || err != nil {
			return reply, err
		}
	}
	facts := machine.TaskFacts{
		Schema: task.Terms.Data.SchemaDigest, GivenSchema: join.Join.SchemaDigest, OwnLeave: left,
	}
	if err := task.Fire(machine.Join, facts); err != nil {
		return "", err
	}
	return transaction.Record(t, about("Joined", task.ID), key, join)
}

func leave(t *transaction.Transaction, task *progress.Task, leaving *state.Leave) (string, error) {
	key := state.LeaveKey(task.ID, leaving.Participant)
	if reply, err := transaction.Repeated(t, key, leaving); reply != "" || err != nil {
		return reply, err
	}
	joined, err := state.Exists(t.Stub, state.JoinKey(task.ID, leaving.Participant))
	if err != nil {
		return "", err
	}
	if err := task.Fire(machine.Leave, machine.TaskFacts{OwnJoin: joined}); err != nil {
		return "", err
	}
	return transaction.Record(t, about("Left", task.ID), key, leaving)
}

// mayStart admits the requester, and its archive, which acts while the requester is offline.
func mayStart(t *transaction.Transaction, task *progress.Task, name string) error {
	isArchive := t.Caller.Role == caller.Archive && t.Caller.MSPID == task.RequesterMSP
	if name == task.Requester || isArchive {
		return nil
	}
	return fault.PermissionDenied.Errorf("task %s is started by %s or an archive of %s, not by %s",
		task.ID, task.Requester, task.RequesterMSP, name)
}

func start(t *transaction.Transaction, task *progress.Task, by string, names []string) (string, error) {
	key := state.StartKey(task.ID)
	base := task.Terms.InitialModel
	record := &state.Start{
		Task: task.ID, Participants: names, Round: 1, Base: base, StartedBy: by,
		StartedAtMs: t.NowMs, DeadlineMs: t.NowMs + task.Terms.RoundSeconds*second, TxID: t.TxID,
	}
	if reply, err := transaction.Repeated(t, key, record); reply != "" || err != nil {
		return reply, err
	}
	facts, standings, err := judge(t, task, names)
	if err != nil {
		return "", err
	}
	if err := task.Fire(machine.Start, facts); err != nil {
		return "", err
	}
	record.Standings = standings
	record.Leader = election.Leader(standings, names, base.Digest)
	subject := transaction.Subject{Contract: Name, Event: "Started", Task: task.ID, Round: 1}
	return transaction.Record(t, subject, key, record)
}

// judge reads, by name, whether each of the chosen can take part, and its reputation.
func judge(t *transaction.Transaction, task *progress.Task, names []string) (machine.TaskFacts, []state.Standing, error) {
	limits := task.Terms.Participants
	facts := machine.TaskFacts{
		NowMs: t.NowMs, JoinDeadlineMs: task.JoinDeadlineMs,
		Chosen: len(names), Min: limits.Min, Max: limits.Max,
	}
	standings := make([]state.Standing, 0, len(names))
	for _, name := range names {
		joined, err := state.Exists(t.Stub, state.JoinKey(task.ID, name))
		if err != nil {
			return facts, nil, err
		}
		if !joined {
			facts.NotJoined = append(facts.NotJoined, name)
			continue
		}
		left, err := state.Exists(t.Stub, state.LeaveKey(task.ID, name))
		if err != nil {
			return facts, nil, err
		}
		if left {
			facts.HasLeft = append(facts.HasLeft, name)
		}
		participant, err := state.Get(t.Stub, state.ParticipantKey(name))
		if err != nil {
			return facts, nil, err
		}
		if participant.State != string(machine.Active) {
			facts.Retired = append(facts.Retired, name)
		}
		standings = append(standings, state.Standing{Participant: name, Reputation: participant.Reputation})
	}
	return facts, standings, nil
}

func checkReason(reason string) error {
	return document.CheckText("reason", reason, maxReason)
}
