// Package machine is the explicit table of states, events and guards. The contracts ask it before
// they record anything, and the documentation's diagrams are drawn from it (cmd/diagram).
package machine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// State of a thing; None before it exists.
type State string

// None is the state of what does not exist yet.
const None State = ""

// Event is a transaction, named as clients call it.
type Event string

// Guard is a condition on the facts F. Missed says by how much it is missed; "" is that it holds. Code
// is what it is then refused with: PRECONDITION_FAILED where none is given.
type Guard[F any] struct {
	Name   string
	Says   string
	Missed func(F) string
	Code   fault.Code
}

// Transition is a row of the table: in state From the event leads to state To, if every guard holds.
// By says whose event it is; the contracts check that against the certificate.
type Transition[F any] struct {
	From   State
	Event  Event
	To     State
	By     string
	Guards []Guard[F]
}

// Machine is the table of one kind of thing.
type Machine[F any] struct {
	Name        string
	States      []Meaning
	Transitions []Transition[F]
}

// Meaning is what a state means, for people.
type Meaning struct {
	State State
	Says  string
}

// Has says whether the machine knows the state.
func (m Machine[F]) Has(state State) bool {
	return slices.ContainsFunc(m.States, func(known Meaning) bool { return known.State == state })
}

// Knows says whether the state has the event.
func (m Machine[F]) Knows(from State, event Event) bool {
	return slices.ContainsFunc(m.Transitions, func(row Transition[F]) bool {
		return row.From == from && row.Event == event
	})
}

// Fire returns the state that the event leads to. thing names it in an error ("task digits-1a2b3c"):
// ILLEGAL_TRANSITION where the state has no such event; where a guard is missed PRECONDITION_FAILED,
// or the guard's own code.
func (m Machine[F]) Fire(thing string, from State, event Event, facts F) (State, error) {
	for _, transition := range m.Transitions {
		if transition.From == from && transition.Event == event {
			return transition.To, transition.check(thing, facts)
		}
	}
	return from, fault.IllegalTransition.Errorf(
		"%s %s: %s is not allowed there; allowed: %s", thing, is(from), event, m.allowed(from))
}

// Standing says where the thing is and what is allowed there.
func (m Machine[F]) Standing(thing string, at State) string {
	return thing + " " + is(at) + "; allowed: " + m.allowed(at)
}

func is(state State) string {
	if state == None {
		return "does not exist"
	}
	return "is " + string(state)
}

func (t Transition[F]) check(thing string, facts F) error {
	for _, guard := range t.Guards {
		if missed := guard.Missed(facts); missed != "" {
			code := cmp.Or(guard.Code, fault.PreconditionFailed)
			return code.Errorf("%s: %s: guard %s: %s", thing, t.Event, guard.Name, missed)
		}
	}
	return nil
}

func (m Machine[F]) allowed(from State) string {
	var events []string
	for _, transition := range m.Transitions {
		if transition.From == from && !slices.Contains(events, string(transition.Event)) {
			events = append(events, string(transition.Event))
		}
	}
	if len(events) == 0 {
		return "nothing"
	}
	return strings.Join(events, ", ")
}
