package rounds_test

import (
	"maps"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// lie is a digest that nobody computes.
var lie = ledgertest.Digest("a lie")

// contradict takes a closed round to where all followers contradict their leader.
func contradict(c *ledgertest.Consortium, round int) {
	members, _ := c.Committee(id, round)
	c.Judge(id, round, members...)
	followers, digest := c.Followers(id, round), ledgertest.Aggregate(id, round)
	c.Seal(id, round, digest, followers...)
	c.ProposeDigest(id, round, lie)
	c.Attest(id, round, digest, followers...)
}

// extendInVain takes round 1 of three to where it has too few updates again.
func extendInVain(c *ledgertest.Consortium) {
	c.SubmitUpdates(id, 1, "factory01")
	c.Wait(2 * time.Minute)
	c.Submit(c.Requester, "Rounds:Extend", id, "1")
	c.Wait(2 * time.Minute)
}

// rejectAll takes round 1 to where its committee accepts nothing.
func rejectAll(c *ledgertest.Consortium) {
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	members, _ := c.Committee(id, 1)
	c.JudgeBy(id, 1, func(member string) []record {
		scores := []record{}
		for _, name := range without(c.Names(), member) {
			scores = append(scores, ledgertest.Rejected(name, "harmful"))
		}
		return scores
	}, members...)
}

// split takes round 1 to where each member has computed another digest.
func split(c *ledgertest.Consortium) {
	c.Judged(id, 1)
	followers := c.Followers(id, 1)
	for _, member := range followers {
		c.Seal(id, 1, ledgertest.Digest(member), member)
	}
	c.Propose(id, 1)
	for _, member := range followers {
		c.Attest(id, 1, ledgertest.Digest(member), member)
	}
}

// requireHalted halts the task, and looks at the record.
func requireHalted(t *testing.T, c *ledgertest.Consortium, reason, detail string) record {
	t.Helper()
	halt := c.Halt(id)
	if halt["reason"] != reason || halt["detail"] != detail || halt["halted_by"] != "archive" {
		t.Errorf("halt is %v", halt)
	}
	view := c.Query(c.Requester, "Tasks:Get", id)
	if view["state"] != "HALTED" || view["reason"] != reason+": "+detail || view["ended_at_ms"] != halt["halted_at_ms"] {
		t.Errorf("task is %v", view)
	}
	c.Repeat(c.Requester, "Rounds:Halt", id)
	c.Refuse(fault.IllegalTransition, []string{"is HALTED", "Tasks:Cancel", "allowed: Committee:Count"}, c.Requester, "Tasks:Cancel", id, "")
	return halt
}

func refuseHalt(c *ledgertest.Consortium) {
	c.Refuse(fault.PreconditionFailed, []string{"Rounds:Halt: guard hopeless: the round can go on"}, c.Archive, "Rounds:Halt", id)
}

func TestTooFewAreExtendedOnceThenHalted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, "factory01")
	refuseHalt(c)
	c.Wait(2 * time.Minute)
	refuseHalt(c) // it can be extended
	c.Submit(c.Requester, "Rounds:Extend", id, "1")
	c.Wait(2*time.Minute - time.Second)
	refuseHalt(c)
	c.Wait(time.Second)
	halt := requireHalted(t, c, "too-few-updates", "1 of at least 2, after the round was extended")
	if halt["round"] != int64(1) || asJSON(halt["faults"]) != "[]" {
		t.Errorf("halt is %v", halt)
	}
	update := asJSON(c.Update(id, 1, "factory02"))
	c.Refuse(fault.IllegalTransition, []string{"is HALTED"}, c.Providers["factory02"], "Rounds:SubmitUpdate", id, "1", update)
}

func TestAnUpdateInTheSameBlockStopsTheHalt(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	extendInVain(c)
	halt := c.Endorse(c.Archive, "Rounds:Halt", id)
	c.SubmitUpdates(id, 1, "factory02")
	if c.Commit(halt) {
		t.Error("a task with enough updates was halted")
	}
	refuseHalt(c)
	c.Conclude(id, 1)
}

func TestNothingAcceptedHalts(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	rejectAll(c)
	follower := c.Followers(id, 1)[0]
	c.Deny(fault.PreconditionFailed, []string{"guard enough-accepted", "0 are accepted, at least 1 needed: the task can be halted"},
		c.At(id, 1).Seal(follower, lie))
	c.Wait(time.Hour)
	c.Deny(fault.PreconditionFailed, []string{"guard some-fallen", "or the task can be halted"}, c.At(id, 1).Replace("buyer"))
	halt := requireHalted(t, c, "too-few-accepted", "factory01: harmful, factory02: harmful, factory03: harmful")
	if asJSON(halt["faults"]) != "[]" || asJSON(halt["rejected"]) != "[]" {
		t.Errorf("blamed are %v, for their updates %v", halt["faults"], halt["rejected"])
	}
	requireReputations(t, halt, map[string]int64{"factory01": 500_000, "factory02": 500_000, "factory03": 500_000})
}

