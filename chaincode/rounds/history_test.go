package rounds_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

var coded = regexp.MustCompile(
	`^(INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|BUDGET_EXCEEDED|ILLEGAL_TRANSITION|PRECONDITION_FAILED): .`)

// Whatever anyone calls, in whatever order and with whatever others in the same block, and whoever lies
// or stays away: every refusal has a code, every key keeps its one writer (the ledger of the tests sees
// to that), every record keeps its promises, and no task is stuck.
func TestRandomHistories(t *testing.T) {
	rounds, ended := 0, map[any]int{}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			for range 250 {
				h.step()
			}
			rounds += h.check()
			h.checkMoney()
			h.forsake()
			h.check()
			h.checkMoney()
			ended[h.ending()]++
		})
	}
	for _, end := range []string{"FINISHED", "too-few-updates", "too-few-accepted", "committee-exhausted", "committee-split"} {
		if ended[end] == 0 {
			t.Errorf("no history ends as %s: %v", end, ended)
		}
	}
	if rounds < 15 {
		t.Errorf("these histories show little: %d rounds", rounds)
	}
}

type history struct {
	*ledgertest.Consortium
	t      *testing.T
	random *rand.Rand
	block  []*ledgertest.Endorsement
	liars  map[string]bool // they say what nobody else does
	lazy   map[string]bool // they do little
	pause  int             // seconds, at most
	away   []string        // they do nothing
	barren bool            // no update is good enough
	seen   map[string]record
}

const granted = 2_000_000

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		Consortium: ledgertest.NewConsortium(t, 4+int(seed%3)), t: t, random: rand.New(rand.NewPCG(seed, seed)),
		liars: map[string]bool{}, lazy: map[string]bool{}, pause: 5, barren: seed%8 == 7, seen: map[string]record{},
	}
	h.Register("factory09", "Factory1MSP") // a second one of an organisation
	rare := 5                              // one in so many lies
	switch seed % 8 {
	case 3:
		rare = 2
	case 5:
		h.pause = 120
		h.away = h.Names()[1:]
	}
	for _, name := range h.Names() {
		h.liars[name] = h.random.IntN(rare) == 0
		h.lazy[name] = h.random.IntN(8) == 0
	}
	definition := ledgertest.Definition(2, len(h.Providers))
	definition["privacy"] = ledgertest.Privacy(3_000_000)
	definition["governance"].(record)["committee"] = 1 + h.random.IntN(5)
	definition["training"].(record)["rounds"] = 1 + h.random.IntN(3)
	h.Publish(id, definition)
	h.JoinWith(id, granting(), h.Names()...)
	if seed%5 > 0 { // most histories begin with a task that runs
		h.Submit(h.Requester, "Tasks:Start", id, asJSON(h.Names()))
	}
	return h
}

func granting() record {
	terms := ledgertest.JoinTerms()
	terms["privacy_budget"] = ledgertest.Privacy(granted)
	return terms
}

// step makes one call, and now and then cuts a block of those made since the last.
func (h *history) step() {
	h.Wait(time.Duration(h.random.IntN(h.pause)) * time.Second)
	who := h.someone()
	call := h.anything(who)
	if h.random.IntN(8) > 0 && (!h.lazy[who] || h.random.IntN(4) == 0) {
		call = h.owed(who)
	}
	endorsement := h.Try(call)
	if endorsement.Message != "" {
		if !coded.MatchString(endorsement.Message) {
			h.t.Fatalf("%s: %s", call.Function, endorsement.Message)
		}
		return
	}
	if h.block = append(h.block, endorsement); h.random.IntN(2) == 0 {
		h.cut()
	}
}

// cut commits what was endorsed since the last block; what conflicts is lost.
func (h *history) cut() {
	for _, endorsement := range h.block {
		h.Commit(endorsement)
	}
	h.block, h.seen = nil, map[string]record{}
}

// see is what a query answers; it is asked once a block.
func (h *history) see(function string, args ...string) record {
	key := fmt.Sprint(function, args)
	if h.seen[key] == nil {
		h.seen[key] = h.Query(h.Requester, function, args...)
	}
	return h.seen[key]
}

// open is the round that is open, or was the last.
func (h *history) open() record { return h.see("Rounds:Get", id, strconv.Itoa(h.round())) }

