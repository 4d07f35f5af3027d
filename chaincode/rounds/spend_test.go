package rounds_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

const budget = 3_000_000

// spending is the named provider's update of a round, with what it has spent by then.
func spending(c *ledgertest.Consortium, round int, name string, epsilonMicro int64) string {
	update := c.Update(id, round, name)
	update["privacy"] = ledgertest.Privacy(epsilonMicro)
	return asJSON(update)
}

// spend submits such an update.
func spend(c *ledgertest.Consortium, round int, name string, epsilonMicro int64) record {
	return c.Submit(c.Providers[name], "Rounds:SubmitUpdate", id, strconv.Itoa(round), spending(c, round, name, epsilonMicro))
}

func refuseSpend(c *ledgertest.Consortium, code fault.Code, text string, round int, name, update string) {
	event := fmt.Sprintf("round %d of task %s: Rounds:SubmitUpdate: ", round, id)
	c.Refuse(code, []string{event + text}, c.Providers[name], "Rounds:SubmitUpdate", id, strconv.Itoa(round), update)
}

// rejecting are honest scores, but that the named provider's update is rejected for the reason.
func rejecting(c *ledgertest.Consortium, round int, provider, reason string) func(member string) []record {
	return func(member string) []record {
		scores := c.Scores(id, round, member)
		for i, score := range scores {
			if score["participant"] == provider {
				scores[i] = ledgertest.Rejected(provider, reason)
			}
		}
		return scores
	}
}

func TestTheRecordOfARoundShowsEachSpend(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.RunningPrivately(id, 2, budget)
	spend(c, 1, "factory01", 1)
	spend(c, 1, "factory02", budget)
	c.Submit(c.Providers["factory04"], "Tasks:Leave", id, "no budget left")
	c.Wait(time.Hour)
	got := c.Conclude(id, 1)
	spends := record{}
	for _, update := range got["submitted"].([]any) {
		spends[update.(record)["participant"].(string)] = update.(record)["privacy"]
	}
	want := record{"factory01": ledgertest.Privacy(1), "factory02": ledgertest.Privacy(budget)}
	if asJSON(spends) != asJSON(want) {
		t.Errorf("the record shows the spends %v", spends)
	}
	if asJSON(got["missing"]) != `["factory03"]` || asJSON(got["left"]) != `["factory04"]` {
		t.Errorf("without a spend are missing %v, left %v", got["missing"], got["left"])
	}
}

func TestARejectedUpdateIsSpentAllTheSame(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.RunningPrivately(id, 1, budget)
	spend(c, 1, "factory01", 2_000_000)
	spend(c, 1, "factory02", 1)
	c.Close(id, 1)
	members, _ := c.Committee(id, 1)
	c.JudgeBy(id, 1, rejecting(c, 1, "factory01", "non-finite"), members...)
	c.Agree(id, 1)
	got := c.CommitRound(id, 1)
	if asJSON(got["rejected"]) != `[{"by_quorum":false,"participant":"factory01","reason":"non-finite"}]` {
		t.Errorf("rejected are %v", got["rejected"])
	}
	if shown := got["submitted"].([]any)[0].(record)["privacy"]; asJSON(shown) != asJSON(ledgertest.Privacy(2_000_000)) {
		t.Errorf("the record shows %v", shown)
	}
	refuseSpend(c, fault.PreconditionFailed, "guard spend-kept: epsilon_micro 1999999 is spent, it was 2000000 before",
		2, "factory01", spending(c, 2, "factory01", 1_999_999))
}

