package tasks_test

import (
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// asking publishes a task that asks for this privacy.
func asking(c *ledgertest.Consortium, t *testing.T, privacy any) {
	t.Helper()
	definition := ledgertest.Definition(1, 3)
	definition["privacy"] = privacy
	c.Publish(id, definition)
}

func granting(c *ledgertest.Consortium, name string, budget any) string {
	terms := ledgertest.JoinTerms()
	terms["privacy_budget"] = budget
	return c.Accepting(c.Providers[name], id, terms)
}

func TestAProviderGrantsTheTasksBudgetOrLess(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	asking(c, t, ledgertest.Privacy(3_000_000))
	for name, micro := range map[string]int64{"factory01": 3_000_000, "factory02": 1, "factory03": 2_999_999} {
		joined := c.Submit(c.Providers[name], "Tasks:Join", id, granting(c, name, ledgertest.Privacy(micro)))
		budget := joined["join"].(record)["privacy_budget"]
		if got, want := ledgertest.JSON(t, budget), ledgertest.JSON(t, ledgertest.Privacy(micro)); got != want {
			t.Errorf("%s grants %s, not %s", name, got, want)
		}
	}
	c.Refuse(fault.AlreadyExists, []string{"join"}, c.Providers["factory02"], "Tasks:Join", id, granting(c, "factory02", ledgertest.Privacy(2)))
}

func TestJoinMayWriteTheTasksDeltaInAnotherWay(t *testing.T) {
	for _, delta := range []string{"0.00001", "1E-05", "0.1e-4"} {
		c := ledgertest.NewConsortium(t, 1)
		asking(c, t, ledgertest.Privacy(3))
		budget := ledgertest.Privacy(3)
		budget["delta"] = delta
		c.Submit(c.Providers["factory01"], "Tasks:Join", id, granting(c, "factory01", budget))
	}
}

func TestWithoutPrivacyThereIsNoBudget(t *testing.T) {
	for _, asked := range []any{nil, record{"mode": "none"}} {
		c := ledgertest.NewConsortium(t, 1)
		asking(c, t, asked)
		joined := c.Submit(c.Providers["factory01"], "Tasks:Join", id, granting(c, "factory01", record{}))
		if budget := ledgertest.JSON(t, joined["join"].(record)["privacy_budget"]); budget != `{"mode":"none"}` {
			t.Errorf("granted is %s", budget)
		}
		for _, same := range []any{nil, record{"mode": "none"}, record{"mode": "none", "epsilon_micro": 0}} {
			c.Repeat(c.Providers["factory01"], "Tasks:Join", id, granting(c, "factory01", same))
		}
	}
}

func TestJoinRefusesAnotherBudgetThanTheTasks(t *testing.T) {
	private, open := ledgertest.Privacy(3_000_000), record{"mode": "none"}
	with := func(field string, value any) record {
		budget := ledgertest.Privacy(1_000_000)
		budget[field] = value
		return budget
	}
	for _, wrong := range []struct {
		asked, granted any
		names          []string
	}{
		{private, nil, []string{`privacy_budget.mode: "none" is not the task's, "ddp-sgd"`}},
		{private, record{}, []string{`privacy_budget.mode: "none" is not the task's, "ddp-sgd"`}},
		{private, open, []string{`privacy_budget.mode: "none" is not the task's, "ddp-sgd"`}},
		{private, with("mode", "ddp-sgd-paper"), []string{`privacy_budget.mode: "ddp-sgd-paper" is not the task's, "ddp-sgd"`}},
		{private, with("mode", 1), []string{"privacy_budget.mode: should be a name"}},
		{private, with("epsilon_micro", 0), []string{"privacy_budget.epsilon_micro: 0 is not in 1.."}},
		{private, with("epsilon_micro", 3_000_001), []string{"privacy_budget.epsilon_micro: 3000001 is more than the task's, 3000000"}},
		{private, with("epsilon_micro", "1"), []string{"privacy_budget.epsilon_micro: should be an integer"}},
		{private, with("delta", "0.000011"), []string{`privacy_budget.delta: "0.000011" is not the task's, "1e-5"`}},
		{private, with("delta", "1/100000"), []string{`privacy_budget.delta: "1/100000" is not a decimal`}},
		{private, with("delta", "tiny"), []string{`privacy_budget.delta: "tiny" is not a decimal`}},
		{private, with("comment", "x"), []string{"privacy_budget.comment: unknown field"}},
		{private, record{"mode": "ddp-sgd"}, []string{
			"privacy_budget.epsilon_micro: missing", "privacy_budget.delta: missing",
			`privacy_budget.delta: "" is not the task's, "1e-5"`,
		}},
		{nil, private, []string{`privacy_budget.mode: "ddp-sgd" is not the task's, "none"`}},
		{open, private, []string{`privacy_budget.mode: "ddp-sgd" is not the task's, "none"`}},
		{open, record{"mode": "none", "epsilon_micro": 1}, []string{"privacy_budget.epsilon_micro: mode none has no epsilon"}},
		{open, record{"mode": "none", "epsilon_micro": -1}, []string{"privacy_budget.epsilon_micro: -1 is not in 0.."}},
		{open, record{"mode": "none", "delta": "0"}, []string{"privacy_budget.delta: mode none has no delta"}},
		{open, []string{"none"}, []string{"privacy_budget: should be an object"}},
	} {
		c := ledgertest.NewConsortium(t, 1)
		asking(c, t, wrong.asked)
		c.Refuse(fault.InvalidArgument, append([]string{"join: "}, wrong.names...),
			c.Providers["factory01"], "Tasks:Join", id, granting(c, "factory01", wrong.granted))
	}
}
