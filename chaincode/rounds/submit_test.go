package rounds_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

const id = "digits-1a2b3c"

type record = ledgertest.Record

func TestSubmitRecordsTheUpdate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Running(id, 2)
	update := c.Update(id, 1, "factory01")
	got := c.Submit(c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
	for _, field := range []string{"digest", "base_digest", "signature"} {
		if got[field] != update[field] {
			t.Errorf("%s is %v", field, got[field])
		}
	}
	if got["key"] != c.Providers["factory01"].Key(t) {
		t.Errorf("the key is %v", got["key"])
	}
	if got["participant"] != "factory01" || got["msp_id"] != "Factory1MSP" || got["submitted_at_ms"] != c.NowMs() {
		t.Errorf("recorded %v", got)
	}
	round := c.Round(id, 1)
	if ledgertest.JSON(t, round["updates"]) != ledgertest.JSON(t, []any{got}) {
		t.Errorf("round shows %v", round["updates"])
	}
	if ledgertest.JSON(t, round["missing"]) != `["factory02"]` {
		t.Errorf("missing are %v", round["missing"])
	}
}

func TestSubmitAgainWithANewSignatureIsKnown(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	provider := c.Providers["factory01"]
	first := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	again := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	if first == again {
		t.Fatal("two ECDSA signatures are alike")
	}
	recorded := c.Submit(provider, "Rounds:SubmitUpdate", id, "1", first)
	repeated := c.Repeat(provider, "Rounds:SubmitUpdate", id, "1", again)
	if recorded["signature"] != repeated["signature"] {
		t.Error("a repetition shows what it did not write")
	}
	c.Conclude(id, 1)
	c.Repeat(provider, "Rounds:SubmitUpdate", id, "1", again) // still known when the round is closed
}

func TestSubmitOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.SubmitUpdates(id, 1, "factory01")
	other := c.Update(id, 1, "factory01")
	other["digest"] = ledgertest.Digest("better")
	other["signature"] = c.Providers["factory01"].Sign(t, id, 1, ledgertest.Digest("better"))
	c.Refuse(fault.AlreadyExists, []string{"update", "factory01"},
		c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, other))
}

