// Package fault holds the errors that clients may rely on: a code, a colon, a sentence.
package fault

import "fmt"

// Code names the rule that a call broke. Codes are part of the chaincode's interface.
type Code string

// The codes, all of them.
const (
	InvalidArgument    Code = "INVALID_ARGUMENT"    // an argument is malformed or out of bounds
	NotFound           Code = "NOT_FOUND"           // what the call names does not exist
	AlreadyExists      Code = "ALREADY_EXISTS"      // the record exists, with other content
	PermissionDenied   Code = "PERMISSION_DENIED"   // this identity may not do that
	IllegalTransition  Code = "ILLEGAL_TRANSITION"  // not in this state
	PreconditionFailed Code = "PRECONDITION_FAILED" // in this state, but a guard does not hold
	BudgetExceeded     Code = "BUDGET_EXCEEDED"     // more privacy is spent than was granted
	InsufficientFunds  Code = "INSUFFICIENT_FUNDS"  // the coins do not cover the amount
	ClockSkew          Code = "CLOCK_SKEW"          // the transaction's time is not the endorser's
	Internal           Code = "INTERNAL"            // a fault of the chaincode itself
)

// Errorf makes the error "CODE: text".
func (c Code) Errorf(format string, args ...any) error {
	return &Fault{Code: c, Text: fmt.Sprintf(format, args...)}
}

// Fault is an error with a code.
type Fault struct {
	Code Code
	Text string
}

// Error is what the client sees: "CODE: text".
func (f *Fault) Error() string {
	return string(f.Code) + ": " + f.Text
}
