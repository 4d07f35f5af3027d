package committee

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// report records a member's word on another. Whether it matters is seen when the round waits for it.
func (c *call) report(accused, reason string) (string, error) {
	key := state.ReportKey(c.task.ID, c.round.Number, c.term, c.name, accused)
	record := &state.Report{
		Task: c.task.ID, Round: c.round.Number, Term: c.term, Participant: c.name, Accused: accused,
		Reason: reason, ReportedAtMs: c.NowMs, TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.Report, c.round, key, record); reply != "" || err != nil {
		return reply, err
	}
	if err := c.round.Require(machine.Report); err != nil {
		return "", err
	}
	committee := c.round.Term.Committee
	if err := c.requireSeat(committee, "member of the committee"); err != nil {
		return "", err
	}
	if accused == c.name || !slices.Contains(committee, accused) {
		return "", fault.InvalidArgument.Errorf("accused: %s should be another member of the committee, one of %v", accused, committee)
	}
	if err := c.round.Fire(machine.Report, c.facts(0)); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, c.about("Reported"), key, record)
}

// replace records the term that follows the one in the call.
func (c *call) replace() (string, error) {
	if err := c.task.RequireConcerned(c.name, c.Caller); err != nil {
		return "", err
	}
	key := state.TermKey(c.task.ID, c.round.Number, c.term+1)
	if reply, err := transaction.Repeated(c.Transaction, machine.Replace, c.round, key, &state.Term{}); reply != "" || err != nil {
		return reply, err
	}
	if err := c.round.Require(machine.Replace); err != nil {
		return "", err
	}
	fallen, err := c.round.Term.Fallen(c.NowMs)
	if err != nil {
		return "", err
	}
	next, err := c.round.Term.Next(fallen.Members, c.NowMs)
	if err != nil {
		return "", err
	}
	facts := c.facts(0)
	facts.Fallen, facts.Left = namesOf(fallen.Members), len(next.Committee)
	if err := c.round.Fire(machine.Replace, facts); err != nil {
		return "", err
	}
	next.OpenedBy, next.TxID = c.name, c.TxID
	return transaction.Record(c.Transaction, c.about("Replaced"), key, &next)
}

func namesOf(faults []state.Fault) []string {
	var names []string
	for _, one := range faults {
		names = append(names, one.Participant)
	}
	return names
}