func TestSubmitIsForParticipants(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Join(id, c.Names()...)
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	update := c.Update(id, 1, "factory02")
	c.Refuse(fault.PermissionDenied, []string{"factory02 is not a participant"},
		c.Providers["factory02"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
	c.Refuse(fault.PermissionDenied, []string{"needs provider"},
		c.Requester, "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
	stranger := ledgertest.NewIdentity(t, "Factory1MSP", "node", "provider")
	c.Refuse(fault.PermissionDenied, []string{"not registered"},
		stranger, "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
}

func TestSubmitChecksTheSignature(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Running(id, 2)
	good := c.Update(id, 1, "factory01")
	digest := good["digest"].(string)
	own := c.Providers["factory01"]
	for what, signature := range map[string]string{
		"another's key":    c.Providers["factory02"].Sign(t, id, 1, digest),
		"another round":    own.Sign(t, id, 2, digest),
		"another task":     own.Sign(t, "other", 1, digest),
		"another digest":   own.Sign(t, id, 1, ledgertest.Digest("x")),
		"no signature":     "AAAA",
		"not base64":       "not base64!",
		"too long":         strings.Repeat("A", 200),
		"newline inside":   own.Sign(t, id, 1, digest)[:20] + "\n" + own.Sign(t, id, 1, digest)[20:],
		"an empty one":     "",
		"trailing garbage": own.Sign(t, id, 1, digest) + "AAAA",
	} {
		t.Run(what, func(t *testing.T) {
			good["signature"] = signature
			c.Refuse(fault.InvalidArgument, []string{"signature"}, own, "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, good))
		})
	}
}

func TestSubmitGuardsTheBase(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	update := c.Update(id, 1, "factory01")
	update["base_digest"] = ledgertest.Digest("stale")
	c.Refuse(fault.PreconditionFailed, []string{"same-base", ledgertest.Digest("stale"), ledgertest.Digest("initial")},
		c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
}

func TestSubmitValidatesTheUpdate(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	for names, change := range map[string]func(record){
		"digest":                 func(u record) { u["digest"] = "x" },
		"size: 0":                func(u record) { u["size"] = 0 },
		"samples: 0":             func(u record) { u["samples"] = 0 },
		"samples: 536870912":     func(u record) { u["samples"] = 1 << 29 },
		"base_digest: missing":   func(u record) { delete(u, "base_digest") },
		"privacy: missing":       func(u record) { delete(u, "privacy") },
		"privacy: should be":     func(u record) { u["privacy"] = "none" },
		"privacy: has 1027":      func(u record) { u["privacy"] = record{"mode": "none", "x": strings.Repeat("x", 1005)} },
		"privacy.mode: missing":  func(u record) { u["privacy"] = record{} },
		"privacy.mode":           func(u record) { u["privacy"] = record{"mode": "None"} },
		"epsilon_micro: missing": func(u record) { u["privacy"] = record{"mode": "ddp-sgd", "delta": "1e-5"} },
		"epsilon_micro: -1":      func(u record) { u["privacy"] = ledgertest.Privacy(-1) },
		"epsilon_micro: 1000000": func(u record) { u["privacy"] = ledgertest.Privacy(1_000_000_000_001) },
		"privacy.delta: missing": func(u record) { u["privacy"] = record{"mode": "ddp-sgd", "epsilon_micro": 1} },
		"none has no epsilon":    func(u record) { u["privacy"] = record{"mode": "none", "epsilon_micro": 1} },
		"none has no delta":      func(u record) { u["privacy"] = record{"mode": "none", "delta": "1e-5"} },
		"differs from mode only": func(u record) { u["privacy"] = record{"mode": "none", "MODE": "ddp-sgd"} },
		"metrics: has":           func(u record) { u["metrics"] = record{"x": strings.Repeat("x", 1024)} },
		"not an integer":         func(u record) { u["metrics"] = record{"loss": 0.25} },
		"weights: unknown field": func(u record) { u["weights"] = "AAAA" },
	} {
		update := c.Update(id, 1, "factory01")
		change(update)
		c.Refuse(fault.InvalidArgument, []string{"update: ", names},
			c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update))
	}
	update := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	for _, round := range []string{"", "0", "-1", "01", "1.0", "+1", "100000", "x", " 1"} {
		c.Refuse(fault.InvalidArgument, []string{"round"}, c.Providers["factory01"], "Rounds:SubmitUpdate", id, round, update)
	}
}

func TestSubmitNeedsAnOpenRound(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	first := func(update record) (*ledgertest.Identity, string, string, string, string) {
		return c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", ledgertest.JSON(t, update)
	}
	refuse := func(code fault.Code, texts []string, who *ledgertest.Identity, call ...string) {
		t.Helper()
		c.Refuse(code, texts, who, call[0], call[1:]...)
	}
	c.Publish(id, ledgertest.Definition(1, 2))
	c.Join(id, c.Names()...)
	early := record{
		"digest": ledgertest.Digest("e"), "size": 1, "samples": 1, "base_digest": ledgertest.Digest("initial"),
		"signature": c.Providers["factory01"].Sign(t, id, 1, ledgertest.Digest("e")), "privacy": record{"mode": "none"},
	}
	who, call, task, round, text := first(early)
	refuse(fault.IllegalTransition, []string{"PUBLISHED", "Rounds:SubmitUpdate", "allowed: Tasks:Join"}, who, call, task, round, text)

	c.Submit(c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
	late := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	future := c.Update(id, 1, "factory01")
	future["signature"] = who.Sign(t, id, 2, future["digest"].(string))
	refuse(fault.IllegalTransition, []string{
		"round 2 of task " + id + " (not open: round 1 is not committed) does not exist", call, "allowed: Tasks:Start, or Rounds:Commit of the round before",
	}, who, call, id, "2", ledgertest.JSON(t, future))

	c.SubmitUpdates(id, 1, "factory02")
	c.Wait(3 * time.Minute)
	c.Close(id, 1)
	refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is EVALUATING", "allowed: Committee:SealScores"}, who, call, id, "1", late)
	members, _ := c.Committee(id, 1)
	c.Judge(id, 1, members...)
	c.Agree(id, 1)
	refuse(fault.IllegalTransition, []string{"round 1 of task " + id + " is PROPOSED", "allowed: Committee:AttestAggregate"}, who, call, id, "1", late)
	c.CommitRound(id, 1)
	refuse(fault.IllegalTransition, []string{"is COMMITTED", "allowed: nothing"}, who, call, id, "1", late)
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	now := ledgertest.JSON(t, c.Update(id, 2, "factory01"))
	refuse(fault.IllegalTransition, []string{"is CANCELLED"}, who, call, id, "2", now)
}

func TestSubmitAfterTheDeadlineCountsWhileTheRoundIsOpen(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.Wait(time.Hour)
	c.SubmitUpdates(id, 1, "factory01")
}

func TestSubmitAfterLeaving(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 1)
	update := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	c.Submit(c.Providers["factory01"], "Tasks:Leave", id, "")
	c.Refuse(fault.PreconditionFailed, []string{"guard staying"}, c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", update)
}

func TestADeactivatedParticipantFinishesWhatItBegan(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	c.Submit(c.Providers["factory01"], "Participants:Deactivate")
	c.PlayRound(id, 1)
}

func TestTheClockOfAClientIsChecked(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Running(id, 1)
	update := ledgertest.JSON(t, c.Update(id, 1, "factory01"))
	// The endorsers' clocks are 3 s behind and 17 s ahead: both must agree.
	for skew, allowed := range map[time.Duration]bool{
		0: true, 2 * time.Second: true, -13 * time.Second: true,
		3 * time.Second: false, -14 * time.Second: false, 24 * time.Hour: false,
	} {
		at := time.UnixMilli(c.NowMs()).Add(skew)
		message := c.EndorseAt(at, c.Providers["factory01"], "Rounds:SubmitUpdate", id, "1", update).Message
		if allowed && message != "" {
			t.Errorf("%s: %s", skew, message)
		}
		if !allowed {
			ledgertest.RequireFault(t, message, fault.ClockSkew, "at most ")
		}
	}
}

func TestTwentyProvidersDoNotConflict(t *testing.T) {
	c := ledgertest.NewConsortium(t, 20)
	definition, terms := ledgertest.Definition(20, 20), ledgertest.JoinTerms()
	definition["privacy"], terms["privacy_budget"] = ledgertest.Privacy(2_000_000), ledgertest.Privacy(2_000_000)
	c.Publish(id, definition)
	together(c, "Tasks:Join", func(name string) []string {
		return []string{id, c.Accepting(c.Providers[name], id, terms)}
	})
	c.Submit(c.Requester, "Tasks:Start", id, ledgertest.JSON(t, c.Names()))
	for round := 1; round <= 2; round++ {
		together(c, "Rounds:SubmitUpdate", func(name string) []string {
			return []string{id, fmt.Sprint(round), spending(c, round, name, 1_000_000*int64(round))}
		})
		c.Conclude(id, round)
	}
	together(c, "Tasks:Leave", func(string) []string { return []string{id, "done"} })
}

// A digest that is copied off a proposal, before it is ordered, hinders nobody.
func TestAnotherMaySubmitTheSameDigest(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Running(id, 2)
	stolen := c.Update(id, 1, "factory02")
	stolen["digest"] = c.Update(id, 1, "factory01")["digest"]
	stolen["signature"] = c.Providers["factory02"].Sign(t, id, 1, stolen["digest"].(string))
	c.Submit(c.Providers["factory02"], "Rounds:SubmitUpdate", id, "1", asJSON(stolen))
	c.SubmitUpdates(id, 1, "factory01")
}

// together makes one call of every provider in one block.
func together(c *ledgertest.Consortium, function string, args func(name string) []string) {
	var calls []ledgertest.Call
	for _, name := range c.Names() {
		calls = append(calls, ledgertest.Call{Who: c.Providers[name], Function: function, Args: args(name)})
	}
	c.Together(calls...)
}
