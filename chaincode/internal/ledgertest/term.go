package ledgertest

import (
	"fmt"
	"strconv"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Term makes the calls of a committee's term.
type Term struct {
	c      *Consortium
	Task   string
	Round  int
	Number int
}

// At is the current term of a closed round.
func (c *Consortium) At(id string, round int) *Term {
	c.t.Helper()
	term := c.Round(id, round)["term"].(Record)
	return c.Term(id, round, int(term["term"].(int64)))
}

// Term is a term by its number, there or not.
func (c *Consortium) Term(id string, round, number int) *Term {
	return &Term{c: c, Task: id, Round: round, Number: number}
}

// call is a call of the term's, with one more argument.
func (t *Term) call(member, function, argument string) Call {
	return Call{t.c.Identity(member), "Committee:" + function, append(t.place(), argument)}
}

func (t *Term) place() []string {
	return []string{t.Task, strconv.Itoa(t.Round), strconv.Itoa(t.Number)}
}

// Aggregate is the digest that an honest member computes.
func Aggregate(id string, round int) string { return Digest(fmt.Sprint("global", id, round)) }

// Size is how large the aggregates are.
const Size int64 = 1000

// Accuracy is what an honest member measures.
func Accuracy(round int) int64 { return int64(min(100_000*round, 1_000_000)) }

// SealScores binds a member to these scores.
func (t *Term) SealScores(member string, scores []Record) Call {
	_, hash := t.evaluation(member, scores)
	return t.call(member, "SealScores", hash)
}

// Reveal opens these scores.
func (t *Term) Reveal(member string, scores []Record) Call {
	evaluation, _ := t.evaluation(member, scores)
	return t.call(member, "RevealScores", JSON(t.c.t, evaluation))
}

func (t *Term) evaluation(member string, scores []Record) (evaluation Record, hash string) {
	salt := Digest(fmt.Sprint("scores", t.Round, t.Number, member))
	canonical, err := document.Canonical(scores)
	must(t.c.t, err)
	return Record{"salt": salt, "scores": scores},
		state.ScoresHash(t.Task, t.Round, t.Number, member, salt, canonical)
}

// Seal binds a member to the digest.
func (t *Term) Seal(member, digest string) Call { return t.SealThis(member, digest, Size) }

// SealThis binds a member to the digest, and to just that size.
func (t *Term) SealThis(member, digest string, size int64) Call {
	return t.call(member, "SealAttestation",
		state.AttestationHash(t.Task, t.Round, t.Number, member, t.salt(member), state.Artifact{Digest: digest, Size: size}))
}

// Attest opens the digest, with the accuracy that an honest member measures.
func (t *Term) Attest(member, digest string) Call {
	return t.AttestThis(member, digest, Size, Accuracy(t.Round))
}

// AttestThis opens the digest, and says just that of its size and accuracy.
func (t *Term) AttestThis(member, digest string, size, accuracyPPM int64) Call {
	return t.call(member, "AttestAggregate", JSON(t.c.t, Record{
		"salt": t.salt(member), "digest": digest, "size": size, "accuracy_ppm": accuracyPPM,
	}))
}

func (t *Term) salt(member string) string {
	return Digest(fmt.Sprint("seal", t.Round, t.Number, member))
}

// Propose lets the named member propose the digest.
func (t *Term) Propose(member, digest string) Call {
	proposal := Proposal(t.Task, t.Round, t.Number)
	proposal["digest"] = digest
	return t.ProposeThis(member, proposal)
}

// ProposeThis lets the named member propose just that.
func (t *Term) ProposeThis(member string, proposal Record) Call {
	return Call{
		t.c.Identity(member), "Rounds:ProposeAggregate",
		[]string{t.Task, strconv.Itoa(t.Round), JSON(t.c.t, proposal)},
	}
}

// Commit lets the named participant commit the digest.
func (t *Term) Commit(who, digest string) Call {
	return Call{t.c.Identity(who), "Rounds:Commit", []string{t.Task, strconv.Itoa(t.Round), digest}}
}

// Report lets a member report another.
func (t *Term) Report(member, accused string) Call {
	call := t.call(member, "Report", accused)
	call.Args = append(call.Args, "it does not answer")
	return call
}

// Replace ends the term.
func (t *Term) Replace(who string) Call {
	return Call{t.c.Identity(who), "Committee:Replace", t.place()}
}

// Proposal is what an honest leader proposes.
func Proposal(id string, round, term int) Record {
	return Record{
		"term": term, "digest": Aggregate(id, round), "size": Size,
		"accuracy_ppm": Accuracy(round), "metrics": Record{},
	}
}
