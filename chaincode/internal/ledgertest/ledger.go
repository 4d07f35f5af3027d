// Package ledgertest is a ledger in memory for the contracts' tests: it endorses every transaction
// twice, on endorsers whose clocks differ, and demands the same bytes of both; it validates what was
// read as Fabric does; and it knows the rules that every transaction of ours keeps.
package ledgertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/service"
)

// treasury is the organisation whose treasurers both endorsers accept.
const treasury = "RequesterMSP"

type entry struct {
	value   string
	version int
	writer  string
}

// Ledger is the committed state, and the chaincode at two endorsers.
type Ledger struct {
	t         testing.TB
	committed map[string]entry
	version   int
	now       time.Time
	endorsers [2]*service.Chaincode
	sequence  int
}

// New makes an empty ledger.
func New(t testing.TB) *Ledger {
	ledger := &Ledger{t: t, committed: map[string]entry{}, now: time.UnixMilli(1_700_000_000_000)}
	for i, ahead := range []time.Duration{-3 * time.Second, 17 * time.Second} {
		endorser := clock.Clock{Now: func() time.Time { return ledger.now.Add(ahead) }}
		chaincode, err := service.New(endorser, []string{treasury}, slog.New(slog.NewTextHandler(io.Discard, nil)))
		must(t, err)
		ledger.endorsers[i] = chaincode
	}
	return ledger
}

// Wait lets time go by.
func (l *Ledger) Wait(d time.Duration) { l.now = l.now.Add(d) }

// Now is the time.
func (l *Ledger) Now() time.Time { return l.now }

// NowMs is the time of the next transaction.
func (l *Ledger) NowMs() int64 { return l.now.UnixMilli() }

// Endorsement is what both endorsers said.
type Endorsement struct {
	Who     *Identity
	Payload string
	Message string // the error, "" if none
	TxID    string
	Event   string
	Notice  string // the event's payload
	Reads   map[string]int
	Writes  map[string]string
}

// Endorse simulates a call without committing it.
func (l *Ledger) Endorse(who *Identity, function string, args ...string) *Endorsement {
	l.t.Helper()
	return l.EndorseAt(l.now, who, function, args...)
}

// EndorseAt simulates a call whose client's clock shows another time.
func (l *Ledger) EndorseAt(at time.Time, who *Identity, function string, args ...string) *Endorsement {
	l.t.Helper()
	return l.endorse(at, who, (*service.Chaincode).Invoke, function, args)
}

// EndorseWith simulates a transaction that no contract offers yet: what run does, as that function.
func (l *Ledger) EndorseWith(
	who *Identity, run func(contractapi.TransactionContextInterface) (string, error), function string, args ...string,
) *Endorsement {
	l.t.Helper()
	invoke := func(_ *service.Chaincode, s shim.ChaincodeStubInterface) *peer.Response {
		ctx := new(contractapi.TransactionContext)
		ctx.SetStub(s)
		payload, err := run(ctx)
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success([]byte(payload))
	}
	return l.endorse(l.now, who, invoke, function, args)
}

func (l *Ledger) endorse(
	at time.Time, who *Identity, invoke func(*service.Chaincode, shim.ChaincodeStubInterface) *peer.Response,
	function string, args []string,
) *Endorsement {
	l.t.Helper()
	l.sequence++
	var first *stub
	var response []byte
	for _, endorser := range l.endorsers {
		s := l.stub(at, who, function, args)
		answer := invoke(endorser, s)
		if answer.GetStatus() == shim.OK {
			l.inspect(function, s, answer.GetPayload())
		}
		encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(answer)
		must(l.t, err)
		if first == nil && !skewed(answer) {
			first, response = s, encoded
			continue
		}
		if !skewed(answer) {
			l.compare(function, first, s, response, encoded)
		}
		return endorsementOf(who, s, answer) // one refusal is enough
	}
	return nil
}

func (l *Ledger) stub(at time.Time, who *Identity, function string, args []string) *stub {
	return &stub{
		ledger: l, txID: fmt.Sprintf("%064x", l.sequence), args: append([]string{function}, args...),
		creator: who.creator, at: at, reads: map[string]int{}, writes: map[string]string{},
	}
}

