// Package events announces what a transaction recorded: one event each, enough to follow a task.
package events

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/document"
)

// Version is the version of the payload; it is part of the event's name too.
const Version = 1

// Event is the payload. Task and Round are empty where the event concerns none.
type Event struct {
	Version int    `json:"version"`
	Event   string `json:"event"`
	Task    string `json:"task"`
	Round   int    `json:"round"`
	TxID    string `json:"tx_id"`
	AtMs    int64  `json:"at_ms"`
	Record  any    `json:"record"`
}

// Name is the full name of a contract's event.
func Name(contract, event string) string {
	return fmt.Sprintf("weftwork.v%d.%s.%s", Version, contract, event)
}

// Emit sets the transaction's event. Fabric keeps one a transaction, the last that is set.
func Emit(stub shim.ChaincodeStubInterface, event Event) error {
	event.Version = Version
	payload, err := document.Canonical(event)
	if err != nil {
		return err
	}
	return stub.SetEvent(event.Event, payload)
}
