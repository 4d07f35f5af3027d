package machine

import (
	"fmt"
	"strings"
	"time"
)

// The states of a task.
const (
	Published State = "PUBLISHED"
	Running   State = "RUNNING"
	Finished  State = "FINISHED"
	Cancelled State = "CANCELLED"
	Halted    State = "HALTED"
)

// The events of a task.
const (
	Publish  Event = "Tasks:Publish"
	Cancel   Event = "Tasks:Cancel"
	Join     Event = "Tasks:Join"
	Leave    Event = "Tasks:Leave"
	Start    Event = "Tasks:Start"
	Finalize Event = "Rounds:Finalize"
	Halt     Event = "Rounds:Halt"
	Count    Event = "Committee:Count"
)

// TaskFacts are what the guards of a task judge. An event sets those that its own guards read.
type TaskFacts struct {
	NowMs, JoinDeadlineMs       int64    // Start
	Chosen, Min, Max            int      // Start
	NotJoined, HasLeft, Retired []string // Start: the chosen that cannot take part
	Schema, GivenSchema         string   // Join
	OwnJoin, OwnLeave           bool     // Join, Leave: the caller has joined, has left
	LastRound, Rounds           int      // Finalize
	Final                       bool     // Finalize, Cancel: the last round's outcome is FINAL
	Hopeless                    string   // Halt: why the round cannot go on
	HasStarted                  bool     // Count
}

type taskGuard = Guard[TaskFacts]

// Task is the table of a task.
var Task = Machine[TaskFacts]{
	Name: "task",
	States: []Meaning{
		{Published, "providers join, until it starts"},
		{Running, "its participants train, round by round"},
		{Finished, "its final model stands"},
		{Cancelled, "the requester ended it before its time"},
		{Halted, "a round could not go on, for the reason that its record gives"},
	},
	Transitions: []Transition[TaskFacts]{
		{From: None, Event: Publish, To: Published, By: "a requester"},
		{From: Published, Event: Join, To: Published, By: "a provider", Guards: []taskGuard{sameSchema, notLeft}},
		{From: Published, Event: Leave, To: Published, By: "a provider that joined", Guards: []taskGuard{joined}},
		{
			From: Published, Event: Start, To: Running, By: "the requester, or an archive of its organisation",
			Guards: []taskGuard{allJoined, noneLeft, allActive, withinLimits, fullOrDue},
		},
		{From: Published, Event: Cancel, To: Cancelled, By: "the requester"},
		{From: Running, Event: SubmitUpdate, To: Running, By: "a participant"},
		{From: Running, Event: Extend, To: Running, By: anyone},
		{From: Running, Event: CloseRound, To: Running, By: anyone},
		{From: Running, Event: SealScores, To: Running, By: scorer},
		{From: Running, Event: RevealScores, To: Running, By: scorer},
		{From: Running, Event: SealAttestation, To: Running, By: follower},
		{From: Running, Event: ProposeAggregate, To: Running, By: "the term's leader"},
		{From: Running, Event: AttestAggregate, To: Running, By: follower},
		{From: Running, Event: Report, To: Running, By: member},
		{From: Running, Event: Replace, To: Running, By: anyone},
		{From: Running, Event: Commit, To: Running, By: anyone},
		{From: Running, Event: Leave, To: Running, By: "a provider that joined", Guards: []taskGuard{joined}},
		{
			From: Running, Event: Finalize, To: Finished, By: anyone,
			Guards: []taskGuard{lastIsFinal},
		},
		{From: Running, Event: Halt, To: Halted, By: anyone, Guards: []taskGuard{hopeless}},
		{From: Running, Event: Cancel, To: Cancelled, By: "the requester", Guards: []taskGuard{lastIsNotFinal}},
		{From: Finished, Event: Count, To: Finished, By: anyone},
		{From: Cancelled, Event: Count, To: Cancelled, By: anyone, Guards: []taskGuard{started}},
		{From: Halted, Event: Count, To: Halted, By: anyone},
	},
}

var sameSchema = taskGuard{
	Name: "same-schema", Says: "the provider's schema digest is the task's",
	Missed: func(f TaskFacts) string {
		return unless(f.GivenSchema == f.Schema, "joined with schema %s, the task's is %s", f.GivenSchema, f.Schema)
	},
}

var notLeft = taskGuard{
	Name: "not-left", Says: "the provider has not left the task before",
	Missed: func(f TaskFacts) string { return unless(!f.OwnLeave, "leaving a task is final") },
}

var joined = taskGuard{
	Name: "joined", Says: "the provider has joined the task",
	Missed: func(f TaskFacts) string { return unless(f.OwnJoin, "the caller has not joined") },
}

var allJoined = taskGuard{
	Name: "all-joined", Says: "every chosen name has joined",
	Missed: func(f TaskFacts) string { return none(f.NotJoined, "not joined") },
}

var noneLeft = taskGuard{
	Name: "none-left", Says: "no chosen name has left",
	Missed: func(f TaskFacts) string { return none(f.HasLeft, "left") },
}

var allActive = taskGuard{
	Name: "all-active", Says: "every chosen name is an ACTIVE participant",
	Missed: func(f TaskFacts) string { return none(f.Retired, "not ACTIVE") },
}

var withinLimits = taskGuard{
	Name: "within-limits", Says: "participants.min to participants.max names are chosen",
	Missed: func(f TaskFacts) string {
		return unless(f.Min <= f.Chosen && f.Chosen <= f.Max, "%d chosen, should be %d to %d", f.Chosen, f.Min, f.Max)
	},
}

var fullOrDue = taskGuard{
	Name: "full-or-due", Says: "participants.max names are chosen, or the join deadline has passed",
	Missed: func(f TaskFacts) string {
		return unless(f.Chosen == f.Max || f.NowMs >= f.JoinDeadlineMs, "%d of %d chosen, and the join deadline is %s away",
			f.Chosen, f.Max, milliseconds(f.JoinDeadlineMs-f.NowMs))
	},
}

var lastIsFinal = taskGuard{
	Name: "last-is-final", Says: "the last committed round's outcome is FINAL",
	Missed: func(f TaskFacts) string {
		return unless(f.Final, "%d of %d rounds committed, and none is FINAL", f.LastRound, f.Rounds)
	},
}

var lastIsNotFinal = taskGuard{
	Name: "last-is-not-final", Says: "no committed round's outcome is FINAL: the work is not all done",
	Missed: func(f TaskFacts) string {
		return unless(!f.Final, "round %d was the last, and its model is final: %s ends the task, and pays for all of it", f.LastRound, Finalize)
	},
}

var started = taskGuard{
	Name: "started", Says: "the task had started",
	Missed: func(f TaskFacts) string { return unless(f.HasStarted, "nobody took part in it") },
}

var hopeless = taskGuard{
	Name: "hopeless", Says: "the open round cannot go on: too few updates after its extension, none that is accepted, or no committee that agrees",
	Missed: func(f TaskFacts) string { return unless(f.Hopeless != "", "the round can go on") },
}

func unless(holds bool, format string, args ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func none(names []string, are string) string {
	return unless(len(names) == 0, "%s: %s", are, strings.Join(names, ", "))
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
