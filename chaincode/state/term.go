package state

// Why a member of a committee was replaced, or found at fault.
const (
	Withdrawn        = "left"              // has left the task, which is no fault
	Unavailable      = "unavailable"       // did not do its part in time
	WrongVerdicts    = "wrong-verdicts"    // most of its verdicts are not what the committee found
	WrongProposal    = "wrong-proposal"    // its aggregate is not what a quorum recomputed
	WrongAttestation = "wrong-attestation" // attested another aggregate than the quorum's
)

// Fault is what a member of a committee did wrong, and in which term.
type Fault struct {
	Participant string `json:"participant"`
	Term        int    `json:"term"`
	Fault       string `json:"fault"`
}

// Seats are who decides a round: a committee, the first of which leads where it is available.
type Seats struct {
	Committee []string `json:"committee"`
	Leader    string   `json:"leader"`
}

// Term is a round's committee from when the one before it could not go on. The first term has no
// record: it follows from the round's opening and its closing. Scorers are those whose scores count,
// in the term Evaluation: scores that were complete before stay.
type Term struct {
	Task       string   `json:"task"`
	Round      int      `json:"round"`
	Term       int      `json:"term"`
	Seats               // whoever is on the committee now
	Evaluation int      `json:"evaluation"`
	Scorers    []string `json:"scorers"`
	Renewals   int      `json:"renewals"` // how often all for whom only time had run out could sit again
	Replaced   []Fault  `json:"replaced"` // who is out for the round, the reason being the fault
	Faults     []Fault  `json:"faults"`   // in this round so far
	Deadlines
	OpenedBy   string `json:"opened_by"`
	OpenedAtMs int64  `json:"opened_at_ms"`
	TxID       string `json:"tx_id"`
}

// Supplied is what the caller supplied: nothing.
func (*Term) Supplied() any { return nil }

// Deadlines are when a term's steps end at the latest.
type Deadlines struct {
	ScoreByMs   int64 `json:"score_by_ms"`
	RevealByMs  int64 `json:"reveal_by_ms"`
	SealByMs    int64 `json:"seal_by_ms"`
	ProposeByMs int64 `json:"propose_by_ms"`
	AttestByMs  int64 `json:"attest_by_ms"`
}

// Report is a member's word that another does not do its part.
type Report struct {
	Task         string `json:"task"`
	Round        int    `json:"round"`
	Term         int    `json:"term"`
	Participant  string `json:"participant"`
	Accused      string `json:"accused"`
	Reason       string `json:"reason"`
	ReportedAtMs int64  `json:"reported_at_ms"`
	TxID         string `json:"tx_id"`
}

// Supplied is what the member supplied.
func (r *Report) Supplied() any { return r.Reason }
