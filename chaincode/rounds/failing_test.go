package rounds_test

import (
	"testing"

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
	call(c.Requester, "Tasks:Publish", id, asJSON(definition))
	for _, name := range c.Names() {
		call(c.Providers[name], "Tasks:Join", id, c.Accepting(c.Providers[name], id, terms))
	}
	call(c.Requester, "Tasks:Start", id, asJSON(c.Names()))
	for _, round := range []string{"1", "2", "3"} {
		number := int(round[0] - '0')
		for _, name := range c.Names() {
			call(c.Providers[name], "Rounds:SubmitUpdate", id, round, spending(c, number, name, int64(number)))
		}
		proposal := ledgertest.Proposal(id, number, c.Names()...)
		call(c.Leader(id, number), "Rounds:ProposeAggregate", id, round, asJSON(proposal))
		call(c.Leader(id, number), "Rounds:Commit", id, round, proposal["digest"].(string))
		c.FailEachRead(c.Archive, "Rounds:Get", id, round)
	}
	c.FailEachRead(c.Archive, "Tasks:Get", id)
	c.FailEachRead(c.Archive, "Tasks:List", "RUNNING", "", "")
	c.FailEachRead(c.Archive, "Rounds:List", id, "", "")
	c.FailEachRead(c.Archive, "Participants:List", "", "")
	c.FailEachRead(c.Requester, "Tasks:Cancel", id, "")
	c.FailEachRead(c.Providers["factory01"], "Tasks:Leave", id, "")
	call(c.Leader(id, 3), "Rounds:Finalize", id)
	call(c.Providers["factory01"], "Participants:Deactivate")
}
