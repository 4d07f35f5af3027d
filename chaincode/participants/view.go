package participants

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is a participant as the queries return it: with the standing of its organisation, in parts per million.
type View struct {
	state.Participant
	Reputation int64 `json:"reputation"`
}

func viewOf(stub shim.ChaincodeStubInterface, participant *state.Participant) (*View, error) {
	standing, err := progress.StandingOf(stub, participant.MSPID)
	if err != nil {
		return nil, err
	}
	return &View{*participant, standing.Reputation}, nil
}
