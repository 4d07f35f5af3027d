package rounds_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// Every transaction of every contract, along a task's life.
func TestNoTransactionSucceedsOnAFailingRead(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	call := func(who *ledgertest.Identity, function string, args ...string) {
		t.Helper()
		c.FailEachRead(who, function, args...)
		c.Submit(who, function, args...)
	}
	call(ledgertest.NewIdentity(t, "Factory3MSP", "new", "provider"), "Participants:Register", "new", "localhost:1")
	call(c.Providers["factory01"], "Participants:UpdateEndpoint", "localhost:2")
	definition, terms := ledgertest.Definition(1, 2), ledgertest.JoinTerms()
	definition["privacy"], terms["privacy_budget"] = ledgertest.Privacy(9), ledgertest.Privacy(3)
	call(c.Treasurer, "Accounts:Deposit", "factory01", "credit", "7", "more")
	call(c.Requester, "Tasks:Publish", id, asJSON(definition), asJSON(c.Funds("buyer", 1000)))
	for _, name := range c.Names() {
		call(c.Providers[name], "Tasks:Join", id, c.Accepting(c.Providers[name], id, terms))
	}
	call(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	c.FailEachRead(c.Requester, "Tasks:Cancel", id, "")
	for round := 1; round <= 3; round++ {
		for _, name := range c.Names() {
			call(c.Providers[name], "Rounds:SubmitUpdate", id, strconv.Itoa(round), spending(c, round, name, int64(round)))
		}
		failThroughRound(c, round)
	}
	c.FailEachRead(c.Archive, "Tasks:Get", id)
	c.FailEachRead(c.Archive, "Tasks:List", "RUNNING", "", "")
	c.FailEachRead(c.Archive, "Rounds:List", id, "", "")
	c.FailEachRead(c.Archive, "Participants:List", "", "")
	c.FailEachRead(c.Archive, "Accounts:Get", "buyer")
	c.FailEachRead(c.Archive, "Accounts:GetAudit", "credit")
	c.FailEachRead(c.Archive, "Accounts:GetEscrow", id)
	c.FailEachRead(c.Archive, "Accounts:ListCoins", "buyer", "credit", "", "")
	c.FailEachRead(c.Providers["factory01"], "Tasks:Leave", id, "")
	call(c.Archive, "Rounds:Finalize", id)
	call(c.Archive, "Committee:Count", id, "Factory1MSP")
	c.FailEachRead(c.Archive, "Committee:Count", id, "Factory1MSP") // again
	c.FailEachRead(c.Archive, "Participants:Get", "factory01")
	call(c.Providers["factory01"], "Participants:Deactivate")
}

// failThroughRound takes the committee through a round whose updates are in.
func failThroughRound(c *ledgertest.Consortium, round int) {
	do := func(calls ...ledgertest.Call) {
		for _, call := range calls {
			c.FailEachRead(call.Who, call.Function, call.Args...)
			c.Do(call)
		}
	}
	see := func() {
		c.FailEachRead(c.Archive, "Rounds:Get", id, strconv.Itoa(round))
		c.FailEachRead(c.Archive, "Committee:Get", id, strconv.Itoa(round))
	}
	do(ledgertest.Call{Who: c.Requester, Function: "Rounds:Close", Args: []string{id, strconv.Itoa(round)}})
	members, leader := c.Committee(id, round)
	follower, term, digest := c.Followers(id, round)[0], c.At(id, round), ledgertest.Aggregate(id, round)
	do(term.Report(follower, leader))
	for _, member := range members {
		do(term.SealScores(member, c.Scores(id, round, member)))
	}
	for _, member := range members {
		do(term.Reveal(member, c.Scores(id, round, member)))
	}
	see()
	do(term.Seal(follower, digest), term.Propose(leader, digest), term.Attest(follower, digest))
	see()
	do(term.Commit(leader, digest))
	see()
}

// The ways in which a round does not go well.
func TestNoChangeOfTermSucceedsOnAFailingRead(t *testing.T) {
	for what, happens := range map[string]func(c *ledgertest.Consortium){
		"absent": func(c *ledgertest.Consortium) {
			members, _ := c.Committee(id, 1)
			for _, member := range members[1:] {
				c.Do(c.At(id, 1).SealScores(member, c.Scores(id, 1, member)))
			}
			c.Wait(time.Minute)
		},
		"contradicted": func(c *ledgertest.Consortium) { contradict(c, 1) },
		"gone": func(c *ledgertest.Consortium) {
			c.Submit(c.Leader(id, 1), "Tasks:Leave", id, "")
		},
		"silent": func(c *ledgertest.Consortium) {
			members, _ := c.Committee(id, 1)
			c.Judge(id, 1, members...)
			c.Seal(id, 1, ledgertest.Digest("x"), c.Followers(id, 1)...)
			c.Propose(id, 1)
			c.Attest(id, 1, ledgertest.Digest("x"), c.Followers(id, 1)[0])
			c.Wait(time.Hour)
		},
		"all absent": func(c *ledgertest.Consortium) { c.Wait(time.Hour) },
	} {
		t.Run(what, func(t *testing.T) {
			c := ledgertest.NewConsortium(t, 4)
			c.Running(id, 2)
			c.SubmitUpdates(id, 1, c.Names()...)
			c.Close(id, 1)
			happens(c)
			replace := c.At(id, 1).Replace("buyer")
			c.FailEachRead(replace.Who, replace.Function, replace.Args...)
			c.FailEachRead(c.Requester, "Tasks:Cancel", id, "")
		})
	}
}

func TestNoHaltSucceedsOnAFailingRead(t *testing.T) {
	for what, happens := range map[string]func(c *ledgertest.Consortium){
		"too few": func(c *ledgertest.Consortium) { extendInVain(c) },
		"refused": func(c *ledgertest.Consortium) { rejectAll(c) },
		"split":   func(c *ledgertest.Consortium) { split(c) },
		"exhausted": func(c *ledgertest.Consortium) {
			c.SubmitUpdates(id, 1, c.Names()...)
			c.Close(id, 1)
			c.Outages(id, 1)
			c.Wait(time.Hour)
		},
	} {
		t.Run(what, func(t *testing.T) {
			c := ledgertest.NewConsortium(t, 3)
			c.Running(id, 2)
			happens(c)
			c.FailEachRead(c.Archive, "Rounds:Halt", id)
			c.Halt(id)
			c.FailEachRead(c.Archive, "Committee:Count", id, "Factory1MSP")
		})
	}
}
