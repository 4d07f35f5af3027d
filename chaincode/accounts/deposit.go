package accounts

import (
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/coins"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const (
	// maxDeposit leaves room: thousands of the largest deposits still add up to an exact integer.
	maxDeposit = 1_000_000_000_000
	// depositCoins is as many payments as an account with one deposit can make at once.
	depositCoins = 32
	depositEvent = machine.Event("Accounts:Deposit")
)

// requireTreasurer refuses who has not the role, and whose organisation this endorser has not accepted
// as one that may: any CA can grant the role.
func (c *Contract) requireTreasurer(who *caller.Caller) error {
	if err := who.Require(caller.Treasurer); err != nil {
		return err
	}
	if !slices.Contains(c.treasurers, who.MSPID) {
		return fault.PermissionDenied.Errorf("this endorser accepts no treasurer of %s", who.MSPID)
	}
	return nil
}

func readDeposit(t *transaction.Transaction, account, unit, amount, reference string) (*state.Deposit, error) {
	if err := requireParticipant(t.Stub, account); err != nil {
		return nil, err
	}
	if err := document.CheckName("unit", unit); err != nil {
		return nil, err
	}
	number, err := document.ReadInteger("amount", amount, 1, maxDeposit)
	if err != nil {
		return nil, err
	}
	if err := document.CheckName("reference", reference); err != nil {
		return nil, err
	}
	return &state.Deposit{
		Reference: reference, Account: account, Unit: unit, Amount: number, Coins: min(number, depositCoins),
		Treasurer: t.Caller.CommonName, TreasurerMSP: t.Caller.MSPID, DepositedAtMs: t.NowMs, TxID: t.TxID,
	}, nil
}

// reference is what a deposit happens to.
type reference string

// Standing says that it has been used.
func (r reference) Standing() string { return "choose another reference than " + string(r) }

func deposit(t *transaction.Transaction, record *state.Deposit) (string, error) {
	key := state.DepositKey(record.Reference)
	thing := reference(record.Reference)
	if reply, err := transaction.Repeated(t, depositEvent, thing, key, record); reply != "" || err != nil {
		return reply, err
	}
	purse := coins.Purse{
		Owner: record.Account, Unit: record.Unit, From: state.FromDeposit, Of: record.Reference,
	}
	about := transaction.Subject{Contract: Name, Event: "Deposited"}
	return transaction.Record(t, about, key, record, purse.Split(t, record.Amount, depositCoins)...)
}

// requireParticipant makes sure that the account is somebody's.
func requireParticipant(stub shim.ChaincodeStubInterface, account string) error {
	if err := document.CheckName("account", account); err != nil {
		return err
	}
	found, err := state.Exists(stub, state.ParticipantKey(account))
	if err == nil && !found {
		return fault.NotFound.Errorf("account: participant %s does not exist", account)
	}
	return err
}
