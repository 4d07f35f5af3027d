package rounds

import (
	"cmp"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// propose records the proposal. It reads every sampled participant's update and leaving by name: one
// that comes in the same block conflicts, and the leader judges anew.
func (c *call) propose(proposal *state.Proposal) (string, error) {
	round, err := progress.LoadRound(c.Stub, c.task, proposal.Round)
	if err != nil {
		return "", err
	}
	key := state.ProposalKey(c.task.ID, proposal.Round)
	if reply, err := transaction.Repeated(c.Transaction, machine.ProposeAggregate, round, key, proposal); reply != "" || err != nil {
		return reply, err
	}
	if err := round.Require(machine.ProposeAggregate); err != nil {
		return "", err
	}
	staying, err := c.lead(round)
	if err != nil {
		return "", err
	}
	facts, err := c.shareOut(round, staying, proposal)
	if err != nil {
		return "", err
	}
	if err := round.Fire(machine.ProposeAggregate, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("AggregateProposed", c.task.ID, proposal.Round), key, proposal)
}

// lead returns those that have not left the round, if the caller leads them.
func (c *call) lead(round *progress.Round) ([]string, error) {
	staying, err := round.Staying(c.Stub)
	if err != nil {
		return nil, err
	}
	if leader := round.Leader(staying); leader != c.name {
		return nil, fault.PermissionDenied.Errorf("the leader of round %d of task %s is %s, not %s",
			round.Number, c.task.ID, cmp.Or(leader, "nobody, for all have left"), c.name)
	}
	return staying, nil
}

// shareOut completes the proposal with those who submitted nothing, and states the facts about it.
func (c *call) shareOut(round *progress.Round, staying []string, proposal *state.Proposal) (machine.RoundFacts, error) {
	names := judged(proposal)
	if strangers := progress.Without(names, round.Sampled); len(strangers) > 0 {
		return machine.RoundFacts{}, fault.InvalidArgument.Errorf("proposal: not sampled in round %d: %v",
			round.Number, strangers)
	}
	_, silent, err := round.Updates(c.Stub)
	if err != nil {
		return machine.RoundFacts{}, err
	}
	submitted := progress.Without(round.Sampled, silent)
	proposal.Left = progress.Without(silent, staying)
	proposal.Missing = progress.Without(silent, proposal.Left)
	proposal.ProposedAtMs = max(c.NowMs, round.OpenedAtMs) // clocks differ; the record's times do not go back
	return machine.RoundFacts{
		NowMs: c.NowMs, DeadlineMs: round.DeadlineMs, Min: c.task.Terms.Participants.Min,
		Accepted: len(proposal.Accepted), Submitted: len(submitted),
		NotSubmitted: progress.Without(names, submitted), Passed: progress.Without(submitted, names),
		Missing: proposal.Missing,
	}, nil
}
