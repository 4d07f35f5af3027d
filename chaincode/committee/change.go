package committee

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// independent is how many organisations must have been elected to decide a round before it can raise a
// reputation: with fewer, one of them, or the requester's own, could give itself what it likes.
const independent = 3

// changeOf is what the task changed of the organisation's reputation: the least of what it changed of its
// participants', for it answers for its worst. A fall always counts.
func changeOf(stub shim.ChaincodeStubInterface, task *progress.Task, msp string) (int64, error) {
	last, err := task.Standings(stub)
	if err != nil {
		return 0, err
	}
	judged, err := judgedStandings(stub, task)
	if err != nil {
		return 0, err
	}
	change, there := int64(0), false
	for i, one := range last {
		if one.MSPID != msp {
			continue
		}
		own := min(one.Reputation, judged[i].Reputation) - task.Start.Standings[i].Reputation
		if !there || own < change {
			change, there = own, true
		}
	}
	if !there {
		return 0, fault.NotFound.Errorf("nobody of %s took part in task %s", msp, task.ID)
	}
	return change, nil
}

// judgedStandings are the standings after the last round that enough organisations were elected to decide.
// Who takes part becomes fewer by and by, never more: the rounds before it had enough, too.
func judgedStandings(stub shim.ChaincodeStubInterface, task *progress.Task) ([]state.Standing, error) {
	last, err := progress.Newest(task.Terms.Training.Rounds, func(number int) (bool, error) {
		round, err := progress.LoadRound(stub, task, number)
		if err != nil || round.Record == nil {
			return false, err
		}
		return len(round.Opening.Seats.Committee) >= independent, nil // one seat an organisation
	})
	if err != nil {
		return nil, err
	}
	if last == 0 {
		return task.Start.Standings, nil
	}
	record, err := state.Get(stub, state.RoundKey(task.ID, last))
	if err != nil {
		return nil, err
	}
	return record.Standings, nil
}
