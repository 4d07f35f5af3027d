package main

import (
	"fmt"
	"testing"
)

// broken is what the ledger found to be against its own rules.
type broken string

func (b broken) Error() string { return string(b) }

// host stands where the ledger has a test: what would fail that ends the program.
type host struct {
	testing.TB // only what is defined here is ever called
}

func (host) Helper() {}

func (host) Fatal(args ...any) { panic(broken(fmt.Sprint(args...))) }

func (host) Fatalf(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }
