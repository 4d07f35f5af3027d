package progress

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Round is an opened round: what the task's start or the record before it made of it.
type Round struct {
	Task       *Task
	Number     int
	Base       state.Artifact
	Sampled    []string
	OpenedAtMs int64
	DeadlineMs int64
	Proposal   *state.Proposal
	Record     *state.Round
}

// ParseRound reads the number of a round from an argument.
func ParseRound(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > state.MaxRounds || strconv.Itoa(number) != text {
		return 0, fault.InvalidArgument.Errorf("round: %.20q is not in 1..%d", text, state.MaxRounds)
	}
	return number, nil
}

// LoadRound reads a round of a started task, or NOT_FOUND where it is not open yet or never opens.
func LoadRound(stub shim.ChaincodeStubInterface, task *Task, number int) (*Round, error) {
	round := &Round{Task: task, Number: number}
	if err := round.open(stub); err != nil {
		return nil, err
	}
	var err error
	if round.Proposal, err = state.Get(stub, state.ProposalKey(task.ID, number)); err != nil {
		return nil, err
	}
	if round.Proposal != nil {
		round.Record, err = state.Get(stub, state.RoundKey(task.ID, number))
	}
	return round, err
}

func (r *Round) open(stub shim.ChaincodeStubInterface) error {
	start := r.Task.Start
	if start == nil {
		return fault.NotFound.Errorf("round %d of task %s is not open: the task has not started", r.Number, r.Task.ID)
	}
	if r.Number == 1 {
		r.Base, r.Sampled = start.Base, start.Participants
		r.OpenedAtMs, r.DeadlineMs = start.StartedAtMs, start.DeadlineMs
		return nil
	}
	before, err := state.Get(stub, state.RoundKey(r.Task.ID, r.Number-1))
	if err != nil {
		return err
	}
	if before == nil {
		return fault.NotFound.Errorf("round %d of task %s is not open: round %d is not committed",
			r.Number, r.Task.ID, r.Number-1)
	}
	if before.Outcome == state.Finished {
		return fault.NotFound.Errorf("round %d of task %s never opens: round %d was the last",
			r.Number, r.Task.ID, r.Number-1)
	}
	r.Base = state.Artifact{Digest: before.Digest, Size: before.Size}
	r.Sampled, r.OpenedAtMs, r.DeadlineMs = before.NextParticipants, before.CommittedAtMs, before.NextDeadlineMs
	return nil
}

// State is where the round stands.
func (r *Round) State() machine.State {
	switch {
	case r.Record != nil:
		return machine.Committed
	case r.Proposal != nil:
		return machine.Proposed
	default:
		return machine.Open
	}
}

// Fire asks the tables whether the event may happen to the task and to the round now.
func (r *Round) Fire(event machine.Event, facts machine.RoundFacts) error {
	if err := r.Task.Fire(event, machine.TaskFacts{}); err != nil {
		return err
	}
	thing := fmt.Sprintf("round %d of task %s", r.Number, r.Task.ID)
	_, err := machine.Round.Fire(thing, r.State(), event, facts)
	return err
}

// Staying are the sampled that have not left the task since. It reads every one's leave key by name:
// a leaving in the same block thus conflicts with what is decided from this.
func (r *Round) Staying(stub shim.ChaincodeStubInterface) ([]string, error) {
	staying := make([]string, 0, len(r.Sampled))
	for _, name := range r.Sampled {
		left, err := state.Exists(stub, state.LeaveKey(r.Task.ID, name))
		if err != nil {
			return nil, err
		}
		if !left {
			staying = append(staying, name)
		}
	}
	return staying, nil
}

// Leader leads the round while those are staying, "" if nobody is.
func (r *Round) Leader(staying []string) string {
	return election.Leader(r.Task.Start.Standings, staying, r.Base.Digest)
}

// Updates reads the updates of the sampled, in the order of their names; those without are missing.
func (r *Round) Updates(stub shim.ChaincodeStubInterface) (updates []state.Update, missing []string, err error) {
	updates, missing = []state.Update{}, []string{}
	for _, name := range r.Sampled {
		update, err := state.Get(stub, state.UpdateKey(r.Task.ID, r.Number, name))
		if err != nil {
			return nil, nil, err
		}
		if update == nil {
			missing = append(missing, name)
			continue
		}
		updates = append(updates, *update)
	}
	return updates, missing, nil
}

// Without returns the names that are not among the others, never nil.
func Without(names, others []string) []string {
	rest := []string{}
	for _, name := range names {
		if !slices.Contains(others, name) {
			rest = append(rest, name)
		}
	}
	return rest
}
