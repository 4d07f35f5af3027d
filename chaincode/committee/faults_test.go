package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestAWrongAttestationIsAFault(t *testing.T) {
	c, _, honest := judged(t, 3)
	followers := c.Followers(id, 1)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, followers[0])
	c.Seal(id, 1, lie, followers[1])
	c.Propose(id, 1)
	c.Attest(id, 1, honest, followers[0])
	c.Attest(id, 1, lie, followers[1])
	got := c.CommitRound(id, 1)
	requireFaults(t, got, faultOf(followers[1], 1, "wrong-attestation"))
	// 860,000 for three equal updates; 90,000 for three members, and 50,000 for the leader.
	for name, want := range map[string]record{
		leader:       {"share_ppm": 286_666 + 30_000 + 50_000, "reputation": usual},
		followers[0]: {"share_ppm": 286_666 + 30_000, "reputation": usual},
		followers[1]: {"share_ppm": 286_666, "reputation": usual - 100_000},
	} {
		for field, value := range want {
			if shown := standing(got, name)[field]; ledgertest.JSON(t, shown) != ledgertest.JSON(t, value) {
				t.Errorf("%s: %s is %v, want %v", name, field, shown, value)
			}
		}
	}
	if ranking := ledgertest.Strings(got["next_ranking"]); ranking[2] != followers[1] {
		t.Errorf("next rank %v", ranking)
	}
}

func TestALazyAttesterIsFaulted(t *testing.T) {
	for what, lazy := range map[string]func(c *ledgertest.Consortium, member string){
		"never seals":   func(c *ledgertest.Consortium, _ string) { c.Wait(time.Minute) },
		"never attests": func(c *ledgertest.Consortium, member string) { c.Seal(id, 1, lie, member) },
	} {
		t.Run(what, func(t *testing.T) {
			c, _, honest := judged(t, 4)
			followers := c.Followers(id, 1)
			c.Seal(id, 1, honest, followers[0])
			c.Wait(2 * time.Minute)
			lazy(c, followers[1])
			c.Propose(id, 1)
			c.Attest(id, 1, honest, followers[0])
			c.Wait(3 * time.Minute)
			got := c.CommitRound(id, 1)
			requireFaults(t, got, faultOf(followers[1], 1, "unavailable"))
			if standing(got, followers[1])["reputation"] != int64(usual-50_000) || standing(got, followers[1])["share_ppm"] != int64(215_000) {
				t.Errorf("its standing is %v", standing(got, followers[1]))
			}
			if next := ledgertest.Strings(got["next_committee"]); contains(next, followers[1]) {
				t.Errorf("next are %v, with the lazy one", next)
			}
		})
	}
}

func TestWhoMissedADutyRanksBehindAllThatDidTheirs(t *testing.T) {
	c, members := closed(t, 5)
	lazy := c.Followers(id, 1)[0]
	c.JudgeBy(id, 1, func(member string) []record {
		scores := c.Scores(id, 1, member)
		for _, score := range scores {
			if score["participant"] == lazy {
				score["score_micro"] = 1000 // it adds most
			}
		}
		return scores
	}, members...)
	c.Seal(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), lazy)...)
	c.Wait(3 * time.Minute)
	c.Propose(id, 1)
	c.Attest(id, 1, ledgertest.Aggregate(id, 1), without(c.Followers(id, 1), lazy)...)
	got := c.CommitRound(id, 1)
	for _, name := range without(c.Names(), lazy) {
		if standing(got, name)["merit_ppm"].(int64) >= standing(got, lazy)["merit_ppm"].(int64) {
			t.Fatalf("%s has no less merit than %s: nothing is shown", name, lazy)
		}
	}
	if ranking := ledgertest.Strings(got["next_ranking"]); ranking[4] != lazy {
		t.Errorf("next rank %v, and %s missed its duty", ranking, lazy)
	}
}

func TestWhoDoesNotScoreIsFaulted(t *testing.T) {
	c, members := closed(t, 4)
	lazy, honest := c.Followers(id, 1)[0], ledgertest.Aggregate(id, 1)
	sealed(c, members...)
	revealed(c, without(members, lazy)...)
	c.Wait(2 * time.Minute)
	c.Agree(id, 1)
	got := c.CommitRound(id, 1)
	requireFaults(t, got, faultOf(lazy, 1, "unavailable"))
	if got["digest"] != honest || standing(got, lazy)["reputation"] != int64(usual-50_000) {
		t.Errorf("its standing is %v", standing(got, lazy))
	}
}

func TestLeavingIsNoFault(t *testing.T) {
	c, _, honest := judged(t, 4)
	followers := c.Followers(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.Submit(c.Providers[followers[1]], "Tasks:Leave", id, "")
	c.Propose(id, 1)
	c.Attest(id, 1, honest, followers[0])
	got := c.CommitRound(id, 1)
	requireFaults(t, got)
	if standing(got, followers[1])["share_ppm"] != int64(215_000) { // for its update, not for its service
		t.Errorf("its standing is %v", standing(got, followers[1]))
	}
}
