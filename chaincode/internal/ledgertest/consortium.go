package ledgertest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Consortium is a ledger with a requester's organisation and factories, all registered.
type Consortium struct {
	*Ledger
	Requester *Identity
	Archive   *Identity
	Treasurer *Identity
	Providers map[string]*Identity // by the name registered: factory01, factory02, ...
}

// Deposited is what the buyer of a new consortium has.
const Deposited = 1_000_000_000

// NewConsortium registers a requester with money, its archive and n providers.
func NewConsortium(t testing.TB, n int) *Consortium {
	c := &Consortium{
		Ledger:    New(t),
		Requester: NewIdentity(t, "RequesterMSP", "requester.requester", "requester"),
		Archive:   NewIdentity(t, "RequesterMSP", "node.requester", "archive"),
		Treasurer: NewIdentity(t, treasury, "treasurer.requester", "treasurer"),
		Providers: map[string]*Identity{},
	}
	c.Submit(c.Requester, "Participants:Register", "buyer", "")
	c.Submit(c.Archive, "Participants:Register", "archive", "localhost:7000")
	c.Deposit("buyer", Deposited, "opening")
	for i := 1; i <= n; i++ {
		c.Register(fmt.Sprintf("factory%02d", i), fmt.Sprintf("Factory%dMSP", i))
	}
	return c
}

// Register registers one more provider, of that organisation.
func (c *Consortium) Register(name, mspID string) {
	c.t.Helper()
	c.Providers[name] = NewIdentity(c.t, mspID, "node."+name, "provider")
	c.Submit(c.Providers[name], "Participants:Register", name, "localhost:7001")
}

