package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// satisfied are facts under which every guard holds.
var (
	taskSatisfied = TaskFacts{
		Chosen: 2, Min: 1, Max: 2, OwnJoin: true, Final: true, HasStarted: true, Hopeless: "committee-split",
	}
	roundSatisfied = RoundFacts{
		DeadlineMs: 1, Min: 1, Submitted: 1, Term: 1, GivenTerm: 1, Done: 2, Quorum: 2, Hash: "x", GivenHash: "x",
		Accepted: 1, Fallen: []string{"x"}, Left: 2,
	}
	extendable  = RoundFacts{Min: 1}          // Extend's guards hold just where Close's do not
	cancellable = TaskFacts{HasStarted: true} // Cancel's just where Finalize's do not
)

func TestEveryPairOfStateAndEvent(t *testing.T) {
	t.Run("participant", func(t *testing.T) { everyPair(t, Participant, ParticipantFacts{}) })
	t.Run("task", func(t *testing.T) { everyPair(t, without(Task, Cancel), taskSatisfied) })
	t.Run("cancellation", func(t *testing.T) { everyPair(t, only(Task, Cancel), cancellable) })
	t.Run("round", func(t *testing.T) { everyPair(t, without(Round, Extend), roundSatisfied) })
	t.Run("extension", func(t *testing.T) { everyPair(t, only(Round, Extend), extendable) })
}

func without[F any](machine Machine[F], event Event) Machine[F] {
	machine.Transitions = slices.DeleteFunc(slices.Clone(machine.Transitions), func(row Transition[F]) bool {
		return row.Event == event
	})
	return machine
}

func only[F any](machine Machine[F], event Event) Machine[F] {
	machine.Transitions = slices.DeleteFunc(slices.Clone(machine.Transitions), func(row Transition[F]) bool {
		return row.Event != event
	})
	return machine
}

// everyPair fires each event in each state: the table's lead on, all others are refused by name.
func everyPair[F any](t *testing.T, m Machine[F], facts F) {
	states := []State{None}
	for _, known := range m.States {
		states = append(states, known.State)
	}
	for _, from := range states {
		for _, row := range m.Transitions {
			to, err := m.Fire("thing x", from, row.Event, facts)
			if i := slices.IndexFunc(m.Transitions, func(r Transition[F]) bool { return r.From == from && r.Event == row.Event }); i >= 0 {
				if err != nil || to != m.Transitions[i].To {
					t.Errorf("%s in %s leads to %s (%v)", row.Event, from, to, err)
				}
				continue
			}
			if err == nil || to != from {
				t.Fatalf("%s in %s leads to %s", row.Event, from, to)
			}
			for _, part := range []string{string(fault.IllegalTransition), "thing x", string(from), string(row.Event), "allowed: "} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in %q", part, err)
				}
			}
		}
	}
}

func TestTheTableIsWhole(t *testing.T) {
	t.Run("participant", func(t *testing.T) { whole(t, Participant) })
	t.Run("task", func(t *testing.T) { whole(t, Task) })
	t.Run("round", func(t *testing.T) { whole(t, Round) })
}

// whole: each state is explained and reached, no row stands twice, each row says whose event it is.
func whole[F any](t *testing.T, m Machine[F]) {
	rows, reached := map[string]bool{}, map[State]bool{}
	for _, row := range m.Transitions {
		key := fmt.Sprint(row.From, " ", row.Event)
		if rows[key] {
			t.Errorf("two rows for %s", key)
		}
		if !m.Has(row.To) || (row.From != None && !m.Has(row.From)) || row.By == "" {
			t.Errorf("row %s is not complete", key)
		}
		rows[key], reached[row.To] = true, true
	}
	for _, known := range m.States {
		if !reached[known.State] || known.Says == "" {
			t.Errorf("state %s is not reached, or not explained", known.State)
		}
	}
}

