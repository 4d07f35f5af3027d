package tasks_test

import (
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

const id = "digits-1a2b3c"

type record = ledgertest.Record

func TestPublishKeepsTheDefinitionAsItIs(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	definition := ledgertest.Definition(3, 3)
	task := c.Publish(id, definition)
	if got, want := ledgertest.JSON(t, task["definition"]), ledgertest.JSON(t, definition); got != want {
		t.Errorf("definition is\n%s\nnot\n%s", got, want)
	}
	if task["requester"] != "buyer" || task["requester_msp"] != "RequesterMSP" || task["published_at_ms"] != c.NowMs() {
		t.Errorf("task is %v", task)
	}
	if task["join_deadline_ms"] != c.NowMs()+60_000 {
		t.Errorf("join deadline is %v", task["join_deadline_ms"])
	}
}

func TestPublishIsKnownHoweverItIsWritten(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	text := ledgertest.JSON(t, ledgertest.Definition(3, 3))
	c.Submit(c.Requester, "Tasks:Publish", id, text, ledgertest.JSON(t, c.Funds("buyer", 1000)))
	c.Repeat(c.Requester, "Tasks:Publish", id, strings.ReplaceAll(text, ":", " : "), "[]")
	c.Repeat(c.Requester, "Tasks:Publish", id, strings.Replace(text, "Digits", `\u0044igits`, 1), "[]")
}

func TestPublishRefusesATakenIdentifier(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	c.Publish(id, ledgertest.Definition(3, 3))
	other := ledgertest.NewIdentity(t, "BuyerMSP", "requester.buyer", "requester")
	c.Submit(other, "Participants:Register", "buyer2", "")
	same := ledgertest.JSON(t, ledgertest.Definition(3, 3))
	c.Refuse(fault.AlreadyExists, []string{id}, other, "Tasks:Publish", id, same, "[]")
	changed := ledgertest.JSON(t, ledgertest.Definition(2, 3))
	c.Refuse(fault.AlreadyExists, []string{"Tasks:Publish: task " + id, "other content", "is PUBLISHED; allowed: Tasks:Join"}, c.Requester, "Tasks:Publish", id, changed, "[]")
}

func TestPublishIsForActiveRequesters(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	definition := ledgertest.JSON(t, ledgertest.Definition(3, 3))
	c.Refuse(fault.PermissionDenied, []string{"needs requester"}, c.Providers["factory01"], "Tasks:Publish", id, definition, "[]")
	c.Refuse(fault.PermissionDenied, []string{"needs requester"}, c.Archive, "Tasks:Publish", id, definition, "[]")
	stranger := ledgertest.NewIdentity(t, "RequesterMSP", "someone", "requester")
	c.Refuse(fault.PermissionDenied, []string{"not registered"}, stranger, "Tasks:Publish", id, definition, "[]")
	c.Submit(c.Requester, "Participants:Deactivate")
	c.Refuse(fault.PermissionDenied, []string{"buyer is INACTIVE"}, c.Requester, "Tasks:Publish", id, definition, "[]")
}

func TestPublishNeedsAnArchive(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	definition := ledgertest.Definition(3, 3)
	definition["archive"] = "nobody"
	c.Refuse(fault.NotFound, []string{"archive", "nobody"}, c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, definition), "[]")
	definition["archive"] = "factory01"
	c.Refuse(fault.PreconditionFailed, []string{"ACTIVE provider"}, c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, definition), "[]")
	c.Submit(c.Archive, "Participants:Deactivate")
	definition["archive"] = "archive"
	c.Refuse(fault.PreconditionFailed, []string{"INACTIVE archive"}, c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, definition), "[]")
}

