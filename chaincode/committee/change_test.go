package committee_test

import (
	"fmt"
	"testing"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// consortiumOf has that many providers of each organisation: factory01 and so on, in the order given.
func consortiumOf(t *testing.T, providers ...int) *ledgertest.Consortium {
	t.Helper()
	c := ledgertest.NewConsortium(t, 0)
	for organisation, count := range providers {
		for range count {
			c.Register(fmt.Sprintf("factory%02d", len(c.Providers)+1), fmt.Sprintf("Factory%dMSP", organisation+1))
		}
	}
	return c
}

// judgedBy plays a round in which all find the updates worth what is said, or a hundred.
func judgedBy(c *ledgertest.Consortium, round int, worth map[string]int) record {
	c.SubmitUpdates(id, round, ledgertest.Strings(c.Round(id, round)["participants"])...)
	c.Close(id, round)
	members, _ := c.Committee(id, round)
	c.JudgeBy(id, round, func(member string) []record {
		scores := c.Scores(id, round, member)
		for _, one := range scores {
			if micro, said := worth[one["participant"].(string)]; said {
				one["score_micro"] = micro
			}
		}
		return scores
	}, members...)
	c.Agree(id, round)
	return c.CommitRound(id, round)
}

// changed is what is counted for the organisation, once the task is cancelled.
func changed(c *ledgertest.Consortium, msp string) int64 {
	return c.Submit(c.Archive, "Committee:Count", id, msp)["change"].(int64)
}

// With a committee of fewer than three organisations, one of them may decide alone, or with the
// requester: what it finds of itself, and of others, raises nobody.
func TestARiseTakesACommitteeOfThreeOrganisations(t *testing.T) {
	for what, scene := range map[string]struct {
		providers []int
		of        int // the organisation of factory03
		committee int
		counts    bool
	}{
		"two, with four names":           {[]int{2, 2}, 2, 3, false},
		"three, of which two decide":     {[]int{1, 1, 1}, 3, 2, false},
		"three, of which all decide":     {[]int{1, 1, 1}, 3, 3, true},
		"three, and room for more seats": {[]int{2, 1, 1}, 2, 5, true},
	} {
		t.Run(what, func(t *testing.T) {
			c := consortiumOf(t, scene.providers...)
			definition := ledgertest.Definition(1, len(c.Providers))
			definition["governance"].(record)["committee"] = scene.committee
			c.RunningWith(id, definition)
			committed := judgedBy(c, 1, map[string]int{})
			rise := standing(committed, "factory03")["reputation"].(int64) - 500_000
			c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
			if rise <= 0 {
				t.Fatalf("it does not rise: %d", rise)
			}
			want := map[bool]int64{true: rise, false: 0}[scene.counts]
			msp := fmt.Sprintf("Factory%dMSP", scene.of)
			if got := changed(c, msp); got != want {
				t.Errorf("%d is counted, of %d", got, rise)
			}
			if reputation(c, "factory03") != 500_000+want {
				t.Errorf("its reputation is %v", reputation(c, "factory03"))
			}
		})
	}
}

// Its own requester, and its own committee.
func TestAnOrganisationAloneDoesNotRaiseItself(t *testing.T) {
	c := consortiumOf(t, 12)
	c.Running(id, 1)
	committed := judgedBy(c, 1, nil)
	if rose := standing(committed, "factory03")["reputation"].(int64); rose <= 500_000 {
		t.Fatalf("it does not rise: %d", rose)
	}
	c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
	if got := changed(c, "Factory1MSP"); got != 0 {
		t.Errorf("%d is counted", got)
	}
}

func TestAFallAlwaysCounts(t *testing.T) {
	c := consortiumOf(t, 1, 1)
	c.Running(id, 1)
	judgedBy(c, 1, map[string]int{"factory01": 0})
	c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
	if got := changed(c, "Factory1MSP"); got != -62_500 {
		t.Errorf("%d is counted", got)
	}
}

// Neither does another name of its own make good what one of them has lost, nor do two lose it twice.
func TestAnOrganisationAnswersForItsWorst(t *testing.T) {
	for _, first := range []string{"factory01", "factory02"} {
		c := consortiumOf(t, 2, 1, 1)
		c.Running(id, 1)
		committed := judgedBy(c, 1, map[string]int{first: 0})
		if other := standing(committed, map[string]string{"factory01": "factory02", "factory02": "factory01"}[first]); other["reputation"].(int64) <= 500_000 {
			t.Fatalf("the other stands at %v", other)
		}
		c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
		if got := changed(c, "Factory1MSP"); got != -62_500 {
			t.Errorf("%d is counted", got)
		}
	}
	c := consortiumOf(t, 2, 1, 1)
	c.Running(id, 1)
	judgedBy(c, 1, map[string]int{"factory01": 0, "factory02": 0})
	c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
	if got := changed(c, "Factory1MSP"); got != -62_500 {
		t.Errorf("both have lost it, %d is counted", got)
	}
}

// Once too few organisations are left to elect three, nobody rises any more: what was risen before counts.
func TestARiseCountsAsFarAsThreeOrganisationsDecided(t *testing.T) {
	begin := func() *ledgertest.Consortium {
		c := consortiumOf(t, 2, 1, 1)
		c.Running(id, 1)
		return c
	}
	left := func(c *ledgertest.Consortium) {
		c.Submit(c.Providers["factory04"], "Tasks:Leave", id, "")
	}
	end := func(c *ledgertest.Consortium) int64 {
		c.Submit(c.Requester, "Tasks:Cancel", id, "enough")
		return changed(c, "Factory2MSP")
	}
	c := begin()
	judgedBy(c, 1, nil)
	left(c) // in time for round 3, whose committee is elected by round 2
	second := standing(judgedBy(c, 2, nil), "factory03")["reputation"].(int64)
	third := standing(judgedBy(c, 3, nil), "factory03")["reputation"].(int64)
	if third <= second || second <= usual {
		t.Fatalf("%d, then %d: nothing is shown", second, third)
	}
	c.Submit(c.Archive, "Rounds:Finalize", id)
	if got := changed(c, "Factory2MSP"); got != second-500_000 {
		t.Errorf("%d is counted, it rose to %d and then to %d", got, second, third)
	}

	c = begin()
	left(c)
	judgedBy(c, 1, nil)                                     // elected by the start: three
	judgedBy(c, 2, map[string]int{"factory03": -1_000_000}) // what it has added is gone
	if got, want := end(c), int64(usual-usual/8-500_000); got != want {
		t.Errorf("it rose and fell: %d is counted, want %d", got, want)
	}

	c = begin()
	left(c)
	fell := standing(judgedBy(c, 1, map[string]int{"factory03": 0}), "factory03")["reputation"].(int64)
	if rose := standing(judgedBy(c, 2, nil), "factory03")["reputation"].(int64); rose <= fell {
		t.Fatalf("%d, then %d: nothing is shown", fell, rose)
	}
	if got := end(c); got != fell-500_000 {
		t.Errorf("what it lost before three is not made good after: %d is counted", got)
	}
}
