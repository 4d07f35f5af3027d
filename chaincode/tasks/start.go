package tasks

import (
	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

func (c *call) start(names []string) (string, error) {
	if err := c.mayStart(); err != nil {
		return "", err
	}
	key, base := state.StartKey(c.task.ID), c.task.Terms.InitialModel
	record := &state.Start{
		Task: c.task.ID, Participants: names, Round: 1, Base: base, StartedBy: c.name,
		StartedAtMs: c.NowMs, DeadlineMs: c.NowMs + c.task.Terms.RoundMs(), TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.Start, c.task, key, record); reply != "" || err != nil {
		return reply, err
	}
	facts, standings, err := c.judge(names)
	if err != nil {
		return "", err
	}
	if err := c.task.Fire(machine.Start, facts); err != nil {
		return "", err
	}
	first, err := progress.LoadRound(c.Stub, c.task, record.Round)
	if err != nil {
		return "", err
	}
	if err := first.Open(); err != nil {
		return "", err
	}
	record.Standings = standings
	record.Ranking = election.Rank(standings, names, nil, base.Digest)
	record.Seats = election.Seat(record.Ranking, nil, standings, c.task.Terms.Governance.Size(len(names)), "")
	subject := transaction.Subject{Contract: Name, Event: "Started", Task: c.task.ID, Round: 1}
	return transaction.Record(c.Transaction, subject, key, record)
}

// mayStart admits the requester, and its archive, which acts while the requester is offline.
func (c *call) mayStart() error {
	isArchive := c.Caller.Role == caller.Archive && c.Caller.MSPID == c.task.RequesterMSP
	if c.name == c.task.Requester || isArchive {
		return nil
	}
	return fault.PermissionDenied.Errorf("task %s is started by %s or an archive of %s, not by %s",
		c.task.ID, c.task.Requester, c.task.RequesterMSP, c.name)
}

// judge states the facts about the chosen: who cannot take part, and what the others' standing is.
func (c *call) judge(names []string) (machine.TaskFacts, []state.Standing, error) {
	limits := c.task.Terms.Participants
	facts := machine.TaskFacts{
		NowMs: c.NowMs, JoinDeadlineMs: c.task.JoinDeadlineMs,
		Chosen: len(names), Min: limits.Min, Max: limits.Max,
	}
	standings := make([]state.Standing, 0, len(names))
	for _, name := range names {
		candidate, err := c.candidate(name)
		switch {
		case err != nil:
			return facts, nil, err
		case !candidate.joined:
			facts.NotJoined = append(facts.NotJoined, name)
			continue
		case candidate.left:
			facts.HasLeft = append(facts.HasLeft, name)
		case candidate.State != string(machine.Active):
			facts.Retired = append(facts.Retired, name)
		}
		standing, err := c.standing(candidate.Participant)
		if err != nil {
			return facts, nil, err
		}
		standings = append(standings, *standing)
	}
	return facts, standings, nil
}

// standing is what a participant begins with: its organisation's standing over all tasks before.
func (c *call) standing(participant *state.Participant) (*state.Standing, error) {
	standing, err := progress.StandingOf(c.Stub, participant.MSPID)
	if err != nil {
		return nil, err
	}
	return &state.Standing{
		Participant: participant.Name, MSPID: participant.MSPID, Snapshot: standing.Number,
		Reputation: standing.Reputation, MeritPPM: standing.Reputation,
	}, nil
}

// candidate is a chosen name with all that decides whether it can take part.
type candidate struct {
	joined, left bool
	*state.Participant
}

// candidate reads by name: whoever leaves in the same block makes the start fail.
func (c *call) candidate(name string) (*candidate, error) {
	joined, err := state.Exists(c.Stub, state.JoinKey(c.task.ID, name))
	if err != nil {
		return nil, err
	}
	left, err := state.Exists(c.Stub, state.LeaveKey(c.task.ID, name))
	if err != nil {
		return nil, err
	}
	participant, err := state.Get(c.Stub, state.ParticipantKey(name))
	if err != nil {
		return nil, err
	}
	return &candidate{joined, left, participant}, nil
}
