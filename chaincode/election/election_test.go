package election_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/state"
)

func TestReputationDecides(t *testing.T) {
	standings := []state.Standing{{Participant: "a", Reputation: 1}, {Participant: "b", Reputation: 3}, {Participant: "c", Reputation: 2}}
	for eligible, want := range map[string]string{"abc": "b", "ac": "c", "a": "a", "": ""} {
		var names []string
		for _, name := range eligible {
			names = append(names, string(name))
		}
		if got := election.Leader(standings, names, "base"); got != want {
			t.Errorf("of %s: %q, want %q", eligible, got, want)
		}
	}
}

func TestNoReputationAtAllStillLeads(t *testing.T) {
	for _, reputation := range []int64{0, -7} {
		standings := []state.Standing{{Participant: "a", Reputation: reputation}}
		if got := election.Leader(standings, []string{"a"}, "base"); got != "a" {
			t.Errorf("with %d: %q", reputation, got)
		}
	}
}

// The result does not depend on any order, and is the smallest lot among those with the most.
func TestLeaderIsTheSmallestLotOfTheBest(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	won := map[string]int{}
	for trial := range 500 {
		var standings []state.Standing
		var names []string
		for i := range 1 + random.IntN(8) {
			name := fmt.Sprintf("factory%d", i)
			names = append(names, name)
			standings = append(standings, state.Standing{Participant: name, Reputation: random.Int64N(3)})
		}
		base := fmt.Sprint(trial)
		want := bySorting(standings, base)
		random.Shuffle(len(standings), func(i, j int) { standings[i], standings[j] = standings[j], standings[i] })
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		if got := election.Leader(standings, names, base); got != want {
			t.Fatalf("%v: %s, want %s", standings, got, want)
		}
		won[want]++
	}
	if len(won) < 8 {
		t.Errorf("some never win: %v", won)
	}
}

func bySorting(standings []state.Standing, base string) string {
	sorted := slices.Clone(standings)
	lot := func(name string) string {
		sum := sha256.Sum256([]byte(base + "\n" + name))
		return hex.EncodeToString(sum[:])
	}
	slices.SortFunc(sorted, func(a, b state.Standing) int {
		if a.Reputation != b.Reputation {
			return int(b.Reputation - a.Reputation)
		}
		if lot(a.Participant) < lot(b.Participant) {
			return -1
		}
		return 1
	})
	return sorted[0].Participant
}
