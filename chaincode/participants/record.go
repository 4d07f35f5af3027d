package participants

import (
	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// own is the caller's record, or PERMISSION_DENIED if it never registered.
func own(t *transaction.Transaction) (*state.Participant, error) {
	name, err := t.Name()
	if err != nil {
		return nil, err
	}
	return state.Get(t.Stub, state.ParticipantKey(name))
}

// ownRecord is the caller's record under the name, nil if neither caller nor name is registered.
func ownRecord(t *transaction.Transaction, name string) (*state.Participant, error) {
	identity, err := state.Get(t.Stub, state.IdentityKey(t.Caller.MSPID, t.Caller.ID))
	if err != nil {
		return nil, err
	}
	if identity != nil && identity.Name != name {
		return nil, fault.AlreadyExists.Errorf("%s of %s is registered as %s; an identity has one name",
			t.Caller.CommonName, t.Caller.MSPID, identity.Name)
	}
	participant, err := state.Get(t.Stub, state.ParticipantKey(name))
	if err != nil {
		return nil, err
	}
	if participant != nil && identity == nil {
		return nil, fault.AlreadyExists.Errorf("participant %s is another identity, %s of %s",
			name, participant.CommonName, participant.MSPID)
	}
	return participant, nil
}

// registered answers a repetition of Register.
func registered(existing *state.Participant, endpoint string) (string, error) {
	if existing.Endpoint != endpoint {
		return "", fault.AlreadyExists.Errorf("%s: registered with endpoint %q: change it with UpdateEndpoint; %s", machine.Register,
			existing.Endpoint, machine.Participant.Standing("participant "+existing.Name, machine.State(existing.State)))
	}
	return transaction.Already(existing)
}

// register writes a new participant and its index, or makes an INACTIVE one ACTIVE again.
func register(t *transaction.Transaction, existing *state.Participant, name, endpoint string) (string, error) {
	var index []transaction.Write
	before := existing
	if before == nil {
		before = &state.Participant{Name: name, RegisteredAtMs: t.NowMs}
		key := state.IdentityKey(t.Caller.MSPID, t.Caller.ID)
		index = append(index, transaction.Also(key, &state.Identity{Name: name}))
	}
	participant := *before
	participant.Endpoint, participant.State = endpoint, string(machine.Active)
	identify(&participant, t.Caller)
	return change(t, machine.Register, "Registered", before, &participant, index...)
}

// identify copies into the record what the caller's certificate says.
func identify(participant *state.Participant, who *caller.Caller) {
	participant.MSPID, participant.CommonName = who.MSPID, who.CommonName
	participant.Role, participant.Certificate = who.Role, who.PEM()
}

// change records what became of the participant, if anything did.
func change(
	t *transaction.Transaction, event machine.Event, announced string,
	before, after *state.Participant, others ...transaction.Write,
) (string, error) {
	if *before == *after {
		return transaction.Already(before)
	}
	from := machine.State(before.State)
	if _, err := machine.Participant.Fire("participant "+after.Name, from, event, machine.ParticipantFacts{}); err != nil {
		return "", err
	}
	after.TxID = t.TxID
	about := transaction.Subject{Contract: Name, Event: announced}
	return transaction.Record(t, about, state.ParticipantKey(after.Name), after, others...)
}
