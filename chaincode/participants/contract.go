// Package participants is the contract of that name: who takes part, under which name and where.
package participants

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Name is the contract's name.
const Name = "Participants"

// Contract holds the transactions. The participant is whoever signed: no call says who it is for.
type Contract struct {
	contractapi.Contract
	clock clock.Clock
}

// New makes the contract, with the endorser's clock.
func New(endorser clock.Clock) *Contract {
	contract := &Contract{clock: endorser}
	contract.Name = Name
	contract.Info.Title = Name
	contract.Info.Description = "Registration of the organisations' nodes and requesters"
	return contract
}

// GetEvaluateTransactions names the queries, for the metadata.
func (*Contract) GetEvaluateTransactions() []string { return []string{"Get", "List"} }

// Register records the caller under a name of its choice, or reactivates it. An identity has one
// name for ever, and a name one identity.
func (c *Contract) Register(ctx contractapi.TransactionContextInterface, name, endpoint string) (string, error) {
	t, err := c.begin(ctx, endpoint)
	if err != nil {
		return "", err
	}
	if err := document.CheckName("name", name); err != nil {
		return "", err
	}
	existing, err := ownRecord(t, name)
	if err != nil {
		return "", err
	}
	if existing != nil && existing.State == string(machine.Active) {
		return registered(existing, endpoint)
	}
	return register(t, existing, name, endpoint)
}

// UpdateEndpoint records where the caller is reached from now on, and its certificate after
// re-enrolment.
func (c *Contract) UpdateEndpoint(ctx contractapi.TransactionContextInterface, endpoint string) (string, error) {
	t, err := c.begin(ctx, endpoint)
	if err != nil {
		return "", err
	}
	participant, err := own(t)
	if err != nil {
		return "", err
	}
	before := *participant
	participant.Endpoint = endpoint
	identify(participant, t.Caller)
	return change(t, machine.UpdateEndpoint, "EndpointUpdated", &before, participant)
}

// Deactivate records that the caller takes on nothing new. What it has joined it may still finish.
func (c *Contract) Deactivate(ctx contractapi.TransactionContextInterface) (string, error) {
	t, err := transaction.Begin(ctx, c.clock)
	if err != nil {
		return "", err
	}
	participant, err := own(t)
	if err != nil {
		return "", err
	}
	before := *participant
	participant.State = string(machine.Inactive)
	return change(t, machine.Deactivate, "Deactivated", &before, participant)
}

// Get returns a participant.
func (*Contract) Get(ctx contractapi.TransactionContextInterface, name string) (string, error) {
	if err := document.CheckName("name", name); err != nil {
		return "", err
	}
	participant, err := state.Get(ctx.GetStub(), state.ParticipantKey(name))
	if err != nil {
		return "", err
	}
	if participant == nil {
		return "", fault.NotFound.Errorf("participant %s does not exist", name)
	}
	view, err := viewOf(ctx.GetStub(), participant)
	if err != nil {
		return "", err
	}
	return document.Text(view)
}

// List returns a page of the participants, by name.
func (*Contract) List(ctx contractapi.TransactionContextInterface, pageSize, bookmark string) (string, error) {
	page, err := state.Participants().Page(ctx.GetStub(), pageSize, bookmark)
	if err != nil {
		return "", err
	}
	views := &state.Page[*View]{Items: []*View{}, Bookmark: page.Bookmark}
	for _, participant := range page.Items {
		view, err := viewOf(ctx.GetStub(), &participant)
		if err != nil {
			return "", err
		}
		views.Items = append(views.Items, view)
	}
	return document.Text(views)
}

// begin starts a transaction of a caller that has a role, and an endpoint fit for it.
func (c *Contract) begin(ctx contractapi.TransactionContextInterface, endpoint string) (*transaction.Transaction, error) {
	t, err := transaction.Begin(ctx, c.clock)
	if err != nil {
		return nil, err
	}
	if err := t.Caller.Require(caller.Provider, caller.Archive, caller.Requester); err != nil {
		return nil, err
	}
	return t, checkEndpoint(t.Caller.Role, endpoint)
}
