package progress

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Round is what the task's start or the record before it made of it. Unopened says why it is not
// open: "" where it is, or was. What it has not reached is nil.
type Round struct {
	Task       *Task
	Number     int
	Unopened   string
	Opening    Opening
	Base       state.Artifact
	OpenedAtMs int64
	DeadlineMs int64
	Extension  *state.Extension
	Closing    *state.Closing
	Term       *Term
	Record     *state.Round
}

// Opening is what the elections of a round go by.
type Opening struct {
	Sampled    []string
	Ranking    []string
	Standings  []state.Standing
	Seats      state.Seats
	LastLeader string
}

// ParseRound reads the number of a round from an argument.
func ParseRound(text string) (int, error) { return parseNumber("round", text) }

// ParseTerm reads the number of a term from an argument.
func ParseTerm(text string) (int, error) { return parseNumber("term", text) }

func parseNumber(what, text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > state.MaxRounds || strconv.Itoa(number) != text {
		return 0, fault.InvalidArgument.Errorf("%s: %.20q is not in 1..%d", what, text, state.MaxRounds)
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
	if round.Closing, err = state.Get(stub, state.ClosingKey(task.ID, number)); err != nil || round.Closing == nil {
		return round, err
	}
	if round.Term, err = loadTerm(stub, round); err != nil || round.Term.Proposal == nil {
		return round, err
	}
	round.Record, err = state.Get(stub, state.RoundKey(task.ID, number))
	return round, err
}

func (r *Round) loadOpening(stub shim.ChaincodeStubInterface) error {
	start := r.Task.Start
	if start == nil {
		r.Unopened = "not open: the task has not started"
		return nil
	}
	if r.Number == 1 {
		r.Base, r.OpenedAtMs, r.DeadlineMs = start.Base, start.StartedAtMs, start.DeadlineMs
		r.Opening = Opening{Sampled: start.Participants, Ranking: start.Ranking, Standings: start.Standings, Seats: start.Seats}
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
	r.OpenedAtMs, r.DeadlineMs = before.CommittedAtMs, before.NextDeadlineMs
	r.Opening = Opening{
		Sampled: before.NextParticipants, Ranking: before.NextRanking, Standings: before.Standings,
		Seats:      state.Seats{Committee: before.NextCommittee, Leader: before.NextLeader},
		LastLeader: before.Leader,
	}
	return nil
}

// LoadDeadline reads whether the round was extended. Only what depends on its deadline needs it.
func (r *Round) LoadDeadline(stub shim.ChaincodeStubInterface) error {
	var err error
	r.Extension, err = state.Get(stub, state.ExtensionKey(r.Task.ID, r.Number))
	if r.Extension != nil {
		r.DeadlineMs = r.Extension.DeadlineMs
	}
	return err
}

// State is where the round stands.
func (r *Round) State() machine.State {
	switch {
	case r.Unopened != "":
		return machine.None
	case r.Record != nil:
		return machine.Committed
	case r.Closing == nil:
		return machine.Open
	case r.Term.Proposal != nil:
		return machine.Proposed
	default:
		return machine.Evaluating
	}
}

// Quorum is how many of the round's committee decide: more than half of those that were elected.
func (r *Round) Quorum() int { return state.Quorum(len(r.Opening.Seats.Committee)) }

// Open asks the table whether the round may open now.
func (r *Round) Open() error { return r.fire(machine.OpenRound, machine.RoundFacts{}) }

// Require refuses an event for which the task or the round is in no state, before its facts are read.
func (r *Round) Require(event machine.Event) error {
	if !machine.Round.Knows(r.State(), event) {
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
	left, err := r.Task.left(stub, r.Opening.Sampled)
	return Without(r.Opening.Sampled, left), err
}

// left are those of the names that have left the task.
func (t *Task) left(stub shim.ChaincodeStubInterface, names []string) ([]string, error) {
	var left []string
	for _, name := range names {
		gone, err := state.Exists(stub, state.LeaveKey(t.ID, name))
		if err != nil {
			return nil, err
		}
		if gone {
			left = append(left, name)
		}
	}
	return left, nil
}

// Updates reads the updates of the sampled, in the order of their names; those without are missing.
func (r *Round) Updates(stub shim.ChaincodeStubInterface) (updates []state.Update, missing []string, err error) {
	return collect(stub, r.Opening.Sampled, func(name string) state.Key[state.Update] {
		return state.UpdateKey(r.Task.ID, r.Number, name)
	})
}

// collect reads a record of each name; those without are missing. Neither list is nil.
func collect[T any](stub shim.ChaincodeStubInterface, names []string, key func(string) state.Key[T]) ([]T, []string, error) {
	found, missing := []T{}, []string{}
	for _, name := range names {
		record, err := state.Get(stub, key(name))
		if err != nil {
			return nil, nil, err
		}
		if record == nil {
			missing = append(missing, name)
			continue
		}
		found = append(found, *record)
	}
	return found, missing, nil
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
