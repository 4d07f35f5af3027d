// Package accounts is the contract of that name: money that comes in, and who has how much of it.
package accounts

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Name is the contract's name.
const Name = "Accounts"

// Contract holds the transactions.
type Contract struct {
	contractapi.Contract
	clock      clock.Clock
	treasurers []string // the MSPs whose treasurers this endorser accepts
}

// New makes the contract, with the endorser's clock and the MSPs whose treasurers it accepts.
func New(endorser clock.Clock, treasurers []string) *Contract {
	contract := &Contract{clock: endorser, treasurers: treasurers}
	contract.Name = Name
	contract.Info.Title = Name
	contract.Info.Description = "Accounts: deposits, balances, and what tasks have put aside and paid"
	return contract
}

// GetEvaluateTransactions names the queries, for the metadata.
func (*Contract) GetEvaluateTransactions() []string {
	return []string{"Get", "GetAudit", "GetEscrow", "ListCoins"}
}

// Deposit records money that a participant has paid in, under a reference that is used once for ever.
func (c *Contract) Deposit(ctx contractapi.TransactionContextInterface, account, unit, amount, reference string) (string, error) {
	t, err := transaction.Begin(ctx, c.clock)
	if err != nil {
		return "", err
	}
	if err := c.requireTreasurer(t.Caller); err != nil {
		return "", err
	}
	record, err := readDeposit(t, account, unit, amount, reference)
	if err != nil {
		return "", err
	}
	return deposit(t, record)
}

// Get returns what a participant has, by unit.
func (*Contract) Get(ctx contractapi.TransactionContextInterface, account string) (string, error) {
	if err := requireParticipant(ctx.GetStub(), account); err != nil {
		return "", err
	}
	view, err := viewOf(ctx.GetStub(), account)
	if err != nil {
		return "", err
	}
	return document.Text(view)
}

// ListCoins returns a page of the coins of a participant that it has not spent, those of the unit if
// one is given. The page is cut before that is looked at: it may hold fewer than pageSize while more
// follow.
func (*Contract) ListCoins(ctx contractapi.TransactionContextInterface, account, unit, pageSize, bookmark string) (string, error) {
	if err := requireParticipant(ctx.GetStub(), account); err != nil {
		return "", err
	}
	page, err := listFree(ctx.GetStub(), account, unit, pageSize, bookmark)
	if err != nil {
		return "", err
	}
	return document.Text(page)
}

// GetEscrow returns what a task's requester has put aside for it, and what became of that.
func (*Contract) GetEscrow(ctx contractapi.TransactionContextInterface, task string) (string, error) {
	view, err := escrowOf(ctx.GetStub(), task)
	if err != nil {
		return "", err
	}
	return document.Text(view)
}

// GetAudit adds up the whole ledger's money of a unit: what came in is what is there.
func (*Contract) GetAudit(ctx contractapi.TransactionContextInterface, unit string) (string, error) {
	if err := document.CheckName("unit", unit); err != nil {
		return "", err
	}
	audit, err := auditOf(ctx.GetStub(), unit)
	if err != nil {
		return "", err
	}
	return document.Text(audit)
}
