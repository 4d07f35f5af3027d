package ledgertest

import "github.com/weftwork/weftwork/chaincode/fault"

// Call is a transaction that somebody may make.
type Call struct {
	Who      *Identity
	Function string
	Args     []string
}

// Do makes a call that must be recorded.
func (l *Ledger) Do(call Call) Record {
	l.t.Helper()
	return l.Submit(call.Who, call.Function, call.Args...)
}

// Deny makes a call that must be refused with the code and all the texts.
func (l *Ledger) Deny(code fault.Code, texts []string, call Call) {
	l.t.Helper()
	l.Refuse(code, texts, call.Who, call.Function, call.Args...)
}

// Try endorses a call.
func (l *Ledger) Try(call Call) *Endorsement {
	l.t.Helper()
	return l.Endorse(call.Who, call.Function, call.Args...)
}

// Together makes the calls in one block, where none may conflict: no key is written by two of them, nor
// read by one and written by another.
func (l *Ledger) Together(calls ...Call) {
	l.t.Helper()
	writer := map[string]int{}
	endorsements := make([]*Endorsement, len(calls))
	for i, call := range calls {
		endorsements[i] = l.Try(call)
		if message := endorsements[i].Message; message != "" {
			l.t.Fatal(message)
		}
		for key := range endorsements[i].Writes {
			if first, written := writer[key]; written {
				l.t.Errorf("%s: the calls %d and %d write %q", call.Function, first, i, key)
			}
			writer[key] = i
		}
	}
	for i, endorsement := range endorsements {
		for key := range endorsement.Reads {
			if other, written := writer[key]; written && other != i {
				l.t.Errorf("%s: the call %d reads %q, which %d writes", calls[i].Function, i, key, other)
			}
		}
		if !l.Commit(endorsement) {
			l.t.Errorf("%s: the call %d conflicts", calls[i].Function, i)
		}
	}
}