// someone is most often one that the round waits for.
func (h *history) someone() string {
	if h.state() == "RUNNING" && h.random.IntN(3) > 0 {
		list := "committee"
		if h.open()["state"] == "OPEN" {
			list = "missing"
		}
		if names := ledgertest.Strings(h.open()[list]); len(names) > 0 {
			return names[h.random.IntN(len(names))]
		}
	}
	return append(h.Names(), "buyer", "archive")[h.random.IntN(len(h.Providers)+2)]
}

// anything is a call that nobody needs just now.
func (h *history) anything(who string) ledgertest.Call {
	round := strconv.Itoa(max(1, h.round()+h.random.IntN(3)-1))
	term := strconv.Itoa(1 + h.random.IntN(3))
	other := h.Names()[h.random.IntN(len(h.Providers))]
	functions := [][]string{
		{"Tasks:Get", id},
		{"Rounds:Get", id, round},
		{"Committee:Get", id, round},
		{"Participants:Get", other},
		{"Rounds:Close", id, round},
		{"Rounds:Extend", id, round},
		{"Rounds:Halt", id},
		{"Rounds:Finalize", id},
		{"Committee:Replace", id, round, term},
		{"Committee:Report", id, round, term, other, "I do not like it"},
		{"Committee:Count", id, "Factory1MSP"},
		{"Rounds:Commit", id, round, ledgertest.Digest("x")},
		{"Committee:SealScores", id, round, "9", ledgertest.Digest("x")},
		{"Tasks:Start", id, asJSON(h.Names())},
		{"Tasks:Join", id, asJSON(granting())},
	}
	if h.random.IntN(8) == 0 {
		functions = [][]string{{"Tasks:Leave", id, "enough"}, {"Participants:Deactivate"}}
	}
	chosen := functions[h.random.IntN(len(functions))]
	return ledgertest.Call{Who: h.Identity(who), Function: chosen[0], Args: chosen[1:]}
}

func (h *history) round() int {
	return int(h.see("Tasks:Get", id)["round"].(int64))
}

func (h *history) state() any { return h.see("Tasks:Get", id)["state"] }

// ending is the state, or the reason to halt.
func (h *history) ending() any {
	for _, name := range []string{"too-few-updates", "too-few-accepted", "committee-exhausted", "committee-split"} {
		if reason := h.see("Tasks:Get", id)["reason"].(string); len(reason) > len(name) && reason[:len(name)] == name {
			return name
		}
	}
	return h.state()
}

// forsake leaves the task to time and its archive: it ends, whatever has happened, and nobody else acts.
func (h *history) forsake() {
	h.cut()
	for moves := 0; h.state() == "RUNNING"; moves++ {
		if moves > 40 {
			h.t.Fatal("the task goes round in circles")
		}
		h.Wait(time.Hour)
		h.moveOn()
	}
}

// moveOn makes one of the calls that somebody can always make after enough time.
func (h *history) moveOn() {
	h.t.Helper()
	var refusals []string
	for _, call := range h.moves("archive") {
		endorsement := h.Try(call)
		if endorsement.Message == "" && len(endorsement.Writes) > 0 {
			h.block = append(h.block, endorsement)
			h.cut()
			return
		}
		refusals = append(refusals, call.Function+": "+endorsement.Message)
	}
	h.t.Fatalf("the task is stuck: %q", refusals)
}

// moves are those calls, in the order in which a node would try them.
func (h *history) moves(who string) []ledgertest.Call {
	round := strconv.Itoa(h.round())
	call := func(function string, args ...string) ledgertest.Call {
		return ledgertest.Call{Who: h.Identity(who), Function: function, Args: append([]string{id}, args...)}
	}
	calls := []ledgertest.Call{call("Rounds:Finalize"), call("Rounds:Close", round), call("Rounds:Extend", round)}
	if term, _ := h.open()["term"].(record); term != nil {
		if proposal, _ := term["proposal"].(record); proposal != nil {
			calls = append(calls, call("Rounds:Commit", round, proposal["digest"].(string)))
		}
		calls = append(calls, call("Committee:Replace", round, fmt.Sprint(term["term"])))
	}
	return append(calls, call("Rounds:Halt"))
}