func TestEachTaskGuardCanBeMissed(t *testing.T) {
	for guard, spoil := range map[string]func(*TaskFacts){
		"same-schema":   func(f *TaskFacts) { f.GivenSchema = "x" },
		"not-left":      func(f *TaskFacts) { f.OwnLeave = true },
		"joined":        func(f *TaskFacts) { f.OwnJoin = false },
		"all-joined":    func(f *TaskFacts) { f.NotJoined = []string{"x"} },
		"none-left":     func(f *TaskFacts) { f.HasLeft = []string{"x"} },
		"all-active":    func(f *TaskFacts) { f.Retired = []string{"x"} },
		"within-limits": func(f *TaskFacts) { f.Chosen = 3 },
		"full-or-due":   func(f *TaskFacts) { f.Chosen, f.JoinDeadlineMs = 1, 1 },
		"last-is-final": func(f *TaskFacts) { f.Final = false },
		"started":       func(f *TaskFacts) { f.HasStarted = false },
		"hopeless":      func(f *TaskFacts) { f.Hopeless = "" },
	} {
		facts := taskSatisfied
		spoil(&facts)
		missedOnly(t, without(Task, Cancel), guard, facts)
	}
	final := cancellable
	final.Final = true
	missedOnly(t, only(Task, Cancel), "last-is-not-final", final)
}

func TestEachRoundGuardCanBeMissed(t *testing.T) {
	for guard, spoil := range map[string]func(*RoundFacts){
		"staying":          func(f *RoundFacts) { f.OwnLeave = true },
		"same-base":        func(f *RoundFacts) { f.GivenBase = "x" },
		"same-privacy":     func(f *RoundFacts) { f.GivenPrivacy = "x" },
		"within-budget":    func(f *RoundFacts) { f.Spend = 1 },
		"spend-kept":       func(f *RoundFacts) { f.SpentBefore = 1 },
		"enough-accepted":  func(f *RoundFacts) { f.Accepted, f.Least = 2, 3 },
		"enough-submitted": func(f *RoundFacts) { f.Submitted = 0 },
		"complete-or-due":  func(f *RoundFacts) { f.Missing = []string{"x"} },
		"as-proposed":      func(f *RoundFacts) { f.GivenDigest = "x" },
		"same-term":        func(f *RoundFacts) { f.GivenTerm = 2 },
		"in-time":          func(f *RoundFacts) { f.NowMs = 1 },
		"none-revealed":    func(f *RoundFacts) { f.Revealed = true },
		"none-bound":       func(f *RoundFacts) { f.Bound = true },
		"waits-for-none":   func(f *RoundFacts) { f.Waits = []string{"x"} },
		"quorum":           func(f *RoundFacts) { f.Done = 1 },
		"as-sealed":        func(f *RoundFacts) { f.GivenHash = "y" },
		"some-fallen":      func(f *RoundFacts) { f.Fallen = nil },
		"enough-left":      func(f *RoundFacts) { f.Left = 1 },
	} {
		facts := roundSatisfied
		spoil(&facts)
		missedOnly(t, without(Round, Extend), guard, facts)
	}
	for guard, spoil := range map[string]func(*RoundFacts){
		"due":       func(f *RoundFacts) { f.DeadlineMs = 1 },
		"too-few":   func(f *RoundFacts) { f.Submitted = 1 },
		"only-once": func(f *RoundFacts) { f.Extended = true },
	} {
		facts := extendable
		spoil(&facts)
		missedOnly(t, only(Round, Extend), guard, facts)
	}
}

// Whoever forgets to seal, and opens the nothing that it sealed, does not get through.
func TestNothingSealedIsNotOpened(t *testing.T) {
	facts := roundSatisfied
	facts.Hash, facts.GivenHash = "", ""
	missedOnly(t, without(Round, Extend), "as-sealed", facts)
}

// ownCode are the guards that are refused with another code than PRECONDITION_FAILED.
var ownCode = map[string]fault.Code{"within-budget": fault.BudgetExceeded}

// missedOnly fires every row: those with the guard fail by its name, the others go through.
func missedOnly[F any](t *testing.T, m Machine[F], guard string, facts F) {
	t.Helper()
	missed := 0
	for _, row := range m.Transitions {
		has := slices.ContainsFunc(row.Guards, func(g Guard[F]) bool { return g.Name == guard })
		_, err := m.Fire("thing x", row.From, row.Event, facts)
		if !has && err != nil {
			t.Errorf("%s: %s has no such guard, and fails: %v", guard, row.Event, err)
		}
		if !has {
			continue
		}
		missed++
		code := cmp.Or(ownCode[guard], fault.PreconditionFailed)
		want := fmt.Sprintf("%s: thing x: %s: guard %s: ", code, row.Event, guard)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) == len(want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if missed == 0 {
		t.Errorf("no row has the guard %s", guard)
	}
}
