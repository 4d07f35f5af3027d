package rounds_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

var coded = regexp.MustCompile(
	`^(INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|BUDGET_EXCEEDED|ILLEGAL_TRANSITION|PRECONDITION_FAILED): .`)

// Whatever anyone calls, in whatever order and with whatever others in the same block: every refusal
// has a code, every key keeps its one writer (the ledger of the tests sees to that), and every record
// of a round keeps its promises.
func TestRandomHistories(t *testing.T) {
	rounds, ended := 0, map[any]int{}
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			for range 250 {
				h.step()
			}
			rounds += h.check()
			ended[h.Query(h.Requester, "Tasks:Get", id)["state"]]++
		})
	}
	if rounds < 10 || ended["FINISHED"] == 0 || ended["RUNNING"] == 0 {
		t.Errorf("these histories show little: %d rounds, %v", rounds, ended)
	}
}

type history struct {
	*ledgertest.Consortium
	t      *testing.T
	random *rand.Rand
	block  []*ledgertest.Endorsement
	spent  map[string]int64 // by the name of a participant, in the rounds that check has come by
}

const granted = 2_000_000

func granting() record {
	terms := ledgertest.JoinTerms()
	terms["privacy_budget"] = ledgertest.Privacy(granted)
	return terms
}

func newHistory(t *testing.T, seed uint64) *history {
	c := ledgertest.NewConsortium(t, 4)
	definition := ledgertest.Definition(2, 4)
	definition["privacy"] = ledgertest.Privacy(3_000_000)
	c.Publish(id, definition)
	if seed%2 == 0 { // half of the histories begin with a task that runs
		c.JoinWith(id, granting(), c.Names()...)
		c.Submit(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	}
	return &history{Consortium: c, t: t, spent: map[string]int64{}, random: rand.New(rand.NewPCG(seed, seed))}
}

// step makes one call, and now and then cuts a block of those made since the last.
func (h *history) step() {
	who, function, args := h.call(h.round())
	endorsement := h.Endorse(h.identity(who), function, args...)
	if endorsement.Message != "" {
		if !coded.MatchString(endorsement.Message) {
			h.t.Fatalf("%s: %s", function, endorsement.Message)
		}
		return
	}
	h.block = append(h.block, endorsement)
	if h.random.IntN(3) == 0 {
		for _, e := range h.block {
			h.Commit(e) // or a conflict
		}
		h.block = nil
		h.Wait(time.Duration(h.random.IntN(40)) * time.Second)
	}
}

func (h *history) someone() string {
	return append(h.Names(), "buyer", "archive")[h.random.IntN(len(h.Providers)+2)]
}

func (h *history) identity(name string) *ledgertest.Identity {
	switch name {
	case "buyer":
		return h.Requester
	case "archive":
		return h.Archive
	default:
		return h.Providers[name]
	}
}

// call chooses who calls what; what a task's life consists of comes more often than its ends.
func (h *history) call(round int) (who, function string, args []string) {
	who = h.someone()
	number, leader := strconv.Itoa(round), h.leader(round, who)
	switch n := h.random.IntN(100); {
	case n < 10:
		return who, "Tasks:Join", []string{id, h.Accepting(h.identity(who), id, granting())}
	case n < 20:
		return who, "Tasks:Start", []string{id, asJSON(h.some())}
	case n < 50 && h.Providers[who] != nil:
		return who, "Rounds:SubmitUpdate", []string{id, number, asJSON(h.update(round, who))}
	case n < 70:
		return leader, "Rounds:ProposeAggregate", []string{id, number, asJSON(h.proposal(round))}
	case n < 85:
		return leader, "Rounds:Commit", []string{id, number, ledgertest.Proposal(id, round)["digest"].(string)}
	case n < 96:
		return leader, "Rounds:Finalize", []string{id}
	case n < 97:
		return who, "Tasks:Leave", []string{id, "enough"}
	case n < 98:
		return who, "Participants:Deactivate", nil
	case n < 99:
		return who, "Participants:Register", []string{who, "localhost:9"}
	default:
		return who, "Tasks:Get", []string{id}
	}
}

// leader is most often the round's leader, else the other.
func (h *history) leader(round int, other string) string {
	view := h.Endorse(h.Requester, "Rounds:Get", id, strconv.Itoa(round))
	if view.Message != "" || h.random.IntN(6) == 0 {
		return other
	}
	leader := ledgertest.Decode(h.t, view.Payload)["leader"].(string)
	return cmp.Or(leader, other)
}

// round is most often the one that is open.
func (h *history) round() int {
	open := h.Query(h.Requester, "Tasks:Get", id)["round"].(int64)
	return max(1, int(open)+h.random.IntN(12)/11-h.random.IntN(12)/11)
}

func (h *history) some() []string {
	names := h.Names()
	h.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:1+h.random.IntN(len(names))]
}

