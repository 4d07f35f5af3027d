package rounds

import (
	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// commit writes the record of the round.
func (c *call) commit(number int, digest string) (string, error) {
	round, err := progress.LoadRound(c.Stub, c.task, number)
	if err != nil {
		return "", err
	}
	key := state.RoundKey(c.task.ID, number)
	supplied := &state.Round{CommittedBy: c.name, Digest: digest}
	if reply, err := transaction.Repeated(c.Transaction, machine.Commit, round, key, supplied); reply != "" || err != nil {
		return reply, err
	}
	if err := round.Require(machine.Commit); err != nil {
		return "", err
	}
	staying, err := c.lead(round)
	if err != nil {
		return "", err
	}
	facts := machine.RoundFacts{GivenDigest: digest}
	if round.Proposal != nil {
		facts.Digest = round.Proposal.Digest
	}
	if err := round.Fire(machine.Commit, facts); err != nil {
		return "", err
	}
	record, err := c.record(round, staying)
	if err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Committed", c.task.ID, number), key, record)
}

func (c *call) record(round *progress.Round, staying []string) (*state.Round, error) {
	updates, _, err := round.Updates(c.Stub)
	if err != nil {
		return nil, err
	}
	previous, err := c.previous(round)
	if err != nil {
		return nil, err
	}
	proposal := round.Proposal
	record := &state.Round{
		Task: c.task.ID, Round: round.Number, Term: proposal.Term, Leader: proposal.Leader,
		BaseDigest: round.Base.Digest, Digest: proposal.Digest, Size: proposal.Size,
		AccuracyPPM: proposal.AccuracyPPM, Metrics: proposal.Metrics,
		Sampled: round.Sampled, Submitted: updates, Accepted: proposal.Accepted,
		Rejected: proposal.Rejected, Missing: proposal.Missing, Left: proposal.Left,
		OpenedAtMs: round.OpenedAtMs, DeadlineMs: round.DeadlineMs, ProposedAtMs: proposal.ProposedAtMs,
		CommittedAtMs: max(c.NowMs, proposal.ProposedAtMs), CommittedBy: c.name,
		Previous: previous, TxID: c.TxID,
	}
	return record, c.addNext(record, staying)
}

// previous is the digest of what opened the round, as the ledger holds it: a link of the chain.
func (c *call) previous(round *progress.Round) (string, error) {
	if round.Number == 1 {
		return state.Digest(c.Stub, state.StartKey(c.task.ID))
	}
	return state.Digest(c.Stub, state.RoundKey(c.task.ID, round.Number-1))
}

// addNext says what follows the round: who leads and takes part in the next, or that it was the last.
func (c *call) addNext(record *state.Round, staying []string) error {
	target := c.task.Terms.TargetAccuracyPPM
	reached := target > 0 && record.AccuracyPPM >= target
	if reached || record.Round >= c.task.Terms.Training.Rounds {
		record.Outcome, record.NextParticipants = state.Finished, []string{}
		return nil
	}
	record.Outcome, record.NextParticipants = state.Continue, staying
	record.NextLeader = election.Leader(c.task.Start.Standings, staying, record.Digest)
	record.NextDeadlineMs = record.CommittedAtMs + c.task.Terms.RoundMs()
	next, err := progress.LoadRound(c.Stub, c.task, record.Round+1)
	if err != nil {
		return err
	}
	return next.Open()
}