// FailEachRead makes a call that would succeed again and again, each time with another of its reads
// failing. It must fail every time, writing nothing: what cannot be read is not taken for absent.
func (l *Ledger) FailEachRead(who *Identity, function string, args ...string) {
	l.t.Helper()
	for failing := 1; ; failing++ {
		s := l.stub(l.now, who, function, args)
		s.failing = failing
		answer := l.endorsers[0].Invoke(s)
		if s.failing > 0 { // there are no more reads
			if answer.GetStatus() != shim.OK || failing == 1 {
				l.t.Fatalf("%s: %s", function, answer.GetMessage())
			}
			return
		}
		if answer.GetStatus() == shim.OK || !strings.Contains(answer.GetMessage(), errRead.Error()) {
			l.t.Errorf("%s: with its read %d failing: %v", function, failing, answer)
		}
		if len(s.writes) > 0 || s.events > 0 {
			l.t.Errorf("%s: has written although its read %d failed", function, failing)
		}
	}
}

func endorsementOf(who *Identity, s *stub, answer *peer.Response) *Endorsement {
	e := &Endorsement{Who: who, Payload: string(answer.GetPayload()), TxID: s.txID, Reads: s.reads, Writes: s.writes}
	if answer.GetStatus() != shim.OK {
		e.Message, e.Writes = answer.GetMessage(), nil // a refused transaction never reaches the orderers
		return e
	}
	if s.event != nil {
		e.Event, e.Notice = s.event.GetEventName(), string(s.event.GetPayload())
	}
	return e
}

// skewed is a refusal for the clock: it says what that endorser's clock shows, and is never part of a
// transaction.
func skewed(answer *peer.Response) bool { return strings.Contains(answer.GetMessage(), "CLOCK_SKEW") }

// compare demands that two endorsers agree in every byte.
func (l *Ledger) compare(function string, a, b *stub, first, second []byte) {
	l.t.Helper()
	if !bytes.Equal(first, second) {
		l.t.Fatalf("%s: endorsers answer differently:\n%s\n%s", function, first, second)
	}
	if !maps.Equal(a.writes, b.writes) || !maps.Equal(a.reads, b.reads) || !proto.Equal(a.event, b.event) {
		l.t.Fatalf("%s: endorsers differ in reads, writes or event", function)
	}
}

// inspect checks what every transaction keeps: writing ones read no range and emit one event, others
// none, and all that leaves is canonical JSON.
func (l *Ledger) inspect(function string, s *stub, payload []byte) {
	l.t.Helper()
	if len(s.writes) > 0 && s.ranges > 0 {
		l.t.Fatalf("%s: a transaction that writes has read a range", function)
	}
	if want := min(len(s.writes), 1); s.events != want {
		l.t.Fatalf("%s: %d keys written, %d events", function, len(s.writes), s.events)
	}
	if !strings.HasPrefix(function, "org.hyperledger.fabric:") {
		l.canonical(function, string(payload))
	}
	for _, value := range s.writes {
		l.canonical(function, value)
	}
	if s.event != nil {
		l.canonical(function, string(s.event.GetPayload()))
	}
}

// canonical compares a text with what the standard library makes of it, keys sorted.
func (l *Ledger) canonical(function, text string) {
	l.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var tree any
	must(l.t, decoder.Decode(&tree))
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	must(l.t, encoder.Encode(tree))
	if got := strings.TrimSuffix(out.String(), "\n"); got != text {
		l.t.Fatalf("%s: not canonical JSON:\n%s\n%s", function, text, got)
	}
}

// Commit validates an endorsement against the state as it is now, and applies it: false is
// Fabric's MVCC_READ_CONFLICT.
func (l *Ledger) Commit(e *Endorsement) bool {
	l.t.Helper()
	for key, version := range e.Reads {
		if l.committed[key].version != version {
			return false
		}
	}
	l.version++
	writer := e.Who.MSPID + " " + e.Who.CommonName
	for key, value := range e.Writes {
		l.oneWriter(key, writer)
		l.committed[key] = entry{value, l.version, writer}
	}
	return true
}

// oneWriter: a participant's record is changed by its own identity, all others are written once.
func (l *Ledger) oneWriter(key, writer string) {
	l.t.Helper()
	before, written := l.committed[key]
	if written && (before.writer != writer || !strings.HasPrefix(key, "\x00participant\x00")) {
		l.t.Fatalf("%s overwrites %q of %s", writer, key, before.writer)
	}
}

// Snapshot is the committed state, to compare with later.
func (l *Ledger) Snapshot() map[string]string {
	snapshot := map[string]string{}
	for key, entry := range l.committed {
		snapshot[key] = entry.value
	}
	return snapshot
}
