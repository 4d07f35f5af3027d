package rounds

import (
	"cmp"

	"github.com/weftwork/weftwork/chaincode/committee"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// propose records the leader's aggregate, once the others of its committee are bound to theirs.
func (c *call) propose(proposal *state.Proposal) (string, error) {
	round, err := progress.LoadRound(c.Stub, c.task, proposal.Round)
	if err != nil {
		return "", err
	}
	key := state.ProposalKey(c.task.ID, proposal.Round, proposal.Term)
	if reply, err := transaction.Repeated(c.Transaction, machine.ProposeAggregate, round, key, proposal); reply != "" || err != nil {
		return reply, err
	}
	if err := round.Require(machine.ProposeAggregate); err != nil {
		return "", err
	}
	if leader := round.Term.Leader; leader != c.name && proposal.Term == round.Term.Term.Term {
		return "", fault.PermissionDenied.Errorf("the leader of round %d of task %s in term %d is %s, not %s",
			round.Number, c.task.ID, round.Term.Term.Term, cmp.Or(leader, "nobody"), c.name)
	}
	facts, err := c.readiness(round, proposal.Term)
	if err != nil {
		return "", err
	}
	if err := round.Fire(machine.ProposeAggregate, facts); err != nil {
		return "", err
	}
	proposal.ProposedAtMs = max(c.NowMs, round.Term.OpenedAtMs)
	return transaction.Record(c.Transaction, about("AggregateProposed", c.task.ID, proposal.Round), key, proposal)
}

// readiness states how far the scores and the seals are: the one that is behind is what is waited for.
func (c *call) readiness(round *progress.Round, given int) (machine.RoundFacts, error) {
	term := round.Term
	facts := machine.RoundFacts{
		NowMs: c.NowMs, DeadlineMs: term.ProposeByMs, Quorum: round.Quorum(), Term: term.Term.Term, GivenTerm: given,
	}
	err := committee.AddScored(&facts, term, c.NowMs)
	if err != nil || len(facts.Waits) > 0 || facts.Done < facts.Quorum {
		return facts, err
	}
	facts.Waits, facts.Done, err = term.Sealed(c.NowMs)
	return facts, err
}
