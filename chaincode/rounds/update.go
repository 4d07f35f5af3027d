package rounds

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// submit records the update. Of what others write in the meantime it reads only what would close the
// round (a proposal, a cancellation), so that any number of participants may submit at once.
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
	left, err := state.Exists(c.Stub, state.LeaveKey(c.task.ID, c.name))
	if err != nil {
		return "", err
	}
	facts := machine.RoundFacts{Base: round.Base.Digest, GivenBase: update.BaseDigest, OwnLeave: left}
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
