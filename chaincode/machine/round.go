package machine

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
			Guards: []roundGuard{staying, sameBase},
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
	"staying", "the participant has not left the task",
	func(f RoundFacts) string { return unless(!f.OwnLeave, "leaving a task is final") },
}

var sameBase = roundGuard{
	"same-base", "the update starts from the round's base",
	func(f RoundFacts) string {
		return unless(f.GivenBase == f.Base, "trained from %s, the round's base is %s", f.GivenBase, f.Base)
	},
}

var allSubmitted = roundGuard{
	"all-submitted", "every name accepted or rejected has submitted in this round",
	func(f RoundFacts) string { return none(f.NotSubmitted, "not submitted") },
}

var nonePassed = roundGuard{
	"none-passed-over", "every name that has submitted is accepted or rejected",
	func(f RoundFacts) string { return none(f.Passed, "submitted, but neither accepted nor rejected") },
}

var someAccepted = roundGuard{
	"some-accepted", "an aggregate has at least one update",
	func(f RoundFacts) string { return unless(f.Accepted > 0, "none accepted") },
}

var enoughSubmitted = roundGuard{
	"enough-submitted", "at least participants.min have submitted",
	func(f RoundFacts) string {
		return unless(f.Submitted >= f.Min, "%d submitted, at least %d needed", f.Submitted, f.Min)
	},
}

var completeOrDue = roundGuard{
	"complete-or-due", "nobody is missing, or the deadline has passed and at least participants.min are accepted",
	func(f RoundFacts) string {
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
	"as-proposed", "the digest is the proposal's",
	func(f RoundFacts) string {
		return unless(f.GivenDigest == f.Digest, "digest %s, the proposal's is %s", f.GivenDigest, f.Digest)
	},
}
