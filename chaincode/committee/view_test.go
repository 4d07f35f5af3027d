package committee_test

import (
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestGetShowsEachTerm(t *testing.T) {
	c, members := closed(t, 5)
	view := c.Query(c.Requester, "Committee:Get", id, "1")
	if view["quorum"] != int64(2) || view["last_leader"] != "" || view["base_digest"] != ledgertest.Digest("initial") || view["state"] != "EVALUATING" {
		t.Errorf("view is %v", view)
	}
	elected := view["elected"].(record)
	if ledgertest.JSON(t, elected["committee"]) != ledgertest.JSON(t, members) || elected["leader"] != members[0] {
		t.Errorf("elected are %v", elected)
	}
	absent := c.Followers(id, 1)[0]
	sealed(c, without(members, absent)...)
	c.Wait(time.Minute)
	c.Do(c.At(id, 1).Replace("buyer"))
	again, leader := c.Committee(id, 1)
	c.Judge(id, 1, again...)
	c.Agree(id, 1)
	committed := c.CommitRound(id, 1)

	view = c.Query(c.Requester, "Committee:Get", id, "1")
	terms := view["terms"].([]any)
	if len(terms) != 2 || view["state"] != "COMMITTED" || len(view["standings"].([]any)) != 5 || len(view["ranking"].([]any)) != 5 {
		t.Fatalf("view is %v", view)
	}
	first, second := terms[0].(record), terms[1].(record)
	if first["term"] != int64(1) || len(first["scores_sealed"].([]any)) != 2 || ledgertest.JSON(t, first["evaluations"]) != "[]" ||
		first["proposal"] != nil || ledgertest.JSON(t, first["replaced"]) != "[]" || first["opened_by"] != "buyer" {
		t.Errorf("the first term is %v", first)
	}
	if second["term"] != int64(2) || second["leader"] != leader || len(second["evaluations"].([]any)) != 3 ||
		len(second["sealed"].([]any)) != 2 || len(second["attestations"].([]any)) != 2 ||
		second["proposal"].(record)["digest"] != committed["digest"] {
		t.Errorf("the second term is %v", second)
	}

	open := c.Query(c.Requester, "Committee:Get", id, "2")
	if ledgertest.JSON(t, open["terms"]) != "[]" || open["last_leader"] != leader || open["state"] != "OPEN" ||
		ledgertest.JSON(t, open["ranking"]) != ledgertest.JSON(t, committed["next_ranking"]) ||
		ledgertest.JSON(t, open["standings"]) != ledgertest.JSON(t, committed["standings"]) {
		t.Errorf("round 2 is %v", open)
	}
}

func TestGetRefusesWhatDoesNotExist(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Refuse(fault.NotFound, []string{"task " + id}, c.Requester, "Committee:Get", id, "1")
	c.Publish(id, ledgertest.Definition(1, 1))
	c.Refuse(fault.NotFound, []string{"round 1 of task " + id + " is not open: the task has not started"}, c.Requester, "Committee:Get", id, "1")
	c.Refuse(fault.InvalidArgument, []string{"round"}, c.Requester, "Committee:Get", id, "x")
}