func TestSubmitKeepsWhatASpendSaysMore(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.RunningPrivately(id, 1, budget)
	update := c.Update(id, 1, "factory01")
	update["privacy"] = ledgertest.Privacy(1)
	update["privacy"].(record)["threshold"] = "0.71"
	got := c.Submit(c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", asJSON(update))
	if asJSON(got["privacy"]) != asJSON(update["privacy"]) {
		t.Errorf("recorded is %v", got["privacy"])
	}
}

func TestNobodySpendsMoreThanItGranted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	definition, terms := ledgertest.Definition(2, 2), ledgertest.JoinTerms()
	definition["privacy"] = ledgertest.Privacy(budget)
	c.Publish(id, definition)
	for name, granted := range map[string]int64{"factory01": 1_000_000, "factory02": budget} {
		terms["privacy_budget"] = ledgertest.Privacy(granted)
		c.JoinWith(id, terms, name)
	}
	c.Submit(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	refuseSpend(c, fault.BudgetExceeded, "guard within-budget: epsilon_micro 1000001 is spent, the budget is 1000000",
		1, "factory01", spending(c, 1, "factory01", 1_000_001))
	refuseSpend(c, fault.BudgetExceeded, "guard within-budget: epsilon_micro 3000001 is spent, the budget is 3000000",
		1, "factory02", spending(c, 1, "factory02", 3_000_001))
	spend(c, 1, "factory01", 1_000_000)
	spend(c, 1, "factory02", 1_000_001)
}

func TestASpendNeverShrinks(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.RunningPrivately(id, 1, budget)
	round := func(number int) {
		c.Wait(time.Hour)
		c.Conclude(id, number)
	}
	spend(c, 1, "factory01", 1_000_000)
	spend(c, 1, "factory02", 5)
	round(1)
	refuseSpend(c, fault.PreconditionFailed, "guard spend-kept: epsilon_micro 999999 is spent, it was 1000000 before",
		2, "factory01", spending(c, 2, "factory01", 999_999))
	spend(c, 2, "factory02", 5) // as much as before
	round(2)                    // factory01 is missing
	refuseSpend(c, fault.PreconditionFailed, "guard spend-kept: epsilon_micro 0 is spent, it was 1000000 before",
		3, "factory01", spending(c, 3, "factory01", 0))
	spend(c, 3, "factory01", 1_000_000)
	spend(c, 3, "factory02", budget)
}

func TestAFirstUpdateMayComeLate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.RunningPrivately(id, 1, budget)
	spend(c, 1, "factory01", 1)
	c.Wait(time.Hour)
	c.Conclude(id, 1)
	spend(c, 2, "factory02", 0)
}

func TestASpendIsOfTheKindThatWasGranted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.RunningPrivately(id, 1, budget)
	update := c.Update(id, 1, "factory01")
	for kind, privacy := range map[string]record{
		"none":                        {"mode": "none"},
		"ddp-sgd-paper at delta 1e-5": {"mode": "ddp-sgd-paper", "epsilon_micro": 1, "delta": "1e-5"},
		"ddp-sgd at delta 1e-4":       {"mode": "ddp-sgd", "epsilon_micro": 1, "delta": "1e-4"},
	} {
		update["privacy"] = privacy
		refuseSpend(c, fault.PreconditionFailed, "guard same-privacy: spent in "+kind+", joined with ddp-sgd at delta 1e-5",
			1, "factory01", asJSON(update))
	}
}

func TestWithoutPrivacyNothingIsSpent(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	refuseSpend(c, fault.PreconditionFailed, "guard same-privacy: spent in ddp-sgd at delta 1e-5, joined with none",
		1, "factory01", spending(c, 1, "factory01", 1))
	update := c.Update(id, 1, "factory01")
	update["privacy"] = record{"mode": "none", "epsilon_micro": 0, "why": "public data"}
	got := c.Submit(c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", asJSON(update))
	if asJSON(got["privacy"]) != asJSON(update["privacy"]) {
		t.Errorf("recorded is %v", got["privacy"])
	}
}

func TestASpendIsRepeatedAndNotChanged(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.RunningPrivately(id, 1, budget)
	first := spending(c, 1, "factory01", 1_000_000)
	other := spending(c, 1, "factory01", 1_000_001)
	past := spending(c, 1, "factory01", budget+1)
	c.Submit(c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", first)
	for _, changed := range []string{other, past} {
		c.Refuse(fault.AlreadyExists, []string{"with other content"},
			c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", changed)
	}
	c.Conclude(id, 1)
	spend(c, 2, "factory01", 2_000_000)
	c.Repeat(c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", first) // less than is spent by now
}
