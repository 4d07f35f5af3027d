// Package tasks is the contract of that name: what is to be trained, with whom, and how it ended.
package tasks

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Name is the contract's name.
const Name = "Tasks"

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
	contract.Info.Description = "Tasks: publishing, joining, starting, cancelling"
	return contract
}

// GetEvaluateTransactions names the queries, for the metadata.
func (*Contract) GetEvaluateTransactions() []string { return []string{"Get", "List"} }

// Publish records a task under an identifier of the requester's choice, and puts its reward aside:
// funds names the requester's coins that pay it.
func (c *Contract) Publish(ctx contractapi.TransactionContextInterface, id, definition, funds string) (string, error) {
	t, err := transaction.Begin(ctx, c.clock)
	if err != nil {
		return "", err
	}
	requester, err := t.Name()
	if err != nil {
		return "", err
	}
	if err := t.RequireActive(requester, caller.Requester); err != nil {
		return "", err
	}
	return publish(t, requester, id, definition, funds)
}

// Cancel ends a task before its time.
func (c *Contract) Cancel(ctx contractapi.TransactionContextInterface, id, reason string) (string, error) {
	call, err := c.begin(ctx, id)
	if err != nil {
		return "", err
	}
	if err := checkReason(reason); err != nil {
		return "", err
	}
	return call.cancel(reason)
}

// Join records a provider's consent, signed, and what it brings.
func (c *Contract) Join(ctx contractapi.TransactionContextInterface, id, join string) (string, error) {
	call, err := c.begin(ctx, id)
	if err != nil {
		return "", err
	}
	if err := call.RequireActive(call.name, caller.Provider); err != nil {
		return "", err
	}
	terms, err := readJoin(join, call.task.Terms.Privacy)
	if err != nil {
		return "", err
	}
	if err := call.verifyAcceptance(terms); err != nil {
		return "", err
	}
	return call.join(terms)
}

// Leave withdraws a provider's consent, for good. What it has submitted stays in its round; it is
// neither waited for nor sampled any more.
func (c *Contract) Leave(ctx contractapi.TransactionContextInterface, id, reason string) (string, error) {
	call, err := c.begin(ctx, id)
	if err != nil {
		return "", err
	}
	if err := checkReason(reason); err != nil {
		return "", err
	}
	return call.leave(reason)
}

// Start chooses the participants among those that joined, and opens round 1.
func (c *Contract) Start(ctx contractapi.TransactionContextInterface, id, participants string) (string, error) {
	call, err := c.begin(ctx, id)
	if err != nil {
		return "", err
	}
	names, err := document.ReadNames("participants", participants, state.MaxParticipants)
	if err != nil {
		return "", err
	}
	return call.start(names)
}

// Get returns a task as it stands now.
func (*Contract) Get(ctx contractapi.TransactionContextInterface, id string) (string, error) {
	task, err := progress.LoadTask(ctx.GetStub(), id)
	if err != nil {
		return "", err
	}
	view, err := viewOf(ctx.GetStub(), task)
	if err != nil {
		return "", err
	}
	return document.Text(view)
}

// List returns a page of the tasks, by identifier, those in the state if one is given. The page is
// cut before the state is looked at: it may hold fewer than pageSize while more follow.
func (*Contract) List(ctx contractapi.TransactionContextInterface, stateName, pageSize, bookmark string) (string, error) {
	page, err := list(ctx.GetStub(), machine.State(stateName), pageSize, bookmark)
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

func about(event, task string) transaction.Subject {
	return transaction.Subject{Contract: Name, Event: event, Task: task}
}
