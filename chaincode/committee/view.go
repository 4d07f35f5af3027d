package committee

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is why a round is decided by whom: what the election went by, and what became of each term.
type View struct {
	Task       string           `json:"task"`
	Round      int              `json:"round"`
	State      machine.State    `json:"state"`
	BaseDigest string           `json:"base_digest"`
	Standings  []state.Standing `json:"standings"`
	Ranking    []string         `json:"ranking"`
	LastLeader string           `json:"last_leader"`
	Elected    state.Seats      `json:"elected"`
	Quorum     int              `json:"quorum"`
	Terms      []TermView       `json:"terms"`
}

// TermView is a term with what its members have done.
type TermView struct {
	state.Term
	ScoresSealed []state.Sealed      `json:"scores_sealed"`
	Evaluations  []state.Evaluation  `json:"evaluations"`
	Sealed       []state.Sealed      `json:"sealed"`
	Proposal     *state.Proposal     `json:"proposal"`
	Attestations []state.Attestation `json:"attestations"`
	Reports      []state.Report      `json:"reports"`
}

func viewOf(stub shim.ChaincodeStubInterface, task *progress.Task, number int) (*View, error) {
	round, err := progress.LoadRound(stub, task, number)
	if err != nil {
		return nil, err
	}
	if round.State() == machine.None {
		return nil, fault.NotFound.Errorf("round %d of task %s is %s", number, task.ID, round.Unopened)
	}
	opening := round.Opening
	view := &View{
		Task: task.ID, Round: number, State: round.State(), BaseDigest: round.Base.Digest,
		Standings: opening.Standings, Ranking: opening.Ranking, LastLeader: opening.LastLeader,
		Elected: opening.Seats, Quorum: round.Quorum(), Terms: []TermView{},
	}
	if round.Term == nil {
		return view, nil
	}
	for number := 1; number <= round.Term.Term.Term; number++ {
		term, err := progress.LoadTerm(stub, round, number)
		if err != nil {
			return nil, err
		}
		shown, err := ViewOfTerm(term)
		if err != nil {
			return nil, err
		}
		view.Terms = append(view.Terms, *shown)
	}
	return view, nil
}

// ViewOfTerm reads all that the members of a term have done.
func ViewOfTerm(term *progress.Term) (*TermView, error) {
	view := &TermView{Term: term.Term, Proposal: term.Proposal}
	var err error
	if view.ScoresSealed, _, err = term.ScoresSeals(); err != nil {
		return nil, err
	}
	if view.Evaluations, _, err = term.Evaluations(); err != nil {
		return nil, err
	}
	if view.Sealed, _, err = term.Seals(); err != nil {
		return nil, err
	}
	if view.Attestations, _, err = term.Attestations(); err != nil {
		return nil, err
	}
	view.Reports, err = term.Reports()
	return view, err
}
