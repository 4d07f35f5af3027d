package tasks

import (
	"encoding/json"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is a task as it stands now: what the queries return.
type View struct {
	ID               string          `json:"id"`
	State            machine.State   `json:"state"`
	Requester        string          `json:"requester"`
	RequesterMSP     string          `json:"requester_msp"`
	Definition       json.RawMessage `json:"definition"`
	DefinitionDigest string          `json:"definition_digest"`
	PublishedAtMs    int64           `json:"published_at_ms"`
	JoinDeadlineMs   int64           `json:"join_deadline_ms"`
	Joined           []state.Join    `json:"joined"`
	Left             []state.Leave   `json:"left"`
	Participants     []string        `json:"participants"`
	StartedAtMs      int64           `json:"started_at_ms"`
	Round            int             `json:"round"`
	Model            state.Artifact  `json:"model"`
	AccuracyPPM      int64           `json:"accuracy_ppm"`
	EndedAtMs        int64           `json:"ended_at_ms"`
	Reason           string          `json:"reason"`
	StartDigest      string          `json:"start_digest"`
	Uncounted        []string        `json:"uncounted"` // organisations whose standing lacks this ended task
	Transactions     Transactions    `json:"transactions"`
}

// Transactions are those that brought a task where it is; "" for what has not happened.
type Transactions struct {
	Publish string `json:"publish"`
	Start   string `json:"start"`
	End     string `json:"end"`
}

func viewOf(stub shim.ChaincodeStubInterface, task *progress.Task) (*View, error) {
	view := &View{
		ID: task.ID, State: task.State(), Requester: task.Requester, RequesterMSP: task.RequesterMSP,
		Definition: task.Definition, DefinitionDigest: task.DefinitionDigest(), PublishedAtMs: task.PublishedAtMs, JoinDeadlineMs: task.JoinDeadlineMs,
		Participants: []string{}, Model: task.Terms.InitialModel, AccuracyPPM: -1,
		Transactions: Transactions{Publish: task.TxID}, Uncounted: []string{},
	}
	var err error
	if view.Joined, err = state.Joins(task.ID).All(stub); err != nil {
		return nil, err
	}
	if view.Left, err = state.Leaves(task.ID).All(stub); err != nil {
		return nil, err
	}
	if err := view.addRounds(stub, task); err != nil {
		return nil, err
	}
	view.addEnd(task)
	return view, view.addUncounted(stub, task)
}

func (v *View) addRounds(stub shim.ChaincodeStubInterface, task *progress.Task) error {
	if task.Start == nil {
		return nil
	}
	v.Participants, v.StartedAtMs, v.Round = task.Start.Participants, task.Start.StartedAtMs, 1
	v.Transactions.Start = task.Start.TxID
	var err error
	if v.StartDigest, err = state.Digest(stub, state.StartKey(task.ID)); err != nil {
		return err
	}
	last, err := task.LastRound(stub)
	if err != nil || last == nil {
		return err
	}
	v.Model, v.AccuracyPPM = state.Artifact{Digest: last.Digest, Size: last.Size}, last.AccuracyPPM
	v.Round = last.Round
	if last.Outcome == state.Continue {
		v.Round++
	}
	return nil
}

func (v *View) addEnd(task *progress.Task) {
	switch {
	case task.Final != nil:
		v.EndedAtMs, v.Transactions.End = task.Final.FinishedAtMs, task.Final.TxID
	case task.Cancel != nil:
		v.EndedAtMs, v.Transactions.End = task.Cancel.CancelledAtMs, task.Cancel.TxID
		v.Reason = task.Cancel.Reason
	case task.Halt != nil:
		v.EndedAtMs, v.Transactions.End = task.Halt.HaltedAtMs, task.Halt.TxID
		v.Reason = task.Halt.Reason + ": " + task.Halt.Detail
	}
}

// addUncounted names the organisations for which Committee:Count is still to be called.
func (v *View) addUncounted(stub shim.ChaincodeStubInterface, task *progress.Task) error {
	if v.EndedAtMs == 0 || task.Start == nil {
		return nil
	}
	for _, one := range task.Start.Standings {
		counted, err := state.Exists(stub, state.CountedKey(one.MSPID, task.ID))
		if err != nil {
			return err
		}
		if !counted && !slices.Contains(v.Uncounted, one.MSPID) {
			v.Uncounted = append(v.Uncounted, one.MSPID)
		}
	}
	return nil
}

func list(stub shim.ChaincodeStubInterface, wanted machine.State, pageSize, bookmark string) (*state.Page[*View], error) {
	if wanted != "" && !machine.Task.Has(wanted) {
		return nil, fault.InvalidArgument.Errorf("state: %.20q is no state of a task", wanted)
	}
	page, err := state.Tasks().Page(stub, pageSize, bookmark)
	if err != nil {
		return nil, err
	}
	views := []*View{}
	for _, published := range page.Items {
		task, err := progress.Milestones(stub, &published)
		if err != nil {
			return nil, err
		}
		if wanted != "" && task.State() != wanted {
			continue
		}
		view, err := viewOf(stub, task)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return &state.Page[*View]{Items: views, Bookmark: page.Bookmark}, nil
}
