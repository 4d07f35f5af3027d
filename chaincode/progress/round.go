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

// Round is what the task's start or the record before it made of it. Unopened says why it is not
// open: "" where it is, or was.
type Round struct {
	Task       *Task
	Number     int
	Unopened   string
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

// LoadRound reads a round, open or not.
func LoadRound(stub shim.ChaincodeStubInterface, task *Task, number int) (*Round, error) {
	round := &Round{Task: task, Number: number}
	if err := round.loadOpening(stub); err != nil || round.Unopened != "" {
		return round, err
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

func (r *Round) loadOpening(stub shim.ChaincodeStubInterface) error {
	start := r.Task.Start
	if start == nil {
		r.Unopened = "not open: the task has not started"
		return nil
	}
	if r.Number == 1 {
		r.Base, r.Sampled = start.Base, start.Participants
		r.OpenedAtMs, r.DeadlineMs = start.StartedAtMs, start.DeadlineMs
		return nil
	}
	before, err := state.Get(stub, state.RoundKey(r.Task.ID, r.Number-1))
	switch {
	case err != nil:
		return err
	case before == nil:
		r.Unopened = fmt.Sprintf("not open: round %d is not committed", r.Number-1)
		return nil
	case before.Outcome == state.Finished:
		r.Unopened = fmt.Sprintf("never to open: round %d was the last", r.Number-1)
		return nil
	}
	r.Base = state.Artifact{Digest: before.Digest, Size: before.Size}
	r.Sampled, r.OpenedAtMs, r.DeadlineMs = before.NextParticipants, before.CommittedAtMs, before.NextDeadlineMs
	return nil
}

// State is where the round stands.
func (r *Round) State() machine.State {
	switch {
	case r.Unopened != "":
		return machine.None
	case r.Record != nil:
		return machine.Committed
	case r.Proposal != nil:
		return machine.Proposed
	default:
		return machine.Open
	}
}

// Open asks the table whether the round may open now.
func (r *Round) Open() error { return r.fire(machine.OpenRound, machine.RoundFacts{}) }

// Require refuses an event for which the task is in no state, or the round not open yet.
func (r *Round) Require(event machine.Event) error {
	if r.State() == machine.None {
		return r.Fire(event, machine.RoundFacts{})
	}
	return r.Task.Fire(event, machine.TaskFacts{})
}

// Fire asks the tables whether the event may happen to the task and to the round now.
func (r *Round) Fire(event machine.Event, facts machine.RoundFacts) error {
	if err := r.Task.Fire(event, machine.TaskFacts{}); err != nil {
		return err
	}
	return r.fire(event, facts)
}

// Standing says where the round is and what is allowed there, in it and to its task.
func (r *Round) Standing() string {
	return machine.Round.Standing(r.words(), r.State()) + "; " + r.Task.Standing()
}

func (r *Round) fire(event machine.Event, facts machine.RoundFacts) error {
	_, err := machine.Round.Fire(r.words(), r.State(), event, facts)
	return err
}

func (r *Round) words() string {
	words := fmt.Sprintf("round %d of task %s", r.Number, r.Task.ID)
	if r.Unopened != "" {
		words += " (" + r.Unopened + ")"
	}
	return words
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