// wrong is a definition with one thing amiss, and what the error must name.
var wrong = []struct {
	names  string
	change func(definition record)
}{
	{"title: has 0 characters", func(d record) { d["title"] = "" }},
	{"title: should be one line", func(d record) { d["title"] = "a\nb" }},
	{"title: should be a text", func(d record) { d["title"] = 5 }},
	{"title: missing", func(d record) { delete(d, "title") }},
	{"description: has 4001", func(d record) { d["description"] = strings.Repeat("ä", 4001) }},
	{"purpose: has 1001", func(d record) { d["purpose"] = strings.Repeat("x", 1001) }},
	{"usage_rules: missing", func(d record) { delete(d, "usage_rules") }},
	{"extra: unknown field", func(d record) { d["extra"] = 1 }},
	{"Title: unknown field", func(d record) { d["Title"] = "shadow" }},
	{"model: should be an object", func(d record) { d["model"] = "mlp" }},
	{"model.name", func(d record) { inner(d, "model")["name"] = "MLP" }},
	{"model.version: 0 is not in", func(d record) { inner(d, "model")["version"] = 0 }},
	{"model.parameters: missing", func(d record) { delete(inner(d, "model"), "parameters") }},
	{"model.code: unknown field", func(d record) { inner(d, "model")["code"] = "x" }},
	{"initial_model.digest", func(d record) { inner(d, "initial_model")["digest"] = strings.Repeat("A", 64) }},
	{"initial_model.size: 0", func(d record) { inner(d, "initial_model")["size"] = 0 }},
	{"validation.size: missing", func(d record) { delete(inner(d, "validation"), "size") }},
	{"training.strategy: should be a list of objects", func(d record) { inner(d, "training")["strategy"] = "fedavg" }},
	{"training.strategy: has 0 entries, should have 1 to 8", func(d record) { inner(d, "training")["strategy"] = []record{} }},
	{"training.strategy: has 9 entries", func(d record) { inner(d, "training")["strategy"] = make([]record, 9) }},
	{"training.strategy: entry 1 is not an object", func(d record) { inner(d, "training")["strategy"] = []any{record{"name": "x"}, "y"} }},
	{"training.strategy[0].name: missing", func(d record) { inner(d, "training")["strategy"] = []record{{"tau": "1"}} }},
	{"training.strategy[0].name", func(d record) { inner(d, "training")["strategy"] = []record{{"name": "FedAvg"}} }},
	{"training.strategy[0].Name: differs from name", func(d record) { inner(d, "training")["strategy"] = []record{{"name": "x", "Name": "y"}} }},
	{"training.rounds: 0", func(d record) { inner(d, "training")["rounds"] = 0 }},
	{"training.rounds: 100000", func(d record) { inner(d, "training")["rounds"] = 100_000 }},
	{"training.local_epochs", func(d record) { inner(d, "training")["local_epochs"] = "2" }},
	{"training.batch_size", func(d record) { delete(inner(d, "training"), "batch_size") }},
	{"training.learning_rate", func(d record) { inner(d, "training")["learning_rate"] = "-0.1" }},
	{"training.momentum", func(d record) { inner(d, "training")["momentum"] = "0,8" }},
	{"training.seed: -1", func(d record) { inner(d, "training")["seed"] = -1 }},
	{"training.Rounds: differs from rounds only in case", func(d record) { inner(d, "training")["Rounds"] = 1 }},
	{"training.round\u017f: differs from rounds only", func(d record) { inner(d, "training")["round\u017f"] = -7 }},
	{"data.schema: should be an object", func(d record) { inner(d, "data")["schema"] = []int{} }},
	{"data.schema_digest", func(d record) { inner(d, "data")["schema_digest"] = "0" }},
	{"participants.min: 4 is more than max, 3", func(d record) { inner(d, "participants")["min"] = 4 }},
	{"participants.max: 257", func(d record) { inner(d, "participants")["max"] = 257 }},
	{"participants.join_seconds: -1", func(d record) { inner(d, "participants")["join_seconds"] = -1 }},
	{"round_seconds: 0", func(d record) { d["round_seconds"] = 0 }},
	{"target_accuracy_ppm: 1000001", func(d record) { d["target_accuracy_ppm"] = 1_000_001 }},
	{"reward.amount: -1", func(d record) { inner(d, "reward")["amount"] = -1 }},
	{"reward.amount: 1000 could be earned by the committee only: a private task needs validation", func(d record) {
		d["privacy"], d["validation"] = ledgertest.Privacy(1), nil
	}},
	{"reward.amount: 1000 could be earned by the committee only", func(d record) {
		d["privacy"] = ledgertest.Privacy(1)
		delete(d, "validation")
	}},
	{"reward.unit", func(d record) { inner(d, "reward")["unit"] = "" }},
	{"archive", func(d record) { d["archive"] = "" }},
	{"privacy: should be an object", func(d record) { d["privacy"] = "ddp-sgd" }},
	{"privacy.mode: missing", func(d record) { d["privacy"] = record{} }},
	{"privacy.mode", func(d record) { d["privacy"] = record{"mode": "DDP-SGD", "epsilon_micro": 1, "delta": "1e-5"} }},
	{"privacy.epsilon_micro: missing", func(d record) { d["privacy"] = record{"mode": "ddp-sgd", "delta": "1e-5"} }},
	{"privacy.epsilon_micro: 0 is not in 1..1000000000000", func(d record) { d["privacy"] = ledgertest.Privacy(0) }},
	{"privacy.epsilon_micro: 1000000000001 is not in", func(d record) { d["privacy"] = ledgertest.Privacy(1_000_000_000_001) }},
	{"privacy.delta: missing", func(d record) { d["privacy"] = record{"mode": "ddp-sgd", "epsilon_micro": 1} }},
	{`privacy.delta: should be a decimal in a string`, func(d record) {
		d["privacy"] = record{"mode": "ddp-sgd", "epsilon_micro": 1, "delta": 0}
	}},
	{"privacy.epsilon_micro: mode none has no epsilon: should be 0 or left out", func(d record) {
		d["privacy"] = record{"mode": "none", "epsilon_micro": 1}
	}},
	{"privacy.delta: mode none has no delta: should be left out", func(d record) {
		d["privacy"] = record{"mode": "none", "delta": "1e-5"}
	}},
	{"privacy.Mode: differs from mode only in case", func(d record) {
		d["privacy"] = record{"mode": "none", "Mode": "ddp-sgd"}
	}},
	{"not an integer", func(d record) { inner(d, "training")["extra"] = 0.5 }},
	{"beyond 2^53-1", func(d record) { inner(d, "model")["parameters"] = record{"n": int64(1) << 53} }},
	{"governance: missing", func(d record) { delete(d, "governance") }},
	{"governance.committee: 0 is not in 1..15", func(d record) { inner(d, "governance")["committee"] = 0 }},
	{"governance.committee: 16 is not in 1..15", func(d record) { inner(d, "governance")["committee"] = 16 }},
	{"governance.stage_seconds: 0", func(d record) { inner(d, "governance")["stage_seconds"] = 0 }},
	{"governance.stage_seconds: 2592001", func(d record) { inner(d, "governance")["stage_seconds"] = 2_592_001 }},
	{"governance.contribution.name: missing", func(d record) { inner(d, "governance")["contribution"] = record{} }},
	{"governance.fees.committee_ppm: -1", func(d record) { fees(d)["committee_ppm"] = -1 }},
	{"governance.fees.leader_ppm: 500001 is not in 0..500000", func(d record) { fees(d)["leader_ppm"] = 500_001 }},
	{"governance.fees.leader_ppm: with committee_ppm it is 500001, more than 500000", func(d record) {
		fees(d)["committee_ppm"], fees(d)["leader_ppm"] = 450_000, 50_001
	}},
	{"governance.term: unknown field", func(d record) { inner(d, "governance")["term"] = 1 }},
	{"aggregation: missing", func(d record) { delete(d, "aggregation") }},
	{"aggregation.rule.name", func(d record) { inner(d, "aggregation")["rule"] = record{"name": "Mean"} }},
	{"aggregation.cap_ratio: 0 is not in 1..1000", func(d record) { inner(d, "aggregation")["cap_ratio"] = 0 }},
	{"aggregation.least: 0 is not in 1..256", func(d record) { inner(d, "aggregation")["least"] = 0 }},
	{"aggregation.least: 4 is more than participants.min, 3", func(d record) { inner(d, "aggregation")["least"] = 4 }},
	{"aggregation.cap_ratio: 1001", func(d record) { inner(d, "aggregation")["cap_ratio"] = 1001 }},
	{"control character", func(d record) { inner(d, "data")["schema"] = record{"x": "\x1b[2J"} }},
}

