package rounds_test

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// owed is what the participant's role owes next; where it owes nothing, or nothing that can be done
// now, it moves the task on.
func (h *history) owed(who string) ledgertest.Call {
	if h.state() == "PUBLISHED" {
		return ledgertest.Call{Who: h.Requester, Function: "Tasks:Start", Args: []string{id, asJSON(h.Names())}}
	}
	calls := h.duties(who, h.open())
	if h.state() != "RUNNING" || len(calls) == 0 || h.random.IntN(5) == 0 {
		calls = h.moves(who)
		return calls[h.random.IntN(len(calls))]
	}
	return calls[0]
}

// duties are what the participant has not done yet, in order.
func (h *history) duties(who string, round record) []ledgertest.Call {
	number := int(round["round"].(int64))
	switch {
	case h.Providers[who] == nil, slices.Contains(h.away, who):
		return nil
	case round["state"] == "OPEN" && slices.Contains(ledgertest.Strings(round["missing"]), who):
		update := h.Update(id, number, who)
		update["privacy"] = ledgertest.Privacy(500_000*int64(number) + h.random.Int64N(600_000))
		return []ledgertest.Call{{Who: h.Providers[who], Function: "Rounds:SubmitUpdate", Args: []string{id, strconv.Itoa(number), asJSON(update)}}}
	case round["state"] == "EVALUATING" || round["state"] == "PROPOSED":
		return h.service(who, round)
	default:
		return nil
	}
}

// service is what a member of the committee has not done yet.
func (h *history) service(who string, round record) []ledgertest.Call {
	term, calls := round["term"].(record), []ledgertest.Call{}
	at := h.Term(id, int(round["round"].(int64)), int(term["term"].(int64)))
	owes := func(list string, call ledgertest.Call) {
		if !slices.Contains(participants(term[list]), who) {
			calls = append(calls, call)
		}
	}
	if term["evaluation"] == term["term"] && slices.Contains(ledgertest.Strings(term["scorers"]), who) && round["state"] == "EVALUATING" {
		owes("scores_sealed", at.SealScores(who, h.opinion(who, round)))
		owes("evaluations", at.Reveal(who, h.opinion(who, round)))
	}
	digest := h.computed(who, round)
	switch {
	case !slices.Contains(ledgertest.Strings(term["committee"]), who):
	case term["leader"] == who && round["state"] == "EVALUATING":
		calls = append(calls, at.Propose(who, digest))
	case term["leader"] != who && round["state"] == "EVALUATING":
		owes("sealed", at.Seal(who, digest))
	case term["leader"] != who:
		owes("attestations", at.Attest(who, digest))
	}
	return calls
}

// opinion is what the participant thinks of the others' updates: liars of the same round agree in nothing,
// and the honest in what they reject.
func (h *history) opinion(who string, round record) []record {
	scores := []record{}
	for _, name := range ledgertest.Strings(round["closing"].(record)["submitted"]) {
		dice := ledgertest.Digest(fmt.Sprint(who, name, round["round"]))[0]
		bad := ledgertest.Digest(fmt.Sprint(name, round["round"]))[0] < '4'
		switch {
		case name == who:
		case h.barren, h.liars[who] && dice < '8', !h.liars[who] && h.liars[name] && bad:
			scores = append(scores, ledgertest.Rejected(name, "harmful"))
		default:
			score := ledgertest.Accepted(name)
			score["score_micro"] = int(dice) - 'a'
			scores = append(scores, score)
		}
	}
	return scores
}

// computed is the digest that the participant finds: of the base and of what is accepted, or its own lie.
func (h *history) computed(who string, round record) string {
	if h.liars[who] {
		return ledgertest.Digest("lie of " + who)
	}
	return aggregateOf(round["base"].(record)["digest"], round["accepted"])
}

func aggregateOf(base, accepted any) string { return ledgertest.Digest(asJSON([]any{base, accepted})) }
