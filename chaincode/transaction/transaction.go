// Package transaction is what every writing call has in common: who calls, when, and the record that
// it leaves behind, with one event that tells it.
package transaction

import (
	"bytes"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/events"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Transaction is a call that may write.
type Transaction struct {
	Stub   shim.ChaincodeStubInterface
	Caller *caller.Caller
	NowMs  int64
	TxID   string
}

// Subject is what an event is about: the contract's event, and the task and round that it concerns.
type Subject struct {
	Contract, Event, Task string
	Round                 int
}

// Reply is what every writing call returns.
type Reply struct {
	Outcome string `json:"outcome"`
	Record  any    `json:"record"`
}

// Begin identifies the caller and attests the time.
func Begin(ctx contractapi.TransactionContextInterface, clk clock.Clock) (*Transaction, error) {
	stub := ctx.GetStub()
	identity, err := caller.Of(stub)
	if err != nil {
		return nil, err
	}
	nowMs, err := clk.Time(stub)
	if err != nil {
		return nil, err
	}
	return &Transaction{Stub: stub, Caller: identity, NowMs: nowMs, TxID: stub.GetTxID()}, nil
}

// Name is the name that the caller registered, or PERMISSION_DENIED. It reads only the index, which
// never changes: an endpoint that moves meanwhile conflicts with nothing.
func (t *Transaction) Name() (string, error) {
	identity, err := state.Get(t.Stub, state.IdentityKey(t.Caller.MSPID, t.Caller.ID))
	if err != nil {
		return "", err
	}
	if identity == nil {
		return "", fault.PermissionDenied.Errorf(
			"%s of %s is not registered: call Participants:Register first", t.Caller.CommonName, t.Caller.MSPID)
	}
	return identity.Name, nil
}

// RequireActive refuses the caller, registered as name, unless its certificate grants the role and it
// is not deactivated.
func (t *Transaction) RequireActive(name, role string) error {
	if err := t.Caller.Require(role); err != nil {
		return err
	}
	participant, err := state.Get(t.Stub, state.ParticipantKey(name))
	if err != nil {
		return err
	}
	if participant.State != string(machine.Active) {
		return fault.PermissionDenied.Errorf("participant %s is %s: it takes on nothing new", name, participant.State)
	}
	return nil
}

// Write is a record that a transaction writes beside the one that its event tells of.
type Write func(*Transaction) error

// Also makes a write of a record.
func Also[T any](key state.Key[T], record *T) Write {
	return func(t *Transaction) error { return state.Put(t.Stub, key, record) }
}

// Record writes the record, and the others with it, emits the event and returns the reply "recorded".
func Record[T any](t *Transaction, about Subject, key state.Key[T], record *T, others ...Write) (string, error) {
	for _, write := range append(others, Also(key, record)) {
		if err := write(t); err != nil {
			return "", err
		}
	}
	err := events.Emit(t.Stub, events.Event{
		Event: events.Name(about.Contract, about.Event), Task: about.Task, Round: about.Round,
		TxID: t.TxID, AtMs: t.NowMs, Record: record,
	})
	if err != nil {
		return "", err
	}
	return reply("recorded", record)
}

// Already returns the reply of a repetition, which writes nothing.
func Already(record any) (string, error) {
	return reply("already-recorded", record)
}

// Once is a record that is written once and never changed. Supplied is the part of it that the
// caller supplied, by which a repetition is known.
type Once[T any] interface {
	*T
	Supplied() any
}

// Thing is what an event happens to. Standing says where it is and what is allowed there.
type Thing interface {
	Standing() string
}

// Repeated looks whether the event has left its record already. It returns the reply
// "already-recorded" where the caller supplied the same then, ALREADY_EXISTS where something else,
// and "" where there is none.
func Repeated[T any, P Once[T]](
	t *Transaction, event machine.Event, thing Thing, key state.Key[T], record P,
) (string, error) {
	existing, err := state.Get(t.Stub, key)
	if err != nil || existing == nil {
		return "", err
	}
	before, err := document.Canonical(P(existing).Supplied())
	if err != nil {
		return "", err
	}
	now, err := document.Canonical(record.Supplied())
	if err != nil {
		return "", err
	}
	if !bytes.Equal(before, now) {
		return "", fault.AlreadyExists.Errorf("%s: %s is on the ledger with other content; %s",
			event, key, thing.Standing())
	}
	return Already(existing)
}

func reply(outcome string, record any) (string, error) {
	return document.Text(Reply{Outcome: outcome, Record: record})
}
