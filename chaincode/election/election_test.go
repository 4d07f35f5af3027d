package election_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/election"
	"github.com/weftwork/weftwork/chaincode/reputation"
	"github.com/weftwork/weftwork/chaincode/state"
)

// merits are standings of participants named by one letter, each of an organisation of its own.
func merits(of map[string]int64) []state.Standing {
	var standings []state.Standing
	for name, merit := range of {
		standings = append(standings, state.Standing{Participant: name, MSPID: "Org" + name, MeritPPM: merit})
	}
	return standings
}

func letters(names string) []string {
	return slices.DeleteFunc(strings.Split(names, ""), func(name string) bool { return name == "" })
}

func TestMeritDecides(t *testing.T) {
	standings := merits(map[string]int64{"a": 1, "b": 3, "c": 2})
	for eligible, want := range map[string]string{"abc": "bca", "ac": "ca", "a": "a", "": ""} {
		if got := strings.Join(election.Rank(standings, letters(eligible), nil, "base"), ""); got != want {
			t.Errorf("of %s: %s, want %s", eligible, got, want)
		}
	}
}

func TestTheIdleRankLast(t *testing.T) {
	standings := merits(map[string]int64{"a": 1, "b": 3, "c": 2, "d": 4})
	if got := strings.Join(election.Rank(standings, letters("abcd"), letters("bd"), "base"), ""); got != "cadb" {
		t.Errorf("the idle b and d rank as %s", got)
	}
}

func TestNoMeritAtAllStillLeads(t *testing.T) {
	for _, merit := range []int64{0, -7} {
		standings := merits(map[string]int64{"a": merit})
		if seats := election.Seat(letters("a"), nil, standings, 3, ""); seats.Leader != "a" {
			t.Errorf("with %d: %v", merit, seats)
		}
	}
}

func TestWithNobodyToSeatNobodyLeads(t *testing.T) {
	standings := merits(map[string]int64{"a": 1})
	for _, out := range [][]string{{"a"}, {"a", "b"}} {
		seats := election.Seat(letters("a"), out, standings, 3, "a")
		if seats.Leader != "" || seats.Committee == nil || len(seats.Committee) != 0 {
			t.Errorf("seated are %v", seats)
		}
	}
}

func TestAnOrganisationHasOneSeat(t *testing.T) {
	standings := []state.Standing{
		{Participant: "a", MSPID: "X"},
		{Participant: "b", MSPID: "X"},
		{Participant: "c", MSPID: "Y"},
		{Participant: "d", MSPID: "X"},
		{Participant: "e", MSPID: "Z"},
	}
	for out, want := range map[string]string{"": "ace", "a": "bce", "abd": "ce", "c": "ae"} {
		seats := election.Seat(letters("abcde"), letters(out), standings, 3, "")
		if got := strings.Join(seats.Committee, ""); got != want {
			t.Errorf("without %s: %s, want %s", out, got, want)
		}
	}
}

func TestALeaderStepsBackForOneOfComparableMerit(t *testing.T) {
	for second, want := range map[int64]string{1000: "b", 750: "b", 749: "a", 0: "a"} {
		standings := merits(map[string]int64{"a": 1000, "b": second, "c": 0})
		if seats := election.Seat(letters("abc"), nil, standings, 3, "a"); seats.Leader != want {
			t.Errorf("after a, with %d: %s leads, want %s", second, seats.Leader, want)
		}
		if seats := election.Seat(letters("abc"), nil, standings, 3, "b"); seats.Leader != "a" {
			t.Errorf("after b: %s leads", seats.Leader)
		}
	}
	alone := merits(map[string]int64{"a": 1})
	if seats := election.Seat(letters("a"), nil, alone, 3, "a"); seats.Leader != "a" {
		t.Errorf("alone: %s leads", seats.Leader)
	}
}

// The ranking does not depend on any order, and tells equals apart by the smallest lot.
func TestRankIsAPureFunctionOfStandingsAndBase(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	first := map[string]int{}
	for trial := range 500 {
		of := map[string]int64{}
		for i := range 1 + random.IntN(8) {
			of[fmt.Sprintf("factory%d", i)] = random.Int64N(3)
		}
		standings, base := merits(of), fmt.Sprint(trial)
		var names []string
		for name := range of {
			names = append(names, name)
		}
		idle := names[:random.IntN(len(names)+1)]
		want := bySorting(standings, idle, base)
		random.Shuffle(len(standings), func(i, j int) { standings[i], standings[j] = standings[j], standings[i] })
		before := slices.Clone(standings)
		if got := election.Rank(standings, names, idle, base); !slices.Equal(got, want) {
			t.Fatalf("%v without %v: %v, want %v", standings, idle, got, want)
		}
		if !slices.Equal(before, standings) {
			t.Fatal("ranking changed the standings")
		}
		first[want[0]]++
	}
	if len(first) < 8 {
		t.Errorf("some are never first: %v", first)
	}
}

func bySorting(standings []state.Standing, idle []string, base string) []string {
	key := func(one state.Standing) string {
		sum := sha256.Sum256([]byte(base + "\n" + one.Participant))
		return fmt.Sprintf("%t %019d %s", slices.Contains(idle, one.Participant), 1_000_000-one.MeritPPM, hex.EncodeToString(sum[:]))
	}
	sorted := slices.Clone(standings)
	slices.SortFunc(sorted, func(a, b state.Standing) int { return cmp.Compare(key(a), key(b)) })
	var names []string
	for _, one := range sorted {
		names = append(names, one.Participant)
	}
	return names
}

// Among equals the seats go round: to have served is no merit, though it is paid.
func TestEqualsTakeTurns(t *testing.T) {
	var names []string
	var standings []state.Standing
	round := reputation.Round{Seats: 3}
	round.Governance.Fees.CommitteePPM, round.Governance.Fees.LeaderPPM = 90_000, 50_000
	for i := range 6 {
		name := fmt.Sprint("factory", i)
		names = append(names, name)
		standings = append(standings, state.Standing{Participant: name, MSPID: name, Reputation: reputation.Initial})
		round.Accepted = append(round.Accepted, state.Part{Participant: name, Weight: 1, ContributionMicro: 100})
	}
	served := map[string]int{}
	for i := range 60 {
		seats := election.Seat(election.Rank(standings, names, nil, fmt.Sprint("model", i)), nil, standings, 3, round.Leader)
		round.Served, round.Leader = seats.Committee, seats.Leader
		standings = reputation.After(standings, round)
		for _, name := range seats.Committee {
			served[name]++
		}
	}
	for _, name := range names {
		if served[name] < 20 {
			t.Errorf("seats of 60 rounds: %v", served)
		}
	}
}
