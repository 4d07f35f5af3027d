package rounds

import (
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// close ends the time for updates. It reads every sampled participant's update and leaving by name: one
// that comes in the same block conflicts, and the round is closed anew.
func (c *call) close(number int) (string, error) {
	round, err := c.moved(number)
	if err != nil {
		return "", err
	}
	key := state.ClosingKey(c.task.ID, number)
	record := &state.Closing{Task: c.task.ID, Round: number, ClosedBy: c.name, TxID: c.TxID}
	if reply, err := transaction.Repeated(c.Transaction, machine.CloseRound, round, key, record); reply != "" || err != nil {
		return reply, err
	}
	facts, err := c.attendance(round, machine.CloseRound, record)
	if err != nil {
		return "", err
	}
	if err := round.Fire(machine.CloseRound, facts); err != nil {
		return "", err
	}
	if record.ClosedAtMs, err = c.closedAt(round); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Closed", c.task.ID, number), key, record)
}

// closedAt is not before what the closing has read: clocks differ, and nobody takes time from the
// committee by dating it back.
func (c *call) closedAt(round *progress.Round) (int64, error) {
	updates, _, err := round.Updates(c.Stub)
	at := max(c.NowMs, round.OpenedAtMs)
	for _, update := range updates {
		at = max(at, update.SubmittedAtMs)
	}
	return at, err
}

// extend gives the round as much time again, once.
func (c *call) extend(number int) (string, error) {
	round, err := c.moved(number)
	if err != nil {
		return "", err
	}
	key := state.ExtensionKey(c.task.ID, number)
	record := &state.Extension{
		Task: c.task.ID, Round: number, DeadlineMs: c.NowMs + c.task.Terms.RoundMs(),
		ExtendedBy: c.name, ExtendedAtMs: c.NowMs, TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.Extend, round, key, record); reply != "" || err != nil {
		return reply, err
	}
	facts, err := c.attendance(round, machine.Extend, &state.Closing{})
	if err != nil {
		return "", err
	}
	if err := round.Fire(machine.Extend, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Extended", c.task.ID, number), key, record)
}

// moved is a round that the caller may move on when its time has come.
func (c *call) moved(number int) (*progress.Round, error) {
	if err := c.task.RequireConcerned(c.name, c.Caller); err != nil {
		return nil, err
	}
	return progress.LoadRound(c.Stub, c.task, number)
}

// attendance shares out the sampled in the closing, and states the facts about it.
func (c *call) attendance(round *progress.Round, event machine.Event, closing *state.Closing) (machine.RoundFacts, error) {
	var facts machine.RoundFacts
	if err := round.Require(event); err != nil {
		return facts, err
	}
	if err := round.LoadDeadline(c.Stub); err != nil {
		return facts, err
	}
	_, silent, err := round.Updates(c.Stub)
	if err != nil {
		return facts, err
	}
	staying, err := round.Staying(c.Stub)
	if err != nil {
		return facts, err
	}
	closing.Submitted = progress.Without(round.Opening.Sampled, silent)
	closing.Left = progress.Without(silent, staying)
	closing.Missing = progress.Without(silent, closing.Left)
	return machine.RoundFacts{
		NowMs: c.NowMs, DeadlineMs: round.DeadlineMs, Extended: round.Extension != nil,
		Min: c.task.Terms.Participants.Min, Submitted: len(closing.Submitted), Missing: closing.Missing,
	}, nil
}
