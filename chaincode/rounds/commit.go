package rounds

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/tally"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// commit writes the record of the round.
func (c *call) commit(number int, digest string) (string, error) {
	round, err := c.moved(number)
	if err != nil {
		return "", err
	}
	key := state.RoundKey(c.task.ID, number)
	supplied := &state.Round{Digest: digest}
	if reply, err := transaction.Repeated(c.Transaction, machine.Commit, round, key, supplied); reply != "" || err != nil {
		return reply, err
	}
	if err := c.mayCommit(round, digest); err != nil {
		return "", err
	}
	record, err := c.record(round)
	if err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, about("Committed", c.task.ID, number), key, record)
}

func (c *call) mayCommit(round *progress.Round, digest string) error {
	if err := round.Require(machine.Commit); err != nil {
		return err
	}
	facts, err := c.agreement(round)
	if err != nil {
		return err
	}
	facts.GivenDigest = digest
	return round.Fire(machine.Commit, facts)
}

// agreement states who is still to attest, and how many agree with the proposal, its size included.
func (c *call) agreement(round *progress.Round) (machine.RoundFacts, error) {
	facts := machine.RoundFacts{Quorum: round.Quorum(), Digest: round.Term.Proposal.Digest, Done: 1}
	var err error
	if facts.Waits, _, err = round.Term.Attested(c.NowMs); err != nil {
		return facts, err
	}
	attestations, _, err := round.Term.Attestations()
	for _, one := range attestations {
		if one.Artifact == round.Term.Proposal.Artifact {
			facts.Done++
		}
	}
	return facts, err
}

func (c *call) record(round *progress.Round) (*state.Round, error) {
	term, proposal := round.Term, round.Term.Proposal
	record := &state.Round{
		Task: c.task.ID, Round: round.Number, Term: term.Term.Term, Seats: term.Seats,
		BaseDigest: round.Base.Digest, Digest: proposal.Digest, Size: proposal.Size, Metrics: proposal.Metrics,
		Sampled: round.Opening.Sampled, Missing: round.Closing.Missing, Left: round.Closing.Left,
		Replaced: term.Replaced, OpenedAtMs: round.OpenedAtMs,
		ClosedAtMs: round.Closing.ClosedAtMs, ProposedAtMs: proposal.ProposedAtMs,
		CommittedAtMs: max(c.NowMs, proposal.ProposedAtMs), CommittedBy: c.name, TxID: c.TxID,
	}
	for _, add := range []func(*progress.Round, *state.Round) error{
		c.addUpdates, c.addWitnesses, c.addStandings, c.addPrevious, c.addNext,
	} {
		if err := add(round, record); err != nil {
			return nil, err
		}
	}
	return record, nil
}

// addUpdates says what became of each update.
func (c *call) addUpdates(round *progress.Round, record *state.Round) error {
	counted, err := round.Term.Tally()
	if err != nil {
		return err
	}
	record.Accepted, record.Rejected = counted.Accepted, counted.Rejected
	if record.Evaluations, _, err = round.Term.Evaluations(); err != nil {
		return err
	}
	if err := round.LoadDeadline(c.Stub); err != nil {
		return err
	}
	record.DeadlineMs = round.DeadlineMs // with its extension
	record.Submitted, _, err = round.Updates(c.Stub)
	return err
}

// addWitnesses says who attested what, who is at fault, and how accurate the model is by their median.
func (c *call) addWitnesses(round *progress.Round, record *state.Round) error {
	var err error
	if record.Attestations, _, err = round.Term.Attestations(); err != nil {
		return err
	}
	proposal := round.Term.Proposal
	measured := []int64{proposal.AccuracyPPM}
	for _, one := range record.Attestations {
		if one.Artifact == proposal.Artifact {
			measured = append(measured, one.AccuracyPPM)
		}
	}
	record.AccuracyPPM = tally.Accuracy(measured)
	faults, err := round.Term.FaultsBefore(proposal.Artifact)
	record.Faults = append(slices.Clone(round.Term.Faults), faults...)
	counted := tally.Result{Accepted: record.Accepted, Rejected: record.Rejected}
	for _, name := range counted.Wrong(record.Evaluations) {
		wrong := state.Fault{Participant: name, Term: round.Term.Evaluation, Fault: state.WrongVerdicts}
		record.Faults = append(record.Faults, wrong)
	}
	return err
}

// addStandings gives everyone its share of the round, and its reputation after it.
func (c *call) addStandings(round *progress.Round, record *state.Round) error {
	record.Standings = reputation.After(round.Opening.Standings, reputation.Round{
		Accepted: record.Accepted, Rejected: record.Rejected, Faults: record.Faults,
		Served: served(record), Leader: record.Leader, Seats: len(round.Opening.Seats.Committee),
		Governance: c.task.Terms.Governance,
	})
	return nil
}

// served are the members of the committee that attested the aggregate and have no fault in this round.
func served(record *state.Round) []string {
	served := []string{record.Leader}
	for _, one := range record.Attestations {
		if (one.Artifact == state.Artifact{Digest: record.Digest, Size: record.Size}) {
			served = append(served, one.Participant)
		}
	}
	return slices.DeleteFunc(served, func(name string) bool {
		return slices.ContainsFunc(record.Faults, func(one state.Fault) bool { return one.Participant == name })
	})
}

// addPrevious adds the digest of what opened the round, as the ledger holds it: a link of the chain.
func (c *call) addPrevious(round *progress.Round, record *state.Round) error {
	var err error
	if round.Number == 1 {
		record.Previous, err = state.Digest(c.Stub, state.StartKey(c.task.ID))
	} else {
		record.Previous, err = state.Digest(c.Stub, state.RoundKey(c.task.ID, round.Number-1))
	}
	return err
}

// addNext says what follows the round: who takes part in the next and who decides it, or that it was the last.
func (c *call) addNext(round *progress.Round, record *state.Round) error {
	target := c.task.Terms.TargetAccuracyPPM
	reached := target > 0 && record.AccuracyPPM >= target
	if reached || record.Round >= c.task.Terms.Training.Rounds {
		record.Outcome = state.Finished
		record.NextParticipants, record.NextRanking, record.NextCommittee = []string{}, []string{}, []string{}
		return nil
	}
	staying, err := round.Staying(c.Stub)
	if err != nil {
		return err
	}
	record.Outcome, record.NextParticipants = state.Continue, staying
	record.NextRanking = election.Rank(record.Standings, staying, idle(record), record.Digest)
	size := c.task.Terms.Governance.Size(len(staying))
	seats := election.Seat(record.NextRanking, nil, record.Standings, size, record.Leader)
	record.NextCommittee, record.NextLeader = seats.Committee, seats.Leader
	record.NextDeadlineMs = record.CommittedAtMs + c.task.Terms.RoundMs()
	next, err := progress.LoadRound(c.Stub, c.task, record.Round+1)
	if err != nil {
		return err
	}
	return next.Open()
}

// idle are those that did not do their part in the round: others are elected before them.
func idle(record *state.Round) []string {
	idle := slices.Clone(record.Missing)
	for _, one := range slices.Concat(record.Replaced, record.Faults) {
		idle = append(idle, one.Participant)
	}
	return idle
}
