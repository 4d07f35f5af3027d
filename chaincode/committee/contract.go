// Package committee is the contract of that name: how a round's committee judges the updates, recomputes
// the aggregate, and replaces who does not do its part.
package committee

import (
	"slices"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Name is the contract's name.
const Name = "Committee"

// Contract holds the transactions.
type Contract struct {
	contractapi.Contract
	clock clock.Clock
}

// New makes the contract, with the endorser's clock.
func New(endorser clock.Clock) *Contract {
	contract := &Contract{clock: endorser}
	contract.Name = Name
	contract.Info.Title = Name
	contract.Info.Description = "Committees: scores, attestations, and who is replaced"
	return contract
}

// GetEvaluateTransactions names the queries, for the metadata.
func (*Contract) GetEvaluateTransactions() []string { return []string{"Get"} }

// SealScores binds a member to its scores before anybody can see them.
func (c *Contract) SealScores(ctx contractapi.TransactionContextInterface, task, round, term, hash string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	if err := document.CheckDigest("hash", hash); err != nil {
		return "", err
	}
	return call.sealScores(hash)
}

// RevealScores opens a member's scores, once all are bound to theirs.
func (c *Contract) RevealScores(ctx contractapi.TransactionContextInterface, task, round, term, evaluation string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	record, err := readEvaluation(call, evaluation)
	if err != nil {
		return "", err
	}
	return call.revealScores(record)
}

// SealAttestation binds a member to the digest that it computed, before the leader's can be seen.
func (c *Contract) SealAttestation(ctx contractapi.TransactionContextInterface, task, round, term, hash string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	if err := document.CheckDigest("hash", hash); err != nil {
		return "", err
	}
	return call.sealAttestation(hash)
}

// AttestAggregate opens the digest that a member computed, once the leader's is there.
func (c *Contract) AttestAggregate(ctx contractapi.TransactionContextInterface, task, round, term, attestation string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	record, err := readAttestation(call, attestation)
	if err != nil {
		return "", err
	}
	return call.attest(record)
}

// Report says that another member does not do its part. With a quorum of reports the round waits for it
// no longer, and it can be replaced.
func (c *Contract) Report(ctx contractapi.TransactionContextInterface, task, round, term, accused, reason string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	if err := document.CheckName("accused", accused); err != nil {
		return "", err
	}
	if err := document.CheckText("reason", reason, maxReason); err != nil {
		return "", err
	}
	return call.report(accused, reason)
}

// Replace opens the next term, without those that have fallen. The term in the call is the one that ends.
func (c *Contract) Replace(ctx contractapi.TransactionContextInterface, task, round, term string) (string, error) {
	call, err := c.begin(ctx, task, round, term)
	if err != nil {
		return "", err
	}
	return call.replace()
}

// Get returns a round's committee in each of its terms, and why they were elected.
func (*Contract) Get(ctx contractapi.TransactionContextInterface, task, round string) (string, error) {
	number, err := progress.ParseRound(round)
	if err != nil {
		return "", err
	}
	loaded, err := progress.LoadTask(ctx.GetStub(), task)
	if err != nil {
		return "", err
	}
	view, err := viewOf(ctx.GetStub(), loaded, number)
	if err != nil {
		return "", err
	}
	return document.Text(view)
}

// call is a registered caller's transaction on a round, in a term.
type call struct {
	*transaction.Transaction
	name  string
	task  *progress.Task
	round *progress.Round
	term  int
}

func (c *Contract) begin(ctx contractapi.TransactionContextInterface, id, roundText, termText string) (*call, error) {
	t, name, task, err := progress.Begin(ctx, c.clock, id)
	if err != nil {
		return nil, err
	}
	number, err := progress.ParseRound(roundText)
	if err != nil {
		return nil, err
	}
	term, err := progress.ParseTerm(termText)
	if err != nil {
		return nil, err
	}
	round, err := progress.LoadRound(t.Stub, task, number)
	if err != nil {
		return nil, err
	}
	return &call{Transaction: t, name: name, task: task, round: round, term: term}, nil
}

func (c *call) about(event string) transaction.Subject {
	return transaction.Subject{Contract: Name, Event: event, Task: c.task.ID, Round: c.round.Number}
}

// requireSeat refuses whoever is not among those seated. A call of another term is left to its guard.
func (c *call) requireSeat(seated []string, as string) error {
	if c.term != c.round.Term.Term.Term || slices.Contains(seated, c.name) {
		return nil
	}
	return fault.PermissionDenied.Errorf("%s is no %s of round %d of task %s in term %d",
		c.name, as, c.round.Number, c.task.ID, c.round.Term.Term.Term)
}
