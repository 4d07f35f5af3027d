// Package rounds is the contract of that name: updates, aggregates, and the chain of their records.
package rounds

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Name is the contract's name.
const Name = "Rounds"

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
	contract.Info.Description = "Rounds: updates, aggregates, and the chain of their records"
	return contract
}

// GetEvaluateTransactions names the queries, for the metadata.
func (*Contract) GetEvaluateTransactions() []string { return []string{"Get", "List"} }

// SubmitUpdate records a participant's update of the open round. The signature is checked here,
// with the certificate of the transaction, so that every reader may rely on it.
func (c *Contract) SubmitUpdate(ctx contractapi.TransactionContextInterface, task, round, update string) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	if err := call.Caller.Require(caller.Provider); err != nil {
		return "", err
	}
	record, err := readUpdate(call, task, round, update)
	if err != nil {
		return "", err
	}
	return call.submit(record)
}

// Close ends the time for updates, when all are in or the deadline has passed with enough of them.
func (c *Contract) Close(ctx contractapi.TransactionContextInterface, task, round string) (string, error) {
	return c.move(ctx, task, round, (*call).close)
}

// Extend gives a round with too few updates more time, once.
func (c *Contract) Extend(ctx contractapi.TransactionContextInterface, task, round string) (string, error) {
	return c.move(ctx, task, round, (*call).extend)
}

func (c *Contract) move(
	ctx contractapi.TransactionContextInterface, task, round string, how func(*call, int) (string, error),
) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	number, err := progress.ParseRound(round)
	if err != nil {
		return "", err
	}
	return how(call, number)
}

// ProposeAggregate records the leader's aggregate of the updates that the committee accepted.
func (c *Contract) ProposeAggregate(ctx contractapi.TransactionContextInterface, task, round, proposal string) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	record, err := readProposal(call, task, round, proposal)
	if err != nil {
		return "", err
	}
	return call.propose(record)
}

// Commit writes the record of a round on whose aggregate a quorum of the committee agrees, and opens the
// next round unless it was the last. The record follows from the ledger, whoever commits it.
func (c *Contract) Commit(ctx contractapi.TransactionContextInterface, task, round, digest string) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	number, err := progress.ParseRound(round)
	if err != nil {
		return "", err
	}
	if err := document.CheckDigest("digest", digest); err != nil {
		return "", err
	}
	return call.commit(number, digest)
}

// Finalize ends a task whose last record is FINAL.
func (c *Contract) Finalize(ctx contractapi.TransactionContextInterface, task string) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	return call.finalize()
}

// Halt ends a task whose open round cannot go on.
func (c *Contract) Halt(ctx contractapi.TransactionContextInterface, task string) (string, error) {
	call, err := c.begin(ctx, task)
	if err != nil {
		return "", err
	}
	return call.halt()
}

// Get returns a round as it stands now.
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

// List returns a page of a task's committed records, in order.
func (*Contract) List(ctx contractapi.TransactionContextInterface, task, pageSize, bookmark string) (string, error) {
	if _, err := progress.LoadTask(ctx.GetStub(), task); err != nil {
		return "", err
	}
	page, err := state.Rounds(task).Page(ctx.GetStub(), pageSize, bookmark)
	if err != nil {
		return "", err
	}
	return document.Text(page)
}

// call is a registered caller's transaction on a task.
type call struct {
	*transaction.Transaction
	name string
	task *progress.Task
}

func (c *Contract) begin(ctx contractapi.TransactionContextInterface, id string) (*call, error) {
	t, name, task, err := progress.Begin(ctx, c.clock, id)
	if err != nil {
		return nil, err
	}
	return &call{Transaction: t, name: name, task: task}, nil
}

func about(event, task string, round int) transaction.Subject {
	return transaction.Subject{Contract: Name, Event: event, Task: task, Round: round}
}
