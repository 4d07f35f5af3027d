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
	checkPrivacy(definition)
	checkLimits(definition)
	checkReward(definition.Object("reward"))
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

// checkPrivacy knows the budget; what else a mode needs is kept as it is.
func checkPrivacy(definition *document.Object) {
	if definition.IsNull("privacy") {
		return
	}
	asked := definition.Object("privacy")
	privacy.Read(asked, 1)
	asked.AllowMore()
}

func checkLimits(definition *document.Object) {
	limits := definition.Object("participants")
	minimum := limits.Integer("min", 1, state.MaxParticipants)
	maximum := limits.Integer("max", 1, state.MaxParticipants)
	limits.Integer("join_seconds", 0, maxSeconds)
	if minimum > maximum {
		limits.Note("min", "%d is more than max, %d", minimum, maximum)
	}
}

func checkReward(reward *document.Object) {
	reward.Integer("amount", 0, document.MaxInteger)
	reward.Name("unit")
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
