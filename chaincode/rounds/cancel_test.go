package rounds_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func wrongProposal(name string) string {
	return asJSON([]record{{"participant": name, "term": 1, "fault": "wrong-proposal"}})
}

func usual(c *ledgertest.Consortium, except map[string]int64) map[string]int64 {
	want := map[string]int64{}
	for _, name := range c.Names() {
		want[name] = 500_000
	}
	for name, reputation := range except {
		want[name] = reputation
	}
	return want
}

// A requester that is in league with a liar does not save it by ending the task.
func TestCancellingLetsNobodyOff(t *testing.T) {
	for what, replaces := range map[string]bool{"before it is replaced": false, "after": true} {
		t.Run(what, func(t *testing.T) {
			c := ledgertest.NewConsortium(t, 4)
			c.Running(id, 2)
			c.SubmitUpdates(id, 1, c.Names()...)
			c.Close(id, 1)
			_, liar := c.Committee(id, 1)
			contradict(c, 1)
			if replaces {
				c.Do(c.At(id, 1).Replace("archive"))
			}
			cancel := c.Submit(c.Requester, "Tasks:Cancel", id, "I have seen enough")
			if asJSON(cancel["faults"]) != wrongProposal(liar) {
				t.Errorf("faults are %v", cancel["faults"])
			}
			requireReputations(t, cancel, usual(c, map[string]int64{liar: 250_000}))
			counted := c.Submit(c.Archive, "Committee:Count", id, c.Providers[liar].MSPID)
			if counted["change"] != int64(-250_000) {
				t.Errorf("counted is %v", counted)
			}
		})
	}
}

func TestCancellingBlamesNobodyThatHasTime(t *testing.T) {
	c := ledgertest.NewConsortium(t, 4)
	c.Running(id, 2)
	requireUnblamed := func(end record) {
		t.Helper()
		if asJSON(end["faults"]) != "[]" {
			t.Errorf("faults are %v", end["faults"])
		}
		requireReputations(t, end, usual(c, nil))
	}
	c.SubmitUpdates(id, 1, c.Names()...)
	c.Close(id, 1)
	c.Wait(time.Minute - time.Second)
	requireUnblamed(c.Submit(c.Requester, "Tasks:Cancel", id, ""))
}

// What rounds have made of reputations stays, and an open round that nobody has closed shows nothing.
func TestCancellingKeepsWhatIsCommitted(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 2)
	committed := c.PlayRound(id, 1)
	want := map[string]int64{}
	for _, item := range committed["standings"].([]any) {
		want[item.(record)["participant"].(string)] = item.(record)["reputation"].(int64)
	}
	c.SubmitUpdates(id, 2, "factory01")
	cancel := c.Submit(c.Requester, "Tasks:Cancel", id, "")
	requireReputations(t, cancel, want)
	if asJSON(cancel["faults"]) != "[]" || want["factory01"] == 500_000 {
		t.Errorf("cancel is %v", cancel)
	}
}

func TestATaskThatNeverStartedHasNoStandings(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	cancel := c.Submit(c.Requester, "Tasks:Cancel", id, "")
	if asJSON(cancel["faults"]) != "[]" || asJSON(cancel["standings"]) != "[]" {
		t.Errorf("cancel is %v", cancel)
	}
}
