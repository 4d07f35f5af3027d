package committee

import (
	"cmp"
	"slices"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const (
	maxEvaluation = 64 * 1024
	maxScore      = 1_000_000_000_000 // millionths: a loss of a million
	maxReason     = 200               // characters
)

// sealScores reads of the others only whether scores can be seen: all may seal in one block.
func (c *call) sealScores(hash string) (string, error) {
	key := state.ScoresSealKey(c.task.ID, c.round.Number, c.term, c.name)
	record := &state.Sealed{
		Task: c.task.ID, Round: c.round.Number, Term: c.term, Participant: c.name, Hash: hash,
		SealedAtMs: c.NowMs, TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.SealScores, c.round, key, record); reply != "" || err != nil {
		return reply, err
	}
	term, err := c.scoring(machine.SealScores)
	if err != nil {
		return "", err
	}
	revealed, _, err := term.Evaluations()
	if err != nil {
		return "", err
	}
	facts := c.facts(term.ScoreByMs)
	facts.Revealed = len(revealed) > 0
	if err := c.round.Fire(machine.SealScores, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, c.about("ScoresSealed"), key, record)
}

// revealScores records the scores, which must be those that were sealed.
func (c *call) revealScores(record *state.Evaluation) (string, error) {
	key := state.EvaluationKey(c.task.ID, c.round.Number, c.term, c.name)
	if reply, err := transaction.Repeated(c.Transaction, machine.RevealScores, c.round, key, record); reply != "" || err != nil {
		return reply, err
	}
	term, err := c.scoring(machine.RevealScores)
	if err != nil {
		return "", err
	}
	if err := c.checkScored(record); err != nil {
		return "", err
	}
	facts, err := c.opening(term)
	if err != nil {
		return "", err
	}
	if facts.Hash, err = c.sealed(state.ScoresSealKey(c.task.ID, c.round.Number, c.term, c.name)); err != nil {
		return "", err
	}
	if facts.GivenHash, err = hashOf(record); err != nil {
		return "", err
	}
	if err := c.round.Fire(machine.RevealScores, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, c.about("ScoresRevealed"), key, record)
}

// opening states who is still to seal its scores, and whether somebody builds on those revealed.
func (c *call) opening(term *progress.Term) (machine.RoundFacts, error) {
	facts := c.facts(term.RevealByMs)
	bound, _, err := term.Seals()
	if err != nil {
		return facts, err
	}
	facts.Bound = len(bound) > 0
	facts.Waits, facts.Done, err = term.SealedScores(c.NowMs)
	return facts, err
}

// scoring is the current term, if the caller scores in it.
func (c *call) scoring(event machine.Event) (*progress.Term, error) {
	if err := c.round.Require(event); err != nil {
		return nil, err
	}
	term := c.round.Term
	if err := c.requireSeat(term.Scorers, "scorer"); err != nil {
		return nil, err
	}
	if term.Evaluation != term.Term.Term && c.term == term.Term.Term {
		return nil, fault.PreconditionFailed.Errorf("round %d of task %s: the scores of term %d stand",
			c.round.Number, c.task.ID, term.Evaluation)
	}
	return term, nil
}

func (c *call) facts(byMs int64) machine.RoundFacts {
	return machine.RoundFacts{
		NowMs: c.NowMs, DeadlineMs: byMs, Quorum: c.round.Quorum(),
		Term: c.round.Term.Term.Term, GivenTerm: c.term,
	}
}

func (c *call) sealed(key state.Key[state.Sealed]) (string, error) {
	record, err := state.Get(c.Stub, key)
	if err != nil || record == nil {
		return "", err
	}
	return record.Hash, nil
}

func hashOf(record *state.Evaluation) (string, error) {
	text, err := document.Canonical(record.Scores)
	return state.ScoresHash(record.Task, record.Round, record.Term, record.Participant, record.Salt, text), err
}

// checkScored demands a score of each update that was submitted, but for the caller's own.
func (c *call) checkScored(record *state.Evaluation) error {
	scored := make([]string, 0, len(record.Scores))
	for _, score := range record.Scores {
		scored = append(scored, score.Participant)
	}
	wanted := progress.Without(c.round.Closing.Submitted, []string{c.name})
	if !slices.Equal(scored, wanted) {
		return fault.InvalidArgument.Errorf("evaluation: scores of %v, should be of %v", scored, wanted)
	}
	return nil
}

// readEvaluation checks an evaluation as far as it can be checked by itself; its scores become sorted.
func readEvaluation(c *call, text string) (*state.Evaluation, error) {
	evaluation, err := document.Read("evaluation", text, maxEvaluation)
	if err != nil {
		return nil, err
	}
	record := &state.Evaluation{
		Task: c.task.ID, Round: c.round.Number, Term: c.term, Participant: c.name,
		Salt: evaluation.Digest("salt"), Scores: []state.Score{},
		RevealedAtMs: c.NowMs, TxID: c.TxID,
	}
	for _, entry := range evaluation.Objects("scores", 0, state.MaxParticipants) {
		record.Scores = append(record.Scores, readScore(entry))
	}
	slices.SortFunc(record.Scores, func(a, b state.Score) int { return cmp.Compare(a.Participant, b.Participant) })
	return record, evaluation.Check()
}

func readScore(entry *document.Object) state.Score {
	score := state.Score{
		Participant: entry.Name("participant"),
		Verdict:     entry.Text("verdict", 1, maxReason),
		Reason:      entry.Text("reason", 0, maxReason),
		ScoreMicro:  entry.Integer("score_micro", -maxScore, maxScore),
	}
	known := score.Verdict == state.Accepted && score.Reason == "" ||
		score.Verdict == state.Rejected && slices.Contains(state.Reasons, score.Reason)
	if !known {
		entry.Note("verdict", "%.20q because of %.40q: should be accepted without a reason, or rejected with one of %v",
			score.Verdict, score.Reason, state.Reasons)
	}
	return score
}
