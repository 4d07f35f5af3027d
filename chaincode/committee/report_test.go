package committee_test

import (
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestReportsAreRecorded(t *testing.T) {
	c, members := closed(t, 4)
	got := c.Do(c.At(id, 1).Report(members[0], members[1]))
	for field, want := range map[string]any{
		"participant": members[0], "accused": members[1], "reason": "it does not answer", "term": int64(1), "reported_at_ms": c.NowMs(),
	} {
		if got[field] != want {
			t.Errorf("%s is %v", field, got[field])
		}
	}
	if shown := c.Round(id, 1)["term"].(record)["reports"]; ledgertest.JSON(t, shown) != ledgertest.JSON(t, []record{got}) {
		t.Errorf("reports are %v", shown)
	}
	c.Refuse(fault.AlreadyExists, []string{"Committee:Report: report"}, c.Providers[members[0]],
		"Committee:Report", id, "1", "1", members[1], "another reason")
}

func TestReportsAreOfAnotherMember(t *testing.T) {
	c, members := closed(t, 4)
	stranger, term := outsider(c), c.At(id, 1)
	c.Deny(fault.PermissionDenied, []string{stranger + " is no member of the committee"}, term.Report(stranger, members[0]))
	for _, accused := range []string{members[0], stranger, "nobody"} {
		c.Deny(fault.InvalidArgument, []string{"accused: " + accused + " should be another member of the committee, one of"}, term.Report(members[0], accused))
	}
	c.Deny(fault.InvalidArgument, []string{"accused"}, term.Report(members[0], "No Body"))
	c.Refuse(fault.InvalidArgument, []string{"reason: has 201"}, c.Providers[members[0]], "Committee:Report", id, "1", "1", members[1], strings.Repeat("x", 201))
	later := *term
	later.Number = 2
	c.Deny(fault.PreconditionFailed, []string{"guard same-term"}, later.Report(members[0], members[1]))
}

func TestReportsNeedACommitteeAtWork(t *testing.T) {
	c := ledgertest.NewConsortium(t, 3)
	c.Running(id, 3)
	report := []string{id, "1", "1", "factory02", ""}
	c.Refuse(fault.IllegalTransition, []string{"is OPEN: Committee:Report"}, c.Providers["factory01"], "Committee:Report", report...)
	c.PlayRound(id, 1)
	c.Refuse(fault.IllegalTransition, []string{"is COMMITTED: Committee:Report"}, c.Providers["factory01"], "Committee:Report", report...)
}

// Who is reported and does its part all the same is not replaced: the round does not wait for it.
func TestAReportOfOneWhoDoesItsPartIsInVain(t *testing.T) {
	c, members := closed(t, 4)
	sealed(c, members...)
	for _, accuser := range members[1:] {
		c.Do(c.At(id, 1).Report(accuser, members[0]))
	}
	revealed(c, members[0])
	refuseReplace(c)
	revealed(c, members[1:]...)
	got := finish(c)
	requireFaults(t, got)
}

func TestAQuorumThatReportsIsWaitedForNoLonger(t *testing.T) {
	c, _, honest := judged(t, 4)
	followers := c.Followers(id, 1)
	_, leader := c.Committee(id, 1)
	c.Seal(id, 1, honest, followers...)
	c.Propose(id, 1)
	c.Attest(id, 1, honest, followers[0])
	for _, accuser := range []string{leader, followers[0]} {
		c.Do(c.At(id, 1).Report(accuser, followers[1]))
	}
	requireFaults(t, c.CommitRound(id, 1), faultOf(followers[1], 1, "unavailable"))
}
