package rounds

import (
	"encoding/json"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/privacy"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
)

// The bounds of an update and of a proposal.
const (
	maxUpdate   = 16 * 1024
	maxProposal = 4 * 1024
	maxOpaque   = 1024      // bytes of privacy, of metrics
	maxSamples  = 1<<29 - 1 // float32 updates times this stay exact in float64
)

// readUpdate checks an update, its signature included.
func readUpdate(c *call, task, round, text string) (*state.Update, error) {
	number, err := progress.ParseRound(round)
	if err != nil {
		return nil, err
	}
	update, err := document.Read("update", text, maxUpdate)
	if err != nil {
		return nil, err
	}
	record := &state.Update{
		Task: task, Round: number, Participant: c.name, MSPID: c.Caller.MSPID,
		Digest:        update.Digest("digest"),
		Size:          update.Integer("size", 1, state.MaxArtifact),
		Samples:       update.Integer("samples", 1, maxSamples),
		BaseDigest:    update.Digest("base_digest"),
		Signature:     update.Line("signature", 1, maxOpaque),
		Key:           c.Caller.Key(),
		Privacy:       readSpend(update),
		Metrics:       update.Opaque("metrics", maxOpaque),
		SubmittedAtMs: c.NowMs, TxID: c.TxID,
	}
	if err := update.Check(); err != nil {
		return nil, err
	}
	message := state.UpdateMessage(task, number, record.Digest)
	return record, c.Caller.VerifySignature(message, record.Signature)
}

// readSpend checks what the update says of privacy; what it says more is kept as it is.
func readSpend(update *document.Object) json.RawMessage {
	spend := update.Object("privacy")
	privacy.Read(spend, 0)
	spend.AllowMore()
	text := spend.Canonical()
	if len(text) > maxOpaque {
		update.Note("privacy", "has %d bytes, more than %d", len(text), maxOpaque)
	}
	return text
}

// readProposal checks a proposal as far as it can be checked by itself.
func readProposal(c *call, task, round, text string) (*state.Proposal, error) {
	number, err := progress.ParseRound(round)
	if err != nil {
		return nil, err
	}
	proposal, err := document.Read("proposal", text, maxProposal)
	if err != nil {
		return nil, err
	}
	record := &state.Proposal{
		Task: task, Round: number, Leader: c.name,
		Term:         int(proposal.Integer("term", 1, state.MaxRounds)),
		Artifact:     state.Artifact{Digest: proposal.Digest("digest"), Size: proposal.Integer("size", 1, state.MaxArtifact)},
		AccuracyPPM:  proposal.Integer("accuracy_ppm", -1, state.Million),
		Metrics:      proposal.Opaque("metrics", maxOpaque),
		ProposedAtMs: c.NowMs, TxID: c.TxID,
	}
	return record, proposal.Check()
}
