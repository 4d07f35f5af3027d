package rounds

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/privacy"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// submit records the update. Of what others write in the meantime it reads only what would close the
// round (a proposal, a cancellation), so that any number of participants may submit at once. Two may
// submit the same digest: whose the bytes are they say themselves, and the committee sees.
func (c *call) submit(update *state.Update) (string, error) {
	if err := c.requireParticipant(); err != nil {
		return "", err
	}
	round, err := progress.LoadRound(c.Stub, c.task, update.Round)
	if err != nil {
		return "", err
	}
	key := state.UpdateKey(c.task.ID, update.Round, c.name)
	if reply, err := transaction.Repeated(c.Transaction, machine.SubmitUpdate, round, key, update); reply != "" || err != nil {
		return reply, err
	}
	if err := round.Require(machine.SubmitUpdate); err != nil {
		return "", err
	}
	facts, err := c.judge(round, update)
	if err != nil {
		return "", err
	}
	if err := round.Fire(machine.SubmitUpdate, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("UpdateSubmitted", c.task.ID, update.Round), key, update)
}

// requireParticipant refuses a provider that the task did not start with.
func (c *call) requireParticipant() error {
	if c.task.Start != nil && !slices.Contains(c.task.Start.Participants, c.name) {
		return fault.PermissionDenied.Errorf("%s is not a participant of task %s", c.name, c.task.ID)
	}
	return nil
}

// judge states the facts about the update of a round that is, or was, open.
func (c *call) judge(round *progress.Round, update *state.Update) (machine.RoundFacts, error) {
	facts := machine.RoundFacts{Base: round.Base.Digest, GivenBase: update.BaseDigest}
	var err error
	if facts.OwnLeave, err = state.Exists(c.Stub, state.LeaveKey(c.task.ID, c.name)); err != nil {
		return facts, err
	}
	return facts, c.addSpend(&facts, update)
}

// addSpend states what the provider granted when it joined, and what it has spent.
func (c *call) addSpend(facts *machine.RoundFacts, update *state.Update) error {
	joined, err := state.Get(c.Stub, state.JoinKey(c.task.ID, c.name))
	if err != nil {
		return err
	}
	spend, err := update.Spend()
	if err != nil {
		return err
	}
	granted := joined.Join.PrivacyBudget
	facts.Privacy, facts.GivenPrivacy = granted.Kind(), spend.Kind()
	facts.Budget, facts.Spend = granted.EpsilonMicro, spend.EpsilonMicro
	if spend.Mode == privacy.None {
		return nil
	}
	facts.SpentBefore, err = c.spentBefore(update.Round)
	return err
}

// spentBefore is what the caller's newest update before the round had spent, 0 if there is none. It
// reads one key for each round that the caller has missed in a row, and one more. Those rounds are
// closed: nobody writes the keys any more.
func (c *call) spentBefore(round int) (int64, error) {
	for number := round - 1; number > 0; number-- {
		before, err := state.Get(c.Stub, state.UpdateKey(c.task.ID, number, c.name))
		if err != nil {
			return 0, err
		}
		if before != nil {
			spend, err := before.Spend()
			return spend.EpsilonMicro, err
		}
	}
	return 0, nil
}
