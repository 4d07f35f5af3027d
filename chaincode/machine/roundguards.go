package machine

import (
	"strings"

	"github.com/weftwork/weftwork/chaincode/fault"
)

type roundGuard = Guard[RoundFacts]

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

var due = roundGuard{
	Name: "due", Says: "the deadline has passed",
	Missed: func(f RoundFacts) string {
		return unless(f.NowMs >= f.DeadlineMs, "it is %s away", milliseconds(f.DeadlineMs-f.NowMs))
	},
}

var tooFew = roundGuard{
	Name: "too-few", Says: "fewer than participants.min have submitted",
	Missed: func(f RoundFacts) string {
		return unless(f.Submitted < f.Min, "%d submitted, %d are enough: close the round", f.Submitted, f.Min)
	},
}

var onlyOnce = roundGuard{
	Name: "only-once", Says: "the round was not extended before",
	Missed: func(f RoundFacts) string { return unless(!f.Extended, "it was: the task can be halted") },
}

var completeOrDue = roundGuard{
	Name: "complete-or-due", Says: "nobody is missing, or the deadline has passed",
	Missed: func(f RoundFacts) string {
		if f.NowMs >= f.DeadlineMs {
			return ""
		}
		return none(f.Missing, "the deadline is "+milliseconds(f.DeadlineMs-f.NowMs).String()+" away and these are missing")
	},
}

var enoughSubmitted = roundGuard{
	Name: "enough-submitted", Says: "at least participants.min have submitted",
	Missed: func(f RoundFacts) string {
		return unless(f.Submitted >= f.Min, "%d submitted, at least %d needed", f.Submitted, f.Min)
	},
}

var sameTerm = roundGuard{
	Name: "same-term", Says: "the call is of the round's current term",
	Missed: func(f RoundFacts) string {
		return unless(f.GivenTerm == f.Term, "it is of term %d, the current one is %d", f.GivenTerm, f.Term)
	},
}

var inTime = roundGuard{
	Name: "in-time", Says: "the step's deadline has not passed",
	Missed: func(f RoundFacts) string {
		return unless(f.NowMs < f.DeadlineMs, "it passed %s ago", milliseconds(f.NowMs-f.DeadlineMs))
	},
}

var noneRevealed = roundGuard{
	Name: "none-revealed", Says: "nobody's scores can be seen yet",
	Missed: func(f RoundFacts) string { return unless(!f.Revealed, "scores were revealed: they could be copied") },
}

var noneBound = roundGuard{
	Name: "none-bound", Says: "nobody has sealed an aggregate of the scores so far",
	Missed: func(f RoundFacts) string { return unless(!f.Bound, "these scores would change what was computed") },
}

var waitsForNone = roundGuard{
	Name:   "waits-for-none",
	Says:   "all have done the step before, but for those that left, are past its deadline, or are reported by most of the others",
	Missed: func(f RoundFacts) string { return none(f.Waits, "still waited for") },
}

var quorumDone = roundGuard{
	Name: "quorum", Says: "more than half of the committee have done the step before, or agree on the digest",
	Missed: func(f RoundFacts) string { return unless(f.Done >= f.Quorum, "%d have, %d needed", f.Done, f.Quorum) },
}

var asSealed = roundGuard{
	Name: "as-sealed", Says: "the hash of what is opened is the one that was sealed",
	Missed: func(f RoundFacts) string {
		if f.Hash == "" {
			return "nothing was sealed"
		}
		return unless(f.GivenHash == f.Hash, "hash %s, sealed was %s", f.GivenHash, f.Hash)
	},
}

var enoughAccepted = roundGuard{
	Name: "enough-accepted", Says: "the committee accepts as many updates as the task's aggregation needs",
	Missed: func(f RoundFacts) string {
		return unless(f.Accepted >= f.Least, "%d are accepted, at least %d needed: the task can be halted", f.Accepted, f.Least)
	},
}

var asProposed = roundGuard{
	Name: "as-proposed", Says: "the digest is the proposal's",
	Missed: func(f RoundFacts) string {
		return unless(f.GivenDigest == f.Digest, "digest %s, the proposal's is %s", f.GivenDigest, f.Digest)
	},
}

var someFallen = roundGuard{
	Name: "some-fallen", Says: "a member that the round waits for left, is late or reported, or the leader's proposal is contradicted by a quorum",
	Missed: func(f RoundFacts) string {
		return unless(len(f.Fallen) > 0, "nobody has: the committee is at work, or the task can be halted")
	},
}

var enoughLeft = roundGuard{
	Name: "enough-left", Says: "the new committee has a quorum of the round's first",
	Missed: func(f RoundFacts) string {
		return unless(f.Left >= f.Quorum, "without %s there are %d, at least %d needed: the task can be halted",
			strings.Join(f.Fallen, ", "), f.Left, f.Quorum)
	},
}
