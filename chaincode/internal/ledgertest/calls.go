package ledgertest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// Record is a record as a client sees it.
type Record = map[string]any

// Submit endorses and commits a call that must be recorded, and returns its record. It then repeats
// the call, which must write nothing, say so, and return the same record.
func (l *Ledger) Submit(who *Identity, function string, args ...string) Record {
	l.t.Helper()
	endorsement := l.Endorse(who, function, args...)
	record := l.outcome(endorsement, function, "recorded")
	if !l.Commit(endorsement) {
		l.t.Fatalf("%s: conflicts with nothing, and yet conflicts", function)
	}
	l.notice(endorsement, function, record)
	l.Repeat(who, function, args...)
	return record
}

// Repeat makes a call that must be known already.
func (l *Ledger) Repeat(who *Identity, function string, args ...string) Record {
	l.t.Helper()
	endorsement := l.Endorse(who, function, args...)
	if len(endorsement.Writes) > 0 {
		l.t.Fatalf("%s: a repetition writes", function)
	}
	return l.outcome(endorsement, function, "already-recorded")
}

// Refuse makes a call that must be refused with the code and all the texts, on an unchanged ledger.
func (l *Ledger) Refuse(code fault.Code, texts []string, who *Identity, function string, args ...string) {
	l.t.Helper()
	before := l.Snapshot()
	endorsement := l.Endorse(who, function, args...)
	RequireFault(l.t, endorsement.Message, code, texts...)
	if !maps.Equal(before, l.Snapshot()) {
		l.t.Fatalf("%s: a refused call changed the ledger", function)
	}
}

// Query evaluates a call and returns its answer.
func (l *Ledger) Query(who *Identity, function string, args ...string) Record {
	l.t.Helper()
	endorsement := l.Endorse(who, function, args...)
	if endorsement.Message != "" {
		l.t.Fatalf("%s: %s", function, endorsement.Message)
	}
	if len(endorsement.Writes) > 0 {
		l.t.Fatalf("%s: a query writes", function)
	}
	return Decode(l.t, endorsement.Payload)
}

// RequireFault demands an error with a code and texts in it.
func RequireFault(t testing.TB, message string, code fault.Code, texts ...string) {
	t.Helper()
	if !strings.HasPrefix(message, string(code)+": ") {
		t.Fatalf("want %s, got %q", code, message)
	}
	for _, text := range texts {
		if !strings.Contains(message, text) {
			t.Fatalf("want %q in %q", text, message)
		}
	}
}

// Decode reads JSON; numbers become int64.
func Decode(t testing.TB, text string) Record {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var record any
	must(t, decoder.Decode(&record))
	return integers(record).(Record)
}

func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = integers(inner)
		}
		return value
	case []any:
		for i, inner := range value {
			value[i] = integers(inner)
		}
		return value
	case json.Number:
		number, _ := value.Int64()
		return number
	default:
		return value
	}
}

// JSON encodes an argument.
func JSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	return string(text)
}

func (l *Ledger) outcome(e *Endorsement, function, want string) Record {
	l.t.Helper()
	if e.Message != "" {
		l.t.Fatalf("%s: %s", function, e.Message)
	}
	reply := Decode(l.t, e.Payload)
	if reply["outcome"] != want {
		l.t.Fatalf("%s: outcome %v, want %s", function, reply["outcome"], want)
	}
	return reply["record"].(Record)
}

// notice checks the event against the record: it alone must be enough to follow a task.
func (l *Ledger) notice(e *Endorsement, function string, record Record) {
	l.t.Helper()
	contract, _, _ := strings.Cut(function, ":")
	notice := Decode(l.t, e.Notice)
	if !strings.HasPrefix(e.Event, "weftwork.v1."+contract+".") || notice["event"] != e.Event {
		l.t.Fatalf("%s: event %s with payload %s", function, e.Event, e.Notice)
	}
	if notice["version"] != int64(1) || notice["tx_id"] != e.TxID || notice["at_ms"] != l.NowMs() {
		l.t.Fatalf("%s: event's stamp is %v", function, notice)
	}
	if JSON(l.t, notice["record"]) != JSON(l.t, record) {
		l.t.Fatalf("%s: event and reply hold different records", function)
	}
	if task, ok := record["task"]; ok && task != notice["task"] {
		l.t.Fatalf("%s: event is about task %v, record about %v", function, notice["task"], task)
	}
}
