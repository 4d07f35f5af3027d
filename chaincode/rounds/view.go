package rounds

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/committee"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is a round as it stands now: what Get returns. Before it is closed its committee is the one that
// was elected, and Term is nil. Accepted and Rejected count for something once the scores are complete.
type View struct {
	Task         string              `json:"task"`
	Round        int                 `json:"round"`
	State        machine.State       `json:"state"`
	state.Seats                      // of the current term
	Quorum       int                 `json:"quorum"`
	LastLeader   string              `json:"last_leader"`
	Base         state.Artifact      `json:"base"`
	OpenedAtMs   int64               `json:"opened_at_ms"`
	DeadlineMs   int64               `json:"deadline_ms"`
	Extended     bool                `json:"extended"`
	Participants []string            `json:"participants"`
	Updates      []state.Update      `json:"updates"`
	Missing      []string            `json:"missing"`
	Closing      *state.Closing      `json:"closing"`
	Term         *committee.TermView `json:"term"`
	Accepted     []state.Part        `json:"accepted"`
	Rejected     []state.Rejection   `json:"rejected"`
	Record       *state.Round        `json:"record"`
}

func viewOf(stub shim.ChaincodeStubInterface, task *progress.Task, number int) (*View, error) {
	round, err := progress.LoadRound(stub, task, number)
	if err != nil {
		return nil, err
	}
	if round.State() == machine.None {
		return nil, fault.NotFound.Errorf("round %d of task %s is %s", number, task.ID, round.Unopened)
	}
	if err := round.LoadDeadline(stub); err != nil {
		return nil, err
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
		Task: task.ID, Round: number, State: round.State(), Seats: round.Opening.Seats, Quorum: round.Quorum(),
		LastLeader: round.Opening.LastLeader, Base: round.Base, OpenedAtMs: round.OpenedAtMs,
		DeadlineMs: round.DeadlineMs, Extended: round.Extension != nil, Participants: staying, Updates: updates,
		Missing: progress.Without(silent, progress.Without(silent, staying)), Closing: round.Closing,
		Accepted: []state.Part{}, Rejected: []state.Rejection{}, Record: round.Record,
	}
	return view, view.addTerm(round)
}

func (v *View) addTerm(round *progress.Round) error {
	if round.Term == nil {
		return nil
	}
	v.Seats = round.Term.Seats
	var err error
	if v.Term, err = committee.ViewOfTerm(round.Term); err != nil {
		return err
	}
	counted, err := round.Term.Tally()
	v.Accepted, v.Rejected = counted.Accepted, counted.Rejected
	return err
}