func (h *history) update(round int, who string) record {
	if h.Endorse(h.Requester, "Rounds:Get", id, strconv.Itoa(round)).Message != "" {
		return record{}
	}
	update := h.Update(id, round, who)
	// Now and then it shrinks in the second round, and is past the budget in the third.
	update["privacy"] = ledgertest.Privacy(500_000*int64(round) + h.random.Int64N(600_000))
	return update
}

// proposal judges those who submitted, most often rightly.
func (h *history) proposal(round int) record {
	view := h.Endorse(h.Requester, "Rounds:Get", id, strconv.Itoa(round))
	if view.Message != "" || h.random.IntN(8) == 0 {
		return ledgertest.Proposal(id, round, h.some()...)
	}
	var accepted []string
	rejected := []record{}
	for _, update := range ledgertest.Decode(h.t, view.Payload)["updates"].([]any) {
		name := update.(record)["participant"].(string)
		if h.random.IntN(6) == 0 {
			rejected = append(rejected, record{"participant": name, "reason": "chance"})
			continue
		}
		accepted = append(accepted, name)
	}
	proposal := ledgertest.Proposal(id, round, accepted...)
	proposal["rejected"] = rejected
	return proposal
}

// check holds every record against what the documentation promises, and counts them.
func (h *history) check() int {
	base := ledgertest.Digest("initial")
	items := h.Query(h.Requester, "Rounds:List", id, "", "")["items"].([]any)
	for i, item := range items {
		got := item.(record)
		if got["round"] != int64(i+1) || got["base_digest"] != base {
			h.t.Errorf("record %d is of round %v, on %v", i+1, got["round"], got["base_digest"])
		}
		judged := names(got["accepted"])
		for _, rejection := range got["rejected"].([]any) {
			judged = append(judged, rejection.(record)["participant"].(string))
		}
		var submitted []string
		for _, update := range got["submitted"].([]any) {
			submitted = append(submitted, update.(record)["participant"].(string))
			h.checkSpend(i+1, update.(record))
		}
		same(h.t, "judged and submitted", judged, submitted)
		same(h.t, "shares and sampled", slices.Concat(judged, names(got["missing"]), names(got["left"])), names(got["sampled"]))
		if len(submitted) < 2 || len(names(got["accepted"])) == 0 {
			h.t.Errorf("round %d stands on %v", i+1, submitted)
		}
		if len(names(got["missing"])) > 0 && got["proposed_at_ms"].(int64) < got["deadline_ms"].(int64) {
			h.t.Errorf("round %d passed %v over before its deadline", i+1, got["missing"])
		}
		base = got["digest"].(string)
	}
	return len(items)
}

// checkSpend: what a participant has spent only grows, and stays within what it granted.
func (h *history) checkSpend(round int, update record) {
	name, spend := update["participant"].(string), update["privacy"].(record)["epsilon_micro"].(int64)
	if spend < h.spent[name] || spend > granted {
		h.t.Errorf("round %d: %s has spent %d, before %d, of %d", round, name, spend, h.spent[name], granted)
	}
	h.spent[name] = spend
}

func names(list any) []string {
	var names []string
	for _, name := range list.([]any) {
		names = append(names, name.(string))
	}
	return names
}

func same(t *testing.T, what string, a, b []string) {
	t.Helper()
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		t.Errorf("%s differ: %v, %v", what, a, b)
	}
}
