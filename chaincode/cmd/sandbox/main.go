// Command sandbox runs the contracts on a ledger in memory, for simulations: one JSON object a line on
// stdin is a call, its answer is one on stdout. Network, orderers and endorsement are left out; every rule
// that a transaction obeys is the chaincode's own.
//
//	{"who": {"name": "node.a", "msp": "AMSP", "role": "provider"}, "at_ms": 1700000000000, "function": "Participants:Register", "args": ["a", "a:1"]}
//	{"result": {...}} or {"error": "CODE: text"}
//
// Every call is a block of its own, or none where it writes nothing. Its time is at_ms, in unix milliseconds,
// which never goes back. With "sign" in the place of a function the answer is {"result": "..."}, the caller's
// signature of that text: a caller's key is made when it first appears.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// run answers calls until there are no more. What no call may do ends it: a line that is none, or a
// transaction that breaks a rule of the ledger, which is a fault of the chaincode.
func run(calls io.Reader, answers io.Writer) (err error) {
	defer func() {
		switch found := recover().(type) {
		case nil:
		case broken:
			err = found
		default: // a fault of the chaincode or of this program: with where it happened
			panic(found)
		}
	}()
	return newSandbox().serve(calls, answers)
}
