package rounds

import (
	"fmt"
	"strings"

	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Why a task is halted.
const (
	tooFewUpdates      = "too-few-updates"
	tooFewAccepted     = "too-few-accepted"
	committeeSplit     = "committee-split"
	committeeExhausted = "committee-exhausted"
)

// halt ends a task whose open round cannot go on.
func (c *call) halt() (string, error) {
	if err := c.task.RequireConcerned(c.name, c.Caller); err != nil {
		return "", err
	}
	key := state.HaltKey(c.task.ID)
	record := &state.Halt{Task: c.task.ID, HaltedBy: c.name, HaltedAtMs: c.NowMs, TxID: c.TxID}
	if reply, err := transaction.Repeated(c.Transaction, machine.Halt, c.task, key, record); reply != "" || err != nil {
		return reply, err
	}
	if c.task.State() == machine.Running {
		if err := c.diagnose(record); err != nil {
			return "", err
		}
	}
	if err := c.task.Fire(machine.Halt, machine.TaskFacts{Hopeless: record.Reason}); err != nil {
		return "", err
	}
	record.Standings = reputation.After(record.Standings, reputation.Round{
		Rejected: record.Rejected, Faults: record.Faults, Governance: c.task.Terms.Governance,
	})
	payouts, err := escrow.CloseEarly(c.Transaction, c.task)
	if err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Halted", c.task.ID, record.Round), key, record, payouts...)
}

// diagnose says in the record why the open round of a running task cannot go on, if so.
func (c *call) diagnose(record *state.Halt) error {
	round, err := c.task.OpenRound(c.Stub)
	if err != nil {
		return err
	}
	record.Round, record.Standings = round.Number, round.Opening.Standings
	record.Rejected, record.Faults = []state.Rejection{}, []state.Fault{}
	switch round.State() {
	case machine.Open:
		return c.diagnoseOpen(round, record)
	case machine.Evaluating, machine.Proposed:
		return c.diagnoseCommittee(round, record)
	default: // the last round is committed: the task is to be finalized
		return nil
	}
}

func (c *call) diagnoseOpen(round *progress.Round, record *state.Halt) error {
	facts, err := c.attendance(round, machine.CloseRound, &state.Closing{})
	if err == nil && facts.Extended && c.NowMs >= facts.DeadlineMs && facts.Submitted < facts.Min {
		record.Reason = tooFewUpdates
		record.Detail = fmt.Sprintf("%d of at least %d, after the round was extended", facts.Submitted, facts.Min)
	}
	return err
}

// diagnoseCommittee looks at the term that would follow: its faults are those that the round has shown.
func (c *call) diagnoseCommittee(round *progress.Round, record *state.Halt) error {
	fallen, err := round.Term.Fallen(c.NowMs)
	if err != nil {
		return err
	}
	next, err := round.Term.Next(fallen.Members, c.NowMs)
	if err != nil {
		return err
	}
	record.Faults, record.HaltedAtMs = next.Faults, next.OpenedAtMs
	quorum := round.Quorum()
	switch {
	case len(fallen.Refused) > 0:
		record.Reason, record.Detail = tooFewAccepted, why(fallen.Refused)
		if fallen.Accepted > 0 {
			record.Rejected = fallen.Refused
		}
	case fallen.Split:
		record.Reason, record.Detail = committeeSplit, fmt.Sprintf("no digest has a quorum of %d", quorum)
	case len(fallen.Members) > 0 && len(next.Committee) < quorum:
		record.Reason = committeeExhausted
		record.Detail = fmt.Sprintf("%d are left, a quorum is %d", len(next.Committee), quorum)
	}
	return nil
}

func why(rejections []state.Rejection) string {
	reasons := make([]string, 0, len(rejections))
	for _, one := range rejections {
		reasons = append(reasons, one.Participant+": "+one.Reason)
	}
	return strings.Join(reasons, ", ")
}