func TestAPrivateTaskWithoutValidationMayBeWithoutAReward(t *testing.T) {
	for name, change := range map[string]func(definition record){
		"no reward": func(d record) {
			d["privacy"], d["validation"], inner(d, "reward")["amount"] = ledgertest.Privacy(1), nil, 0
		},
		"validation": func(d record) { d["privacy"] = ledgertest.Privacy(1) },
		"no privacy": func(d record) { d["privacy"], d["validation"] = record{"mode": "none"}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			definition := ledgertest.Definition(3, 3)
			change(definition)
			ledgertest.NewConsortium(t, 0).Publish(id, definition)
		})
	}
}

func fees(definition record) record { return inner(definition, "governance")["fees"].(record) }

func inner(definition record, field string) record { return definition[field].(record) }

func TestPublishNamesEachMistake(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	for _, mistake := range wrong {
		t.Run(mistake.names, func(t *testing.T) {
			definition := ledgertest.Definition(3, 3)
			mistake.change(definition)
			c.Refuse(fault.InvalidArgument, []string{"definition: ", mistake.names},
				c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, definition), "[]")
		})
	}
}

func TestPublishReportsAllMistakesAtOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	definition := ledgertest.Definition(3, 3)
	var names []string
	for _, i := range []int{0, 4, 7, 10, 11, 14, 18, 28, 34, 35, 38} {
		wrong[i].change(definition)
		names = append(names, wrong[i].names)
	}
	c.Refuse(fault.InvalidArgument, names, c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, definition), "[]")
}

