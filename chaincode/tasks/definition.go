package tasks

import (
	"encoding/json"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/privacy"
	"github.com/weftwork/weftwork/chaincode/state"
)

// The bounds of a definition and of a joining.
const (
	maxDefinition = 64 * 1024
	maxJoin       = 16 * 1024
	maxSeconds    = 30 * 24 * 3600
	maxStrategies = 8
	maxFees       = state.Million / 2
	maxCapRatio   = 1000
	maxAcceptance = 256 // characters of base64
)

// readDefinition checks a task's definition, all of it at once, and returns it as canonical JSON.
func readDefinition(text string) (json.RawMessage, error) {
	definition, err := document.Read("definition", text, maxDefinition)
	if err != nil {
		return nil, err
	}
	definition.Line("title", 1, 200)
	definition.Text("description", 0, 4000)
	definition.Text("purpose", 0, 1000)
	definition.Text("usage_rules", 0, 16_000)
	checkModel(definition)
	checkTraining(definition.Object("training"))
	private := checkPrivacy(definition)
	minimum := checkLimits(definition)
	checkReward(definition.Object("reward"), private && definition.IsNull("validation"))
	checkGovernance(definition.Object("governance"))
	checkAggregation(definition.Object("aggregation"), minimum)
	data := definition.Object("data")
	data.Object("schema").AllowMore()
	data.Digest("schema_digest")
	definition.Integer("round_seconds", 1, maxSeconds)
	definition.Integer("target_accuracy_ppm", 0, state.Million)
	definition.Name("archive")
	return definition.Canonical(), definition.Check()
}

func checkModel(definition *document.Object) {
	model := definition.Object("model")
	model.Name("name")
	model.Integer("version", 1, state.Million)
	model.Object("parameters").AllowMore()
	checkArtifact(definition.Object("initial_model"))
	if !definition.IsNull("validation") {
		checkArtifact(definition.Object("validation"))
	}
}

func checkArtifact(artifact *document.Object) {
	artifact.Digest("digest")
	artifact.Integer("size", 1, state.MaxArtifact)
}

// checkTraining knows what every strategy has; a strategy's own keys are kept as they are.
func checkTraining(training *document.Object) {
	for _, strategy := range training.Objects("strategy", 1, maxStrategies) {
		strategy.Name("name")
		strategy.AllowMore()
	}
	training.Integer("rounds", 1, state.MaxRounds)
	training.Integer("local_epochs", 1, state.Million)
	training.Integer("batch_size", 1, state.Million)
	training.Decimal("learning_rate")
	training.Decimal("momentum")
	training.Integer("seed", 0, document.MaxInteger)
	training.AllowMore()
}

// checkPrivacy knows the budget; what else a mode needs is kept as it is. It returns whether there is one.
func checkPrivacy(definition *document.Object) bool {
	if definition.IsNull("privacy") {
		return false
	}
	asked := definition.Object("privacy")
	amount := privacy.Read(asked, 1)
	asked.AllowMore()
	return amount.Mode != privacy.None
}

// checkLimits returns how many participants the task needs.
func checkLimits(definition *document.Object) int64 {
	limits := definition.Object("participants")
	minimum := limits.Integer("min", 1, state.MaxParticipants)
	maximum := limits.Integer("max", 1, state.MaxParticipants)
	limits.Integer("join_seconds", 0, maxSeconds)
	if minimum > maximum {
		limits.Note("min", "%d is more than max, %d", minimum, maximum)
	}
	return minimum
}

// checkReward refuses one that no provider could earn: in a private task members keep what they hold out
// to themselves, so that without validation data nothing measures what an update adds.
func checkReward(reward *document.Object, unmeasured bool) {
	if amount := reward.Integer("amount", 0, document.MaxInteger); amount > 0 && unmeasured {
		reward.Note("amount", "%d could be earned by the committee only: a private task needs validation, "+
			"on which contributions are measured; without it the amount should be 0", amount)
	}
	reward.Name("unit")
}

// checkGovernance knows the committee and its fees; how contributions are measured is the nodes' affair.
func checkGovernance(governance *document.Object) {
	governance.Integer("committee", 1, state.MaxCommittee)
	governance.Integer("stage_seconds", 1, maxSeconds)
	contribution := governance.Object("contribution")
	contribution.Name("name")
	contribution.AllowMore()
	fees := governance.Object("fees")
	together := fees.Integer("committee_ppm", 0, maxFees) + fees.Integer("leader_ppm", 0, maxFees)
	if together > maxFees {
		fees.Note("leader_ppm", "with committee_ppm it is %d, more than %d", together, maxFees)
	}
}

// checkAggregation knows the bound on weights, and how many updates the rule needs: no more than a round
// has. The rule is the nodes' affair.
func checkAggregation(aggregation *document.Object, minimum int64) {
	rule := aggregation.Object("rule")
	rule.Name("name")
	rule.AllowMore()
	aggregation.Integer("cap_ratio", 1, maxCapRatio)
	if least := aggregation.Integer("least", 1, state.MaxParticipants); least > minimum {
		aggregation.Note("least", "%d is more than participants.min, %d", least, minimum)
	}
}

// readJoin checks what a provider supplies when it joins a task that asks for this much privacy.
func readJoin(text string, asked privacy.Amount) (*state.JoinTerms, error) {
	join, err := document.Read("join", text, maxJoin)
	if err != nil {
		return nil, err
	}
	terms := &state.JoinTerms{
		DataType:      join.Line("data_type", 1, 100),
		Samples:       join.Integer("samples", 1, document.MaxInteger),
		Attributes:    join.Texts("attributes", 32, 200),
		SchemaDigest:  join.Digest("schema_digest"),
		Acceptance:    join.Line("acceptance", 1, maxAcceptance),
		PrivacyBudget: readBudget(join.Optional("privacy_budget"), asked),
	}
	return terms, join.Check()
}

// readBudget checks that the provider grants no more than the task asks for, and of the same kind.
func readBudget(budget *document.Object, asked privacy.Amount) privacy.Amount {
	granted := privacy.Amount{Mode: privacy.None}
	if !budget.IsEmpty() {
		granted = privacy.Read(budget, 1)
	}
	if granted.Mode != asked.Mode {
		budget.Note("mode", "%q is not the task's, %q", granted.Mode, asked.Mode)
		return granted
	}
	if granted.EpsilonMicro > asked.EpsilonMicro {
		budget.Note("epsilon_micro", "%d is more than the task's, %d", granted.EpsilonMicro, asked.EpsilonMicro)
	}
	if !granted.SameDelta(asked) {
		budget.Note("delta", "%.80q is not the task's, %q", granted.Delta, asked.Delta)
	}
	return granted
}