// Names are the providers' names, sorted.
func (c *Consortium) Names() []string {
	names := make([]string, 0, len(c.Providers))
	for name := range c.Providers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Digest is the SHA-256 of a text, as artifacts are named.
func Digest(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// Definition is a valid definition of a task for minimum to maximum participants.
func Definition(minimum, maximum int) Record {
	return Record{
		"title": "Digits", "description": "Handwritten digits", "purpose": "demonstration",
		"model":         Record{"name": "mlp", "version": 1, "parameters": Record{"hidden": []int{64}}},
		"initial_model": Record{"digest": Digest("initial"), "size": 1000},
		"validation":    Record{"digest": Digest("validation"), "size": 2000},
		"training": Record{
			"strategy": []Record{{"name": "dlmu", "tau": "0.8"}, {"name": "fedprox", "mu": "0.01"}},
			"rounds":   3, "local_epochs": 2, "batch_size": 32,
			"learning_rate": "0.1", "momentum": "0.8", "seed": 7, "precision": "float32",
		},
		"data":          Record{"schema": Record{"shape": []int{8, 8}}, "schema_digest": Digest("schema")},
		"usage_rules":   "Train this model and nothing else.",
		"participants":  Record{"min": minimum, "max": maximum, "join_seconds": 60},
		"round_seconds": 120, "target_accuracy_ppm": 0,
		"reward": Record{"amount": 1000, "unit": "credit"}, "archive": "archive",
		"governance": Record{
			"committee": 3, "stage_seconds": 60, "contribution": Record{"name": "leave-one-out"},
			"fees": Record{"committee_ppm": 90_000, "leader_ppm": 50_000},
		},
		"aggregation": Record{"rule": Record{"name": "mean"}, "cap_ratio": 2, "least": 1},
	}
}

// JoinTerms are what a provider joins a task of Definition with, but for its acceptance.
func JoinTerms() Record {
	return Record{
		"data_type": "image", "samples": 500, "attributes": Record{"site": "north"},
		"schema_digest": Digest("schema"), "privacy_budget": Record{"mode": "none"},
	}
}

// Privacy is what a task asks for, a provider grants, or an update has spent.
func Privacy(epsilonMicro int64) Record {
	return Record{"mode": "ddp-sgd", "epsilon_micro": epsilonMicro, "delta": "1e-5"}
}

// Publish publishes a task, paid with the buyer's coins.
func (c *Consortium) Publish(id string, definition Record) Record {
	c.t.Helper()
	funds := c.Funds("buyer", amountOf(definition))
	return c.Submit(c.Requester, "Tasks:Publish", id, JSON(c.t, definition), JSON(c.t, funds))
}

func amountOf(definition Record) int64 {
	amount, _ := strconv.ParseInt(fmt.Sprint(definition["reward"].(Record)["amount"]), 10, 64)
	return amount
}

// Deposit lets the treasurer pay that many credit in.
func (c *Consortium) Deposit(account string, amount int64, reference string) Record {
	c.t.Helper()
	return c.Submit(c.Treasurer, "Accounts:Deposit", account, "credit", strconv.FormatInt(amount, 10), reference)
}

// Coins are an account's free coins of credit, the largest first.
func (c *Consortium) Coins(account string) []Record {
	c.t.Helper()
	var coins []Record
	for bookmark := ""; ; {
		page := c.Query(c.Archive, "Accounts:ListCoins", account, "credit", "", bookmark)
		for _, coin := range page["items"].([]any) {
			coins = append(coins, coin.(Record))
		}
		if bookmark = page["bookmark"].(string); bookmark == "" {
			break
		}
	}
	slices.SortStableFunc(coins, func(a, b Record) int { return cmp.Compare(b["amount"].(int64), a["amount"].(int64)) })
	return coins
}

// Funds are the identifiers of the fewest coins of the account that cover the amount.
func (c *Consortium) Funds(account string, amount int64) []string {
	c.t.Helper()
	ids := []string{}
	coins := c.Coins(account)
	for ; amount > 0 && len(coins) > 0; coins = coins[1:] {
		ids = append(ids, coins[0]["id"].(string))
		amount -= coins[0]["amount"].(int64)
	}
	return ids
}

// Join lets the named providers join.
func (c *Consortium) Join(id string, names ...string) {
	c.t.Helper()
	c.JoinWith(id, JoinTerms(), names...)
}

// JoinWith lets the named providers join with those terms.
func (c *Consortium) JoinWith(id string, terms Record, names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.Submit(c.Providers[name], "Tasks:Join", id, c.Accepting(c.Providers[name], id, terms))
	}
}

// Accepting is the joining with those terms, in which who accepts the task's definition.
func (c *Consortium) Accepting(who *Identity, id string, terms Record) string {
	c.t.Helper()
	digest := ""
	if seen := c.Endorse(c.Requester, "Tasks:Get", id); seen.Message == "" {
		digest = Decode(c.t, seen.Payload)["definition_digest"].(string)
	}
	joining := maps.Clone(terms)
	if _, given := joining["acceptance"]; !given {
		joining["acceptance"] = who.SignBytes(c.t, state.AcceptanceMessage(id, digest))
	}
	return JSON(c.t, joining)
}

// Running publishes a task for at least minimum providers, and starts it with all of them.
func (c *Consortium) Running(id string, minimum int) Record {
	c.t.Helper()
	return c.RunningWith(id, Definition(minimum, len(c.Providers)))
}

// RunningWith publishes a task, and starts it with all providers.
func (c *Consortium) RunningWith(id string, definition Record) Record {
	c.t.Helper()
	c.Publish(id, definition)
	c.Join(id, c.Names()...)
	return c.Submit(c.Requester, "Tasks:Start", id, JSON(c.t, c.Names()))
}

// RunningPrivately is Running for a task that asks for privacy; all providers grant the whole budget.
func (c *Consortium) RunningPrivately(id string, minimum int, budget int64) Record {
	c.t.Helper()
	definition, terms := Definition(minimum, len(c.Providers)), JoinTerms()
	definition["privacy"], terms["privacy_budget"] = Privacy(budget), Privacy(budget)
	c.Publish(id, definition)
	c.JoinWith(id, terms, c.Names()...)
	return c.Submit(c.Requester, "Tasks:Start", id, JSON(c.t, c.Names()))
}

// Round is a round as it stands.
func (c *Consortium) Round(id string, round int) Record {
	c.t.Helper()
	return c.Query(c.Archive, "Rounds:Get", id, strconv.Itoa(round))
}

// Leader is the round's leader.
func (c *Consortium) Leader(id string, round int) *Identity {
	c.t.Helper()
	return c.Providers[c.Round(id, round)["leader"].(string)]
}

// Update is the named provider's valid update of a round.
func (c *Consortium) Update(id string, round int, name string) Record {
	c.t.Helper()
	digest := Digest(fmt.Sprint(id, round, name))
	return Record{
		"digest": digest, "size": 1000, "samples": 500,
		"base_digest": c.Round(id, round)["base"].(Record)["digest"],
		"signature":   c.Providers[name].Sign(c.t, id, round, digest),
		"privacy":     Record{"mode": "none"}, "metrics": Record{"seconds": 3},
	}
}

// SubmitUpdates submits a round's updates of the named providers.
func (c *Consortium) SubmitUpdates(id string, round int, names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.Submit(c.Providers[name], "Rounds:SubmitUpdate", id, strconv.Itoa(round), JSON(c.t, c.Update(id, round, name)))
	}
}
