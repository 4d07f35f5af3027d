package machine

import "github.com/weftwork/weftwork/chaincode/fault"

// The states of a round.
const (
	Open      State = "OPEN"
	Proposed  State = "PROPOSED"
	Committed State = "COMMITTED"
)

// The events of a round. OpenRound is no transaction of its own: a round opens by the one before.
const (
	OpenRound        Event = "Tasks:Start, or Rounds:Commit of the round before"
	SubmitUpdate     Event = "Rounds:SubmitUpdate"
	ProposeAggregate Event = "Rounds:ProposeAggregate"
	Commit           Event = "Rounds:Commit"
)

// RoundFacts are what the guards of a round judge. An event sets those that its own guards read.
type RoundFacts struct {
	NowMs, DeadlineMs        int64    // ProposeAggregate
	Min, Accepted, Submitted int      // ProposeAggregate
	NotSubmitted             []string // ProposeAggregate: accepted or rejected, but not submitted
	Passed                   []string // ProposeAggregate: submitted, but neither accepted nor rejected
	Missing                  []string // ProposeAggregate: not submitted, and not left
	Base, GivenBase          string   // SubmitUpdate
	OwnLeave                 bool     // SubmitUpdate: the caller has left
	Privacy, GivenPrivacy    string   // SubmitUpdate: the kind that the caller joined with, and the update's
	Budget                   int64    // SubmitUpdate: what the caller granted when it joined
	Spend, SpentBefore       int64    // SubmitUpdate: what it has spent, and had spent before
	Digest, GivenDigest      string   // Commit: the proposal's, and the caller's
}

type roundGuard = Guard[RoundFacts]

// Round is the table of a round.
var Round = Machine[RoundFacts]{
	Name: "round",
	States: []Meaning{
		{Open, "its participants submit their updates"},
		{Proposed, "its leader has proposed an aggregate; updates are late"},
		{Committed, "its record stands, and the next round is open unless this was the last"},
	},
	Transitions: []Transition[RoundFacts]{
		{From: None, Event: OpenRound, To: Open, By: "as those events say"},
		{
			From: Open, Event: SubmitUpdate, To: Open, By: "a participant that was sampled, once",
			Guards: []roundGuard{staying, sameBase, samePrivacy, withinBudget, spendKept},
		},
		{
			From: Open, Event: ProposeAggregate, To: Proposed, By: "the round's leader",
			Guards: []roundGuard{allSubmitted, nonePassed, someAccepted, enoughSubmitted, completeOrDue},
		},
		{
			From: Proposed, Event: Commit, To: Committed, By: "the round's leader",
			Guards: []roundGuard{asProposed},
		},
	},
}

var staying = roundGuard{
	Name: "staying", Says: "the participant has not left the task",
	Missed: func(f RoundFacts) string { return unless(!f.OwnLeave, "leaving a task is final") },
}

var sameBase = roundGuard{
	Name: "same-base", Says: "the update starts from the round's base",
	Missed: func(f RoundFacts) string {
		return unless(f.GivenBase == f.Base, "trained from %s, the round's base is %s", f.GivenBase, f.Base)
	},
}

var samePrivacy = roundGuard{
	Name: "same-privacy", Says: "the update's privacy has the mode and the delta that the participant joined with",
	Missed: func(f RoundFacts) string {
		return unless(f.GivenPrivacy == f.Privacy, "spent in %s, joined with %s", f.GivenPrivacy, f.Privacy)
	},
}

var withinBudget = roundGuard{
	Name: "within-budget", Says: "the privacy spend is at most the budget that the participant joined with",
	Missed: func(f RoundFacts) string {
		return unless(f.Spend <= f.Budget, "epsilon_micro %d is spent, the budget is %d", f.Spend, f.Budget)
	},
	Code: fault.BudgetExceeded,
}

var spendKept = roundGuard{
	Name: "spend-kept", Says: "the privacy spend is no less than in the participant's update before",
	Missed: func(f RoundFacts) string {
		return unless(f.Spend >= f.SpentBefore, "epsilon_micro %d is spent, it was %d before", f.Spend, f.SpentBefore)
	},
}

var allSubmitted = roundGuard{
	Name: "all-submitted", Says: "every name accepted or rejected has submitted in this round",
	Missed: func(f RoundFacts) string { return none(f.NotSubmitted, "not submitted") },
}

var nonePassed = roundGuard{
	Name: "none-passed-over", Says: "every name that has submitted is accepted or rejected",
	Missed: func(f RoundFacts) string { return none(f.Passed, "submitted, but neither accepted nor rejected") },
}

var someAccepted = roundGuard{
	Name: "some-accepted", Says: "an aggregate has at least one update",
	Missed: func(f RoundFacts) string { return unless(f.Accepted > 0, "none accepted") },
}

var enoughSubmitted = roundGuard{
	Name: "enough-submitted", Says: "at least participants.min have submitted",
	Missed: func(f RoundFacts) string {
		return unless(f.Submitted >= f.Min, "%d submitted, at least %d needed", f.Submitted, f.Min)
	},
}

var completeOrDue = roundGuard{
	Name: "complete-or-due", Says: "nobody is missing, or the deadline has passed and at least participants.min are accepted",
	Missed: func(f RoundFacts) string {
		if len(f.Missing) == 0 {
			return ""
		}
		if f.NowMs < f.DeadlineMs {
			return none(f.Missing, "the deadline is "+milliseconds(f.DeadlineMs-f.NowMs).String()+" away and these are missing")
		}
		return unless(f.Accepted >= f.Min, "the deadline has passed, but %d are accepted, at least %d needed", f.Accepted, f.Min)
	},
}

var asProposed = roundGuard{
	Name: "as-proposed", Says: "the digest is the proposal's",
	Missed: func(f RoundFacts) string {
		return unless(f.GivenDigest == f.Digest, "digest %s, the proposal's is %s", f.GivenDigest, f.Digest)
	},
}
