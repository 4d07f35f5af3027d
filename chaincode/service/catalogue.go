// Package service is the chaincode as the peer meets it: the contracts behind one door, which knows
// their transactions, keeps a fault in one call from the others, and logs no payload.
package service

import (
	"strings"

	"github.com/weftwork/weftwork/chaincode/accounts"
	"github.com/weftwork/weftwork/chaincode/committee"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/participants"
	"github.com/weftwork/weftwork/chaincode/rounds"
	"github.com/weftwork/weftwork/chaincode/tasks"
)

// metadataFunction is the contract API's own query for the metadata.
const metadataFunction = "org.hyperledger.fabric:GetMetadata"

// catalogue names every transaction with its arguments, all of them strings. The contract API knows
// the names of neither, and would take a call with too many arguments.
var catalogue = map[string]map[string][]string{
	participants.Name: {
		"Register":       {"name", "endpoint"},
		"UpdateEndpoint": {"endpoint"},
		"Deactivate":     {},
		"Get":            {"name"},
		"List":           {"pageSize", "bookmark"},
	},
	tasks.Name: {
		"Publish": {"id", "definition", "funds"},
		"Cancel":  {"id", "reason"},
		"Join":    {"id", "join"},
		"Leave":   {"id", "reason"},
		"Start":   {"id", "participants"},
		"Get":     {"id"},
		"List":    {"state", "pageSize", "bookmark"},
	},
	rounds.Name: {
		"SubmitUpdate":     {"task", "round", "update"},
		"Extend":           {"task", "round"},
		"Close":            {"task", "round"},
		"ProposeAggregate": {"task", "round", "proposal"},
		"Commit":           {"task", "round", "digest"},
		"Finalize":         {"task"},
		"Halt":             {"task"},
		"Get":              {"task", "round"},
		"List":             {"task", "pageSize", "bookmark"},
	},
	committee.Name: {
		"SealScores":      {"task", "round", "term", "hash"},
		"RevealScores":    {"task", "round", "term", "evaluation"},
		"SealAttestation": {"task", "round", "term", "hash"},
		"AttestAggregate": {"task", "round", "term", "attestation"},
		"Report":          {"task", "round", "term", "accused", "reason"},
		"Replace":         {"task", "round", "term"},
		"Count":           {"task", "msp"},
		"Get":             {"task", "round"},
	},
	accounts.Name: {
		"Deposit":   {"account", "unit", "amount", "reference"},
		"Get":       {"account"},
		"GetAudit":  {"unit"},
		"GetEscrow": {"task"},
		"ListCoins": {"account", "unit", "pageSize", "bookmark"},
	},
}

// check refuses a call that the catalogue does not hold, or with another number of arguments.
func check(function string, arguments []string) error {
	if function == metadataFunction {
		return nil
	}
	contract, name, qualified := strings.Cut(function, ":")
	if !qualified {
		return fault.NotFound.Errorf("function %.80q: name its contract too, such as Tasks:Publish", function)
	}
	parameters, known := catalogue[contract][name]
	if !known {
		return fault.NotFound.Errorf("there is no function %.80q", function)
	}
	if len(arguments) != len(parameters) {
		return fault.InvalidArgument.Errorf("%s takes %d arguments (%s), not %d",
			function, len(parameters), strings.Join(parameters, ", "), len(arguments))
	}
	return nil
}

// isQuery says whether the function only reads: its name says so.
func isQuery(function string) bool {
	_, name, _ := strings.Cut(function, ":")
	return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") || function == metadataFunction
}
