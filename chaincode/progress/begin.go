package progress

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Begin is how each transaction on a task begins: with its caller, who is registered under the name, and
// the task, which exists.
func Begin(
	ctx contractapi.TransactionContextInterface, endorser clock.Clock, id string,
) (*transaction.Transaction, string, *Task, error) {
	t, err := transaction.Begin(ctx, endorser)
	if err != nil {
		return nil, "", nil, err
	}
	name, err := t.Name()
	if err != nil {
		return nil, "", nil, err
	}
	task, err := LoadTask(t.Stub, id)
	return t, name, task, err
}