func TestPublishRefusesWhatIsNoDefinition(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	for _, text := range []string{
		"", "null", "[]", `"x"`, "{", "{}{}", `{"a":1,"a":2}`, "\xff", `{"a":NaN}`, strings.Repeat("[", 100_000),
		`{"title":"` + strings.Repeat("x", 65_536) + `"}`, strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20),
	} {
		c.Refuse(fault.InvalidArgument, []string{"definition"}, c.Requester, "Tasks:Publish", id, text, "[]")
	}
	for _, name := range []string{"", "Digits", "a/b", "a\x00"} {
		c.Refuse(fault.InvalidArgument, []string{"id"}, c.Requester, "Tasks:Publish", name, ledgertest.JSON(t, ledgertest.Definition(3, 3)), "[]")
	}
}

func TestPublishAdmitsATaskWithoutValidationSet(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	definition := ledgertest.Definition(3, 3)
	definition["validation"] = nil
	c.Publish("without", definition)
	delete(definition, "validation")
	c.Publish("absent", definition)
}

func TestPublishKeepsWhatAPrivacyModeNeedsMore(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	for name, privacy := range map[string]record{
		"nothing":  nil,
		"none":     {"mode": "none", "epsilon_micro": 0},
		"paper":    {"mode": "ddp-sgd-paper", "epsilon_micro": 1_000_000_000_000, "delta": "0.00001"},
		"clipping": {"mode": "client-level", "epsilon_micro": 1, "delta": "1E-05", "threshold": record{"start": "1.5"}},
	} {
		definition := ledgertest.Definition(3, 3)
		definition["privacy"] = privacy
		task := c.Publish(name, definition)
		if got, want := ledgertest.JSON(t, task["definition"]), ledgertest.JSON(t, definition); got != want {
			t.Errorf("definition is\n%s\nnot\n%s", got, want)
		}
	}
}
