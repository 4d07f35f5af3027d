package main

import (
	"os"
	"testing"
)

func TestTheDocumentationIsFresh(t *testing.T) {
	const path = "../../../docs/reference/state-machine.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != page() {
		t.Errorf("%s is not what the tables say: run go run ./cmd/diagram > ../docs/reference/state-machine.md", path)
	}
}