func TestFewerThanTheRuleNeedsHalts(t *testing.T) {
	for least, reason := range map[int]string{2: "", 3: "too-few-accepted"} {
		c := ledgertest.NewConsortium(t, 3)
		definition := ledgertest.Definition(3, 3)
		definition["aggregation"].(record)["least"] = least
		c.RunningWith(id, definition)
		c.SubmitUpdates(id, 1, c.Names()...)
		c.Close(id, 1)
		members, _ := c.Committee(id, 1)
		c.JudgeBy(id, 1, rejecting(c, 1, "factory02", "non-finite"), members...)
		if reason == "" {
			refuseHalt(c)
			c.Agree(id, 1)
			c.CommitRound(id, 1)
			continue
		}
		c.Deny(fault.PreconditionFailed, []string{"guard enough-accepted: 2 are accepted, at least 3 needed"},
			c.At(id, 1).Seal(c.Followers(id, 1)[0], ledgertest.Aggregate(id, 1)))
		halt := requireHalted(t, c, reason, "factory02: non-finite")
		if asJSON(halt["rejected"]) != `[{"by_quorum":true,"participant":"factory02","reason":"non-finite"}]` {
			t.Errorf("rejected: %v", halt["rejected"])
		}
		requireReputations(t, halt, map[string]int64{"factory01": 500_000, "factory02": 450_000, "factory03": 500_000})
	}
}

func TestWhoDidNotScoreIsBlamedWhereNothingIsAccepted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	members, _ := c.Committee(id, 1)
	for _, member := range members[:2] {
		c.Do(c.At(id, 1).SealScores(member, harmfuls(c, member)))
	}
	c.Wait(time.Minute)
	for _, member := range members[:2] {
		c.Do(c.At(id, 1).Reveal(member, harmfuls(c, member)))
	}
	halt := c.Halt(id)
	if halt["reason"] != "too-few-accepted" || asJSON(participants(halt["faults"])) != asJSON(members[2:]) {
		t.Errorf("halt is %v", halt)
	}
}

func harmfuls(c *ledgertest.Consortium, member string) []record {
	scores := []record{}
	for _, name := range without(c.Names(), member) {
		scores = append(scores, ledgertest.Rejected(name, "harmful"))
	}
	return scores
}

func TestASplitCommitteeHalts(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	split(c)
	c.Deny(fault.PreconditionFailed, []string{"guard some-fallen"}, c.At(id, 1).Replace("buyer"))
	halt := requireHalted(t, c, "committee-split", "no digest has a quorum of 2")
	if asJSON(halt["faults"]) != "[]" {
		t.Errorf("blamed are %v", halt["faults"])
	}
}

func TestEqualCampsHalt(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	definition := ledgertest.Definition(4, 4)
	definition["governance"].(record)["committee"] = 4
	c.RunningWith(id, definition)
	c.Judged(id, 1)
	followers, digest := c.Followers(id, 1), ledgertest.Aggregate(id, 1)
	c.Seal(id, 1, digest, followers[0])
	c.Seal(id, 1, lie, followers[1:]...)
	c.Propose(id, 1)
	c.Attest(id, 1, digest, followers[0])
	c.Attest(id, 1, lie, followers[1])
	refuseHalt(c) // the last may decide
	c.Attest(id, 1, lie, followers[2])
	requireHalted(t, c, "committee-split", "no digest has a quorum of 3")
}

func TestAnExhaustedCommitteeHalts(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	members, _ := c.Committee(id, 1)
	for range 3 {
		c.Wait(time.Minute)
		refuseHalt(c) // it can begin anew
		c.Do(c.At(id, 1).Replace("archive"))
	}
	for _, member := range members[:1] {
		c.Do(c.At(id, 1).SealScores(member, c.Scores(id, 1, member)))
	}
	refuseHalt(c)
	c.Wait(time.Minute)
	c.Deny(fault.PreconditionFailed, []string{"guard enough-left", "there are 1, at least 2 needed: the task can be halted"},
		c.At(id, 1).Replace("buyer"))
	halt := requireHalted(t, c, "committee-exhausted", "1 are left, a quorum is 2")
	if asJSON(participants(halt["faults"])) != asJSON(members[1:]) {
		t.Errorf("blamed are %v", halt["faults"])
	}
	requireReputations(t, halt, map[string]int64{members[0]: 500_000, members[1]: 450_000, members[2]: 450_000})
}

func requireReputations(t *testing.T, end record, want map[string]int64) {
	t.Helper()
	got := map[string]int64{}
	for _, item := range end["standings"].([]any) {
		got[item.(record)["participant"].(string)] = item.(record)["reputation"].(int64)
	}
	if !maps.Equal(got, want) {
		t.Errorf("reputations are %v, want %v", got, want)
	}
}

func TestHaltNeedsARunningTask(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Refuse(fault.IllegalTransition, []string{"is PUBLISHED: Rounds:Halt"}, c.Archive, "Rounds:Halt", id)
	c.Join(id, "factory01")
	c.Submit(c.Requester, "Tasks:Start", id, `["factory01"]`)
	for round := 1; round <= 3; round++ {
		c.PlayRound(id, round)
	}
	refuseHalt(c) // it is to be finalized
	c.Submit(c.Archive, "Rounds:Finalize", id)
	c.Refuse(fault.IllegalTransition, []string{"is FINISHED: Rounds:Halt"}, c.Archive, "Rounds:Halt", id)
}

func TestACancelledTaskIsNotHalted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	extendInVain(c)
	halt := c.Endorse(c.Archive, "Rounds:Halt", id)
	c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if c.Commit(halt) {
		t.Error("a task was halted in the block that cancelled it")
	}
	c.Refuse(fault.IllegalTransition, []string{"is CANCELLED: Rounds:Halt"}, c.Archive, "Rounds:Halt", id)
}
