package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// who makes a call: the common name, organisation and role of its certificate.
type who struct {
	Name string `json:"name"`
	MSP  string `json:"msp"`
	Role string `json:"role"`
}

// call is one line of input.
type call struct {
	Who      who      `json:"who"`
	AtMs     int64    `json:"at_ms"`
	Function string   `json:"function"`
	Args     []string `json:"args"`
	Sign     *string  `json:"sign"`
}

// answer is one line of output: a result, or the message with which the chaincode refuses.
type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// sandbox is a ledger, and the identities that have appeared.
type sandbox struct {
	ledger     *ledgertest.Ledger
	identities map[who]*ledgertest.Identity
}

func newSandbox() *sandbox {
	return &sandbox{ledger: ledgertest.New(host{}), identities: map[who]*ledgertest.Identity{}}
}

func (s *sandbox) serve(calls io.Reader, answers io.Writer) error {
	decoder, encoder := json.NewDecoder(calls), json.NewEncoder(answers)
	decoder.DisallowUnknownFields()
	encoder.SetEscapeHTML(false)
	for {
		var next call
		switch err := decoder.Decode(&next); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("not a call: %w", err)
		}
		made, err := s.make(next)
		if err != nil {
			return err
		}
		if err := encoder.Encode(made); err != nil {
			return err
		}
	}
}

func (s *sandbox) make(next call) (answer, error) {
	identity := s.identity(next.Who)
	if next.Sign != nil {
		signature, err := json.Marshal(identity.SignBytes(host{}, []byte(*next.Sign)))
		return answer{Result: signature}, err
	}
	if next.AtMs < s.ledger.NowMs() {
		return answer{}, fmt.Errorf("%s at %d ms: it is %d ms already", next.Function, next.AtMs, s.ledger.NowMs())
	}
	s.ledger.Wait(time.UnixMilli(next.AtMs).Sub(s.ledger.Now()))
	return s.transact(identity, next)
}

// transact endorses and commits. Nothing comes between the two, so that nothing can conflict.
func (s *sandbox) transact(identity *ledgertest.Identity, next call) (answer, error) {
	endorsement := s.ledger.Endorse(identity, next.Function, next.Args...)
	if endorsement.Message != "" {
		return answer{Error: endorsement.Message}, nil
	}
	if len(endorsement.Writes) > 0 && !s.ledger.Commit(endorsement) {
		return answer{}, fmt.Errorf("%s: conflicts with nothing, and yet conflicts", next.Function)
	}
	return answer{Result: json.RawMessage(endorsement.Payload)}, nil
}

func (s *sandbox) identity(of who) *ledgertest.Identity {
	if s.identities[of] == nil {
		s.identities[of] = ledgertest.NewIdentity(host{}, of.MSP, of.Name, of.Role)
	}
	return s.identities[of]
}
