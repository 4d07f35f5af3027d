package service

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/weftwork/weftwork/chaincode/accounts"
	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/committee"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/participants"
	"github.com/weftwork/weftwork/chaincode/rounds"
	"github.com/weftwork/weftwork/chaincode/tasks"
)

// Chaincode serves the contracts.
type Chaincode struct {
	contracts *contractapi.ContractChaincode
	log       *slog.Logger
	running   sync.RWMutex // read-held by each running transaction
}

// New puts the contracts together. treasurers are the MSPs whose treasurers this endorser accepts.
func New(endorser clock.Clock, treasurers []string, log *slog.Logger) (*Chaincode, error) {
	contracts, err := contractapi.NewChaincode(participants.New(endorser), tasks.New(endorser),
		rounds.New(endorser), committee.New(endorser), accounts.New(endorser, treasurers))
	if err != nil {
		return nil, fmt.Errorf("put the contracts together: %w", err)
	}
	return &Chaincode{contracts: contracts, log: log}, nil
}

// Init does nothing: the contracts need no preparation.
func (*Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// Invoke runs one transaction.
func (c *Chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	c.running.RLock()
	defer c.running.RUnlock()
	began := time.Now()
	function, arguments := stub.GetFunctionAndParameters()
	if err := check(function, arguments); err != nil {
		return shim.Error(err.Error())
	}
	response := c.invoke(stub, function)
	c.report(stub.GetTxID(), function, response, time.Since(began))
	return response
}

// report logs a call, but no content of it: of a refusal, only the code. Queries that succeed are for
// debugging, since nodes ask all the time.
func (c *Chaincode) report(txID, function string, response *peer.Response, took time.Duration) {
	level := slog.LevelInfo
	if isQuery(function) && response.GetStatus() == shim.OK {
		level = slog.LevelDebug
	}
	code, _, _ := strings.Cut(response.GetMessage(), ":")
	c.log.Log(context.Background(), level, "transaction", "tx_id", txID, "function", function,
		"status", response.GetStatus(), "code", code, "ms", took.Milliseconds())
}

// Drain lets running transactions finish, but waits no longer than the patience, and starts no other.
func (c *Chaincode) Drain(patience time.Duration) {
	drained := make(chan struct{})
	go func() {
		c.running.Lock()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(patience):
	}
}

// invoke keeps a panic in one transaction from ending the service for all.
func (c *Chaincode) invoke(stub shim.ChaincodeStubInterface, function string) (response *peer.Response) {
	defer func() {
		if cause := recover(); cause != nil {
			c.log.Error("panic", "tx_id", stub.GetTxID(), "function", function,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			response = shim.Error(fault.Internal.Errorf("%s failed; the chaincode's log says why", function).Error())
		}
	}()
	response = c.contracts.Invoke(stub)
	if function == metadataFunction {
		return complete(response)
	}
	return response
}
