// Package progress derives where a task and its rounds stand from which keys exist.
package progress

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Task is a task with its milestones; those that it has not reached are nil. Before it is published
// it has an ID and nothing else.
type Task struct {
	*state.Task
	Terms  *state.Terms
	Start  *state.Start
	Cancel *state.Cancel
	Final  *state.Final
	Halt   *state.Halt
}

// LoadTask reads a task by name, or NOT_FOUND.
func LoadTask(stub shim.ChaincodeStubInterface, id string) (*Task, error) {
	if err := document.CheckName("task", id); err != nil {
		return nil, err
	}
	task, err := FindTask(stub, id)
	if err == nil && task.State() == machine.None {
		return nil, fault.NotFound.Errorf("task %s does not exist", id)
	}
	return task, err
}

// FindTask reads a task by name, published or not.
func FindTask(stub shim.ChaincodeStubInterface, id string) (*Task, error) {
	published, err := state.Get(stub, state.TaskKey(id))
	if err != nil {
		return nil, err
	}
	if published == nil {
		return &Task{Task: &state.Task{ID: id}}, nil
	}
	return Milestones(stub, published)
}

// Milestones reads what a published task has reached.
func Milestones(stub shim.ChaincodeStubInterface, published *state.Task) (*Task, error) {
	task := &Task{Task: published}
	var err error
	if task.Terms, err = published.Terms(); err != nil {
		return nil, err
	}
	if task.Start, err = state.Get(stub, state.StartKey(published.ID)); err != nil {
		return nil, err
	}
	if task.Cancel, err = state.Get(stub, state.CancelKey(published.ID)); err != nil {
		return nil, err
	}
	if task.Final, err = state.Get(stub, state.FinalKey(published.ID)); err != nil {
		return nil, err
	}
	task.Halt, err = state.Get(stub, state.HaltKey(published.ID))
	return task, err
}

// State is where the task stands.
func (t *Task) State() machine.State {
	switch {
	case t.Final != nil:
		return machine.Finished
	case t.Cancel != nil:
		return machine.Cancelled
	case t.Halt != nil:
		return machine.Halted
	case t.Start != nil:
		return machine.Running
	case t.Definition != nil:
		return machine.Published
	default:
		return machine.None
	}
}

// Standing says where the task is and what is allowed there.
func (t *Task) Standing() string { return machine.Task.Standing(t.words(), t.State()) }

// Fire asks the table whether the event may happen to the task now.
func (t *Task) Fire(event machine.Event, facts machine.TaskFacts) error {
	_, err := machine.Task.Fire(t.words(), t.State(), event, facts)
	return err
}

func (t *Task) words() string { return "task " + t.ID }

// LastRound reads the record of the newest committed round, nil before the first.
func (t *Task) LastRound(stub shim.ChaincodeStubInterface) (*state.Round, error) {
	if t.Start == nil {
		return nil, nil
	}
	last, err := Newest(t.Terms.Training.Rounds, func(round int) (bool, error) {
		return state.Exists(stub, state.RoundKey(t.ID, round))
	})
	if err != nil || last == 0 {
		return nil, err
	}
	return state.Get(stub, state.RoundKey(t.ID, last))
}

// OpenRound reads the round after the newest that is committed.
func (t *Task) OpenRound(stub shim.ChaincodeStubInterface) (*Round, error) {
	last, err := t.LastRound(stub)
	if err != nil {
		return nil, err
	}
	number := 1
	if last != nil {
		number = last.Round + 1
	}
	return LoadRound(stub, t, number)
}

// Newest finds the highest number up to limit that exists, 0 if none does. Rounds are committed one
// after the other, so it gallops to the first gap and halves from there: no counter is needed, which
// every commit would have to write.
func Newest(limit int, exists func(int) (bool, error)) (int, error) {
	known, missing := 0, limit+1
	for probe := 1; probe < missing; {
		found, err := exists(probe)
		if err != nil {
			return 0, err
		}
		if !found {
			missing = probe
			break
		}
		known, probe = probe, 2*probe
	}
	for missing-known > 1 {
		probe := (known + missing) / 2
		found, err := exists(probe)
		if err != nil {
			return 0, err
		}
		if found {
			known = probe
		} else {
			missing = probe
		}
	}
	return known, nil
}
