package rounds_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// check holds every record against what the documentation promises, and counts them.
func (h *history) check() int {
	items := h.Query(h.Requester, "Rounds:List", id, "", "")["items"].([]any)
	base, standings, spent := ledgertest.Digest("initial"), any(nil), map[string]int64{}
	for i, item := range items {
		got := item.(record)
		if got["round"] != int64(i+1) || got["base_digest"] != base {
			h.t.Errorf("record %d is of round %v, on %v", i+1, got["round"], got["base_digest"])
		}
		base = got["digest"].(string)
		h.checkShares(got)
		h.checkSpends(got, spent)
		h.checkAgreement(got)
		h.checkTerms(i + 1)
		h.checkStandings(got, standings)
		standings = got["standings"]
	}
	if view := h.Endorse(h.Requester, "Committee:Get", id, strconv.Itoa(len(items)+1)); view.Message == "" {
		h.checkTerms(len(items) + 1)
	}
	return len(items)
}

// checkShares: nobody is passed over, nor before the deadline, and nothing stands on too little.
func (h *history) checkShares(got record) {
	judged := append(participants(got["accepted"]), participants(got["rejected"])...)
	submitted := participants(got["submitted"])
	same(h.t, "judged and submitted", judged, submitted)
	same(h.t, "shares and sampled",
		slices.Concat(judged, ledgertest.Strings(got["missing"]), ledgertest.Strings(got["left"])), ledgertest.Strings(got["sampled"]))
	if len(submitted) < 2 || len(participants(got["accepted"])) == 0 {
		h.t.Errorf("round %v stands on %v", got["round"], submitted)
	}
	if len(ledgertest.Strings(got["missing"])) > 0 && got["closed_at_ms"].(int64) < got["deadline_ms"].(int64) {
		h.t.Errorf("round %v passed %v over before its deadline", got["round"], got["missing"])
	}
}

// checkSpends: what a participant has spent only grows, and stays within what it granted.
func (h *history) checkSpends(got record, spent map[string]int64) {
	for _, item := range got["submitted"].([]any) {
		update := item.(record)
		name, spend := update["participant"].(string), update["privacy"].(record)["epsilon_micro"].(int64)
		if spend < spent[name] || spend > granted {
			h.t.Errorf("round %v: %s has spent %d, before %d, of %d", got["round"], name, spend, spent[name], granted)
		}
		spent[name] = spend
	}
}

// checkAgreement: a quorum of those elected computed the digest, of just what the record accepts; who
// attested another is at fault.
func (h *history) checkAgreement(got record) {
	view := h.Query(h.Requester, "Committee:Get", id, fmt.Sprint(got["round"]))
	elected := len(view["elected"].(record)["committee"].([]any))
	agree := 1
	for _, item := range got["attestations"].([]any) {
		one := item.(record)
		if one["digest"] == got["digest"] {
			agree++
		} else if !hasFault(got, one["participant"], "wrong-attestation") {
			h.t.Errorf("round %v: nobody minds %v", got["round"], one)
		}
	}
	if agree < elected/2+1 || view["quorum"] != int64(elected/2+1) {
		h.t.Errorf("round %v: %d of %d agree", got["round"], agree, elected)
	}
	if elected > 1 && got["digest"] != aggregateOf(got["base_digest"], got["accepted"]) {
		h.t.Errorf("round %v is not the aggregate of what it accepts", got["round"])
	}
	for _, item := range got["faults"].([]any) {
		one := item.(record)
		if !h.liars[one["participant"].(string)] && one["fault"] != "unavailable" && elected > 1 {
			h.t.Errorf("round %v: an honest member is found to lie: %v", got["round"], one)
		}
		if one["term"].(int64) > got["term"].(int64) {
			h.t.Errorf("round %v: fault %v of a term to come", got["round"], one)
		}
	}
}

func hasFault(got record, participant, fault any) bool {
	return slices.ContainsFunc(got["faults"].([]any), func(item any) bool {
		one := item.(record)
		return one["participant"] == participant && one["fault"] == fault
	})
}

// checkTerms: each committee has a quorum of the first, one seat an organisation, none that fell before.
func (h *history) checkTerms(round int) {
	view := h.Query(h.Requester, "Committee:Get", id, strconv.Itoa(round))
	opened := int64(0)
	for i, item := range view["terms"].([]any) {
		term := item.(record)
		committee, organisations := ledgertest.Strings(term["committee"]), map[string]bool{}
		for _, name := range committee {
			organisations[h.Providers[name].MSPID] = true
			if slices.Contains(participants(term["replaced"]), name) {
				h.t.Errorf("round %d, term %d: %s is back", round, i+1, name)
			}
		}
		if term["term"] != int64(i+1) || len(organisations) != len(committee) ||
			len(committee) < int(view["quorum"].(int64)) || !slices.Contains(committee, term["leader"].(string)) {
			h.t.Errorf("round %d, term %d: %v of %v", round, i+1, committee, organisations)
		}
		if term["opened_at_ms"].(int64) < opened {
			h.t.Errorf("round %d, term %d opens before the one before", round, i+1)
		}
		opened = term["opened_at_ms"].(int64)
	}
}

// checkStandings: shares are of one pot, and are summed up; nobody rises who added nothing.
func (h *history) checkStandings(got record, before any) {
	total := int64(0)
	for i, item := range got["standings"].([]any) {
		one, reputation, points := item.(record), int64(500_000), int64(0)
		if before != nil {
			reputation = before.([]any)[i].(record)["reputation"].(int64)
			points = before.([]any)[i].(record)["points"].(int64)
		}
		total += one["share_ppm"].(int64)
		if one["points"] != points+one["share_ppm"].(int64) {
			h.t.Errorf("round %v: %v after %d points", got["round"], one, points)
		}
		if one["reputation"].(int64) > reputation && !hasAdded(got, one["participant"]) {
			h.t.Errorf("round %v: %v rises from %d", got["round"], one, reputation)
		}
	}
	if total > 1_000_000 {
		h.t.Errorf("round %v: shares add up to %d", got["round"], total)
	}
}

func hasAdded(got record, participant any) bool {
	return slices.ContainsFunc(got["accepted"].([]any), func(item any) bool {
		one := item.(record)
		return one["participant"] == participant && one["contribution_micro"].(int64) > 0
	})
}

func same(t *testing.T, what string, a, b []string) {
	t.Helper()
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	if !slices.Equal(a, b) {
		t.Errorf("%s differ: %v, %v", what, a, b)
	}
}
