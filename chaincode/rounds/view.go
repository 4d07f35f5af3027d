package rounds

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is a round as it stands now: what Get returns.
type View struct {
	Task         string          `json:"task"`
	Round        int             `json:"round"`
	State        machine.State   `json:"state"`
	Term         int             `json:"term"`
	Leader       string          `json:"leader"`
	Base         state.Artifact  `json:"base"`
	OpenedAtMs   int64           `json:"opened_at_ms"`
	DeadlineMs   int64           `json:"deadline_ms"`
	Participants []string        `json:"participants"`
	Updates      []state.Update  `json:"updates"`
	Missing      []string        `json:"missing"`
	Proposal     *state.Proposal `json:"proposal"`
	Record       *state.Round    `json:"record"`
}

func viewOf(stub shim.ChaincodeStubInterface, task *progress.Task, number int) (*View, error) {
	round, err := progress.LoadRound(stub, task, number)
	if err != nil {
		return nil, err
	}
	if round.State() == machine.None {
		return nil, fault.NotFound.Errorf("round %d of task %s is %s", number, task.ID, round.Unopened)
	}
	staying, err := round.Staying(stub)
	if err != nil {
		return nil, err
	}
	updates, silent, err := round.Updates(stub)
	if err != nil {
		return nil, err
	}
	view := &View{
		Task: task.ID, Round: number, State: round.State(), Term: firstTerm, Leader: round.Leader(staying),
		Base: round.Base, OpenedAtMs: round.OpenedAtMs, DeadlineMs: round.DeadlineMs,
		Participants: staying, Updates: updates, Proposal: round.Proposal, Record: round.Record,
		Missing: progress.Without(silent, progress.Without(silent, staying)),
	}
	// Who leads the final round finalizes the task: a successor, where the one who committed has left.
	if round.Record != nil && round.Record.Outcome != state.Finished {
		view.Leader = round.Record.Leader
	}
	return view, nil
}
