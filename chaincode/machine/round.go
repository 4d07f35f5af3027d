package machine

// The states of a round.
const (
	Open       State = "OPEN"
	Evaluating State = "EVALUATING"
	Proposed   State = "PROPOSED"
	Committed  State = "COMMITTED"
)

// The events of a round. OpenRound is no transaction of its own: a round opens by the one before.
const (
	OpenRound        Event = "Tasks:Start, or Rounds:Commit of the round before"
	SubmitUpdate     Event = "Rounds:SubmitUpdate"
	Extend           Event = "Rounds:Extend"
	CloseRound       Event = "Rounds:Close"
	SealScores       Event = "Committee:SealScores"
	RevealScores     Event = "Committee:RevealScores"
	SealAttestation  Event = "Committee:SealAttestation"
	ProposeAggregate Event = "Rounds:ProposeAggregate"
	AttestAggregate  Event = "Committee:AttestAggregate"
	Report           Event = "Committee:Report"
	Replace          Event = "Committee:Replace"
	Commit           Event = "Rounds:Commit"
)

// RoundFacts are what the guards of a round judge. An event sets those that its own guards read.
type RoundFacts struct {
	NowMs, DeadlineMs     int64    // Close, Extend: of the updates; else: of the step
	Min, Submitted        int      // Close, Extend
	Missing               []string // Close, Extend: not submitted, and not left
	Extended              bool     // Extend
	Base, GivenBase       string   // SubmitUpdate
	OwnLeave              bool     // SubmitUpdate: the caller has left
	Privacy, GivenPrivacy string   // SubmitUpdate: the kind that the caller joined with, and the update's
	Budget                int64    // SubmitUpdate: what the caller granted when it joined
	Spend, SpentBefore    int64    // SubmitUpdate: what it has spent, and had spent before
	Term, GivenTerm       int      // all of a committee's
	Waits                 []string // whom the step before still waits for
	Done, Quorum          int      // how many have done the step before, or agree
	Revealed              bool     // SealScores: somebody's scores can be seen
	Bound                 bool     // RevealScores: somebody is bound to an aggregate of the scores so far
	Hash, GivenHash       string   // RevealScores, AttestAggregate: what was sealed, and what is opened
	Accepted, Least       int      // SealAttestation, ProposeAggregate
	Digest, GivenDigest   string   // Commit: the proposal's, and the caller's
	Fallen                []string // Replace
	Left                  int      // Replace: how many would be on the committee
}

const (
	anyone = "a participant, the requester, or its archive"
	member = "a member of the committee"
	scorer = "a member of the committee that scores"

	follower = "a member of the committee that does not lead"
)

// Round is the table of a round.
var Round = Machine[RoundFacts]{
	Name: "round",
	States: []Meaning{
		{Open, "its participants submit their updates"},
		{Evaluating, "its committee scores the updates, and computes the aggregate; updates are late"},
		{Proposed, "its leader has proposed an aggregate, and the committee opens what it has computed"},
		{Committed, "its record stands, and the next round is open unless this was the last"},
	},
	Transitions: []Transition[RoundFacts]{
		{From: None, Event: OpenRound, To: Open, By: "as those events say"},
		{
			From: Open, Event: SubmitUpdate, To: Open, By: "a participant that was sampled, once",
			Guards: []roundGuard{staying, sameBase, samePrivacy, withinBudget, spendKept},
		},
		{From: Open, Event: Extend, To: Open, By: anyone, Guards: []roundGuard{due, tooFew, onlyOnce}},
		{From: Open, Event: CloseRound, To: Evaluating, By: anyone, Guards: []roundGuard{completeOrDue, enoughSubmitted}},
		{
			From: Evaluating, Event: SealScores, To: Evaluating, By: scorer,
			Guards: []roundGuard{sameTerm, inTime, noneRevealed},
		},
		{
			From: Evaluating, Event: RevealScores, To: Evaluating, By: scorer,
			Guards: []roundGuard{sameTerm, waitsForNone, quorumDone, inTime, noneBound, asSealed},
		},
		{
			From: Evaluating, Event: SealAttestation, To: Evaluating, By: follower,
			Guards: []roundGuard{sameTerm, waitsForNone, quorumDone, enoughAccepted, inTime},
		},
		{
			From: Evaluating, Event: ProposeAggregate, To: Proposed, By: "the term's leader",
			Guards: []roundGuard{sameTerm, waitsForNone, quorumDone, enoughAccepted, inTime},
		},
		{From: Evaluating, Event: Report, To: Evaluating, By: member, Guards: []roundGuard{sameTerm}},
		{
			From: Evaluating, Event: Replace, To: Evaluating, By: anyone,
			Guards: []roundGuard{sameTerm, someFallen, enoughLeft},
		},
		{
			From: Proposed, Event: AttestAggregate, To: Proposed, By: follower,
			Guards: []roundGuard{sameTerm, inTime, asSealed},
		},
		{From: Proposed, Event: Report, To: Proposed, By: member, Guards: []roundGuard{sameTerm}},
		{
			From: Proposed, Event: Replace, To: Evaluating, By: anyone,
			Guards: []roundGuard{sameTerm, someFallen, enoughLeft},
		},
		{
			From: Proposed, Event: Commit, To: Committed, By: anyone,
			Guards: []roundGuard{asProposed, waitsForNone, quorumDone},
		},
	},
}
