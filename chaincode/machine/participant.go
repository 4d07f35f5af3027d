package machine

// The states of a participant.
const (
	Active   State = "ACTIVE"
	Inactive State = "INACTIVE"
)

// The events of a participant.
const (
	Register       Event = "Participants:Register"
	UpdateEndpoint Event = "Participants:UpdateEndpoint"
	Deactivate     Event = "Participants:Deactivate"
)

// ParticipantFacts is empty: no event of a participant has a guard.
type ParticipantFacts struct{}

const itself = "the identity that registered the name"

// Participant is the table of a participant.
var Participant = Machine[ParticipantFacts]{
	Name: "participant",
	States: []Meaning{
		{Active, "may publish or join tasks"},
		{Inactive, "finishes or leaves what it took on, and takes on nothing new"},
	},
	Transitions: []Transition[ParticipantFacts]{
		{From: None, Event: Register, To: Active, By: "any identity with a role, once"},
		{From: Active, Event: UpdateEndpoint, To: Active, By: itself},
		{From: Active, Event: Deactivate, To: Inactive, By: itself},
		{From: Inactive, Event: Register, To: Active, By: itself},
	},
}
