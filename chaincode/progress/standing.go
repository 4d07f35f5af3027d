package progress

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
)

// StandingOf is an organisation's newest standing; with number 0 it is the one that all begin with.
func StandingOf(stub shim.ChaincodeStubInterface, mspID string) (*state.Record, error) {
	number, err := Newest(state.MaxRecords, func(n int) (bool, error) {
		return state.Exists(stub, state.RecordKey(mspID, n))
	})
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return &state.Record{MSPID: mspID, Reputation: reputation.Initial}, nil
	}
	return state.Get(stub, state.RecordKey(mspID, number))
}

// Standings are the participants' standings as the task's newest record has them; none before its start.
func (t *Task) Standings(stub shim.ChaincodeStubInterface) ([]state.Standing, error) {
	if t.Halt != nil {
		return t.Halt.Standings, nil
	}
	if t.Cancel != nil {
		return t.Cancel.Standings, nil
	}
	last, err := t.LastRound(stub)
	switch {
	case err != nil || t.Start == nil:
		return nil, err
	case last == nil:
		return t.Start.Standings, nil
	default:
		return last.Standings, nil
	}
}
