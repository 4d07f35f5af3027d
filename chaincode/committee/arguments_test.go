package committee_test

import (
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestScoresAreOfAllButOnesOwn(t *testing.T) {
	c, members := closed(t, 4)
	sealed(c, members...)
	own := append(c.Scores(id, 1, members[0]), ledgertest.Accepted(members[0]))
	for what, scores := range map[string][]record{
		"none": {}, "too few": c.Scores(id, 1, members[0])[1:], "its own": own,
		"twice":     append(c.Scores(id, 1, members[0]), c.Scores(id, 1, members[0])[0]),
		"a ghost's": append(c.Scores(id, 1, members[0])[1:], ledgertest.Accepted("ghost")),
	} {
		t.Run(what, func(t *testing.T) {
			c.Deny(fault.InvalidArgument, []string{"evaluation: scores of ", "should be of "}, c.At(id, 1).Reveal(members[0], scores))
		})
	}
}

func TestRevealValidatesTheEvaluation(t *testing.T) {
	c, members := closed(t, 2)
	sealed(c, members...)
	for names, change := range map[string]func(evaluation, score record){
		"salt: missing":              func(e, _ record) { delete(e, "salt") },
		"scores: missing":            func(e, _ record) { delete(e, "scores") },
		"scores: entry 0":            func(e, _ record) { e["scores"] = []int{1} },
		"term: unknown field":        func(e, _ record) { e["term"] = 1 },
		"scores[0].participant":      func(_, s record) { s["participant"] = "Factory" },
		"scores[0].score_micro":      func(_, s record) { s["score_micro"] = "1" },
		"score_micro: 1000000000001": func(_, s record) { s["score_micro"] = 1_000_000_000_001 },
		"scores[0].weight: unknown":  func(_, s record) { s["weight"] = 1 },
		`"maybe" because of ""`:      func(_, s record) { s["verdict"] = "maybe" },
		`"accepted" because of "harmful": should be accepted without a reason`: func(_, s record) { s["reason"] = "harmful" },
		`"rejected" because of "ugly"`:                                         func(_, s record) { s["verdict"], s["reason"] = "rejected", "ugly" },
		`"rejected" because of "": should be accepted without a reason, or rejected with one of [bad-signature`: func(_, s record) {
			s["verdict"] = "rejected"
		},
	} {
		score := ledgertest.Accepted(members[1])
		evaluation := record{"salt": ledgertest.Digest("salt"), "scores": []record{score}}
		change(evaluation, score)
		c.Refuse(fault.InvalidArgument, []string{"evaluation: ", names},
			c.Providers[members[0]], "Committee:RevealScores", id, "1", "1", ledgertest.JSON(t, evaluation))
	}
	big := record{"salt": strings.Repeat("a", 65_536), "scores": []record{}}
	c.Refuse(fault.InvalidArgument, []string{"evaluation has"}, c.Providers[members[0]], "Committee:RevealScores", id, "1", "1", ledgertest.JSON(t, big))
}

func TestEveryCallChecksItsArguments(t *testing.T) {
	c, members := closed(t, 2)
	hash := ledgertest.Digest("x")
	last := map[string][]string{
		"SealScores": {hash}, "RevealScores": {"{}"}, "SealAttestation": {hash}, "AttestAggregate": {"{}"},
		"Report": {members[1], ""}, "Replace": {},
	}
	for function, rest := range last {
		call := func(code fault.Code, text, task, round, term string) {
			t.Helper()
			c.Refuse(code, []string{text}, c.Providers[members[0]], "Committee:"+function, append([]string{task, round, term}, rest...)...)
		}
		call(fault.NotFound, "task other", "other", "1", "1")
		call(fault.InvalidArgument, "task", "Other", "1", "1")
		for _, number := range []string{"", "0", "01", "x", "-1", "100000"} {
			call(fault.InvalidArgument, "round: ", id, number, "1")
			call(fault.InvalidArgument, "term: ", id, "1", number)
		}
		stranger := ledgertest.NewIdentity(t, "Factory1MSP", "new", "provider")
		c.Refuse(fault.PermissionDenied, []string{"not registered"}, stranger, "Committee:"+function, append([]string{id, "1", "1"}, rest...)...)
	}
	for _, function := range []string{"SealScores", "SealAttestation"} {
		c.Refuse(fault.InvalidArgument, []string{"hash"}, c.Providers[members[0]], "Committee:"+function, id, "1", "1", "x")
	}
}
