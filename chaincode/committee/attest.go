package committee

import (
	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/machine"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

const maxAttestation = 1024

// sealAttestation binds a member that does not lead to the aggregate that it computed.
func (c *call) sealAttestation(hash string) (string, error) {
	key := state.SealKey(c.task.ID, c.round.Number, c.term, c.name)
	record := &state.Sealed{
		Task: c.task.ID, Round: c.round.Number, Term: c.term, Participant: c.name, Hash: hash,
		SealedAtMs: c.NowMs, TxID: c.TxID,
	}
	if reply, err := transaction.Repeated(c.Transaction, machine.SealAttestation, c.round, key, record); reply != "" || err != nil {
		return reply, err
	}
	if err := c.follows(machine.SealAttestation); err != nil {
		return "", err
	}
	facts := c.facts(c.round.Term.SealByMs)
	if err := AddScored(&facts, c.round.Term, c.NowMs); err != nil {
		return "", err
	}
	if err := c.round.Fire(machine.SealAttestation, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, c.about("AttestationSealed"), key, record)
}

// AddScored states how far the scores are: whom they wait for, how many there are, and what they accept.
func AddScored(facts *machine.RoundFacts, term *progress.Term, nowMs int64) error {
	var err error
	if facts.Waits, facts.Done, err = term.Revealed(nowMs); err != nil {
		return err
	}
	counted, err := term.Tally()
	facts.Accepted, facts.Least = len(counted.Accepted), term.LeastAccepted()
	return err
}

// attest records the aggregate's digest and size, which must be those that were sealed.
func (c *call) attest(record *state.Attestation) (string, error) {
	key := state.AttestationKey(c.task.ID, c.round.Number, c.term, c.name)
	if reply, err := transaction.Repeated(c.Transaction, machine.AttestAggregate, c.round, key, record); reply != "" || err != nil {
		return reply, err
	}
	if err := c.follows(machine.AttestAggregate); err != nil {
		return "", err
	}
	facts := c.facts(c.round.Term.AttestByMs)
	facts.GivenHash = state.AttestationHash(c.task.ID, c.round.Number, c.term, c.name, record.Salt, record.Artifact)
	var err error
	if facts.Hash, err = c.sealed(state.SealKey(c.task.ID, c.round.Number, c.term, c.name)); err != nil {
		return "", err
	}
	if err := c.round.Fire(machine.AttestAggregate, facts); err != nil {
		return "", err
	}
	return transaction.Record(c.Transaction, c.about("AggregateAttested"), key, record)
}

// follows refuses whoever is not on the committee, and its leader: the proposal is its attestation.
func (c *call) follows(event machine.Event) error {
	if err := c.round.Require(event); err != nil {
		return err
	}
	if c.term == c.round.Term.Term.Term && c.name == c.round.Term.Leader {
		return fault.PermissionDenied.Errorf("%s leads round %d of task %s: what it attests is its proposal",
			c.name, c.round.Number, c.task.ID)
	}
	return c.requireSeat(c.round.Term.Committee, "member of the committee")
}

func readAttestation(c *call, text string) (*state.Attestation, error) {
	attestation, err := document.Read("attestation", text, maxAttestation)
	if err != nil {
		return nil, err
	}
	record := &state.Attestation{
		Task: c.task.ID, Round: c.round.Number, Term: c.term, Participant: c.name,
		Salt:         attestation.Digest("salt"),
		Artifact:     state.Artifact{Digest: attestation.Digest("digest"), Size: attestation.Integer("size", 1, state.MaxArtifact)},
		AccuracyPPM:  attestation.Integer("accuracy_ppm", -1, state.Million),
		AttestedAtMs: c.NowMs, TxID: c.TxID,
	}
	return record, attestation.Check()
}
