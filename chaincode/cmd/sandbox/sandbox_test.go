package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

const (
	start    = 1_700_000_000_000
	provider = `{"name": "node.a", "msp": "AMSP", "role": "provider"}`
	stranger = `{"name": "node.b", "msp": "BMSP", "role": ""}`
)

// lines runs the calls, and returns the answers.
func lines(t *testing.T, calls ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := run(strings.NewReader(strings.Join(calls, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func made(who string, atMs int, function string, args ...string) string {
	encoded, _ := json.Marshal(args)
	return fmt.Sprintf(`{"who": %s, "at_ms": %d, "function": %q, "args": %s}`, who, atMs, function, encoded)
}

func require(t *testing.T, line string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(line, text) {
			t.Errorf("want %s in %s", text, line)
		}
	}
}

func TestWhatACallWritesTheNextReads(t *testing.T) {
	answers := lines(t,
		made(provider, start, "Participants:Register", "a", "host:1"),
		made(provider, start+5, "Participants:Get", "a"),
		made(provider, start+7, "Participants:UpdateEndpoint", "host:2"),
		made(stranger, start+9, "Participants:Get", "a"),
	)
	require(t, answers[0], `{"result":{"outcome":"recorded"`, fmt.Sprintf(`"registered_at_ms":%d`, start))
	require(t, answers[1], `"endpoint":"host:1"`, `"reputation":500000`)
	require(t, answers[3], `"endpoint":"host:2"`)
}

func TestARefusalIsAnAnswer(t *testing.T) {
	answers := lines(t,
		made(stranger, start, "Participants:Register", "b", "host:1"),
		made(stranger, start, "Participants:Get", "b"),
	)
	require(t, answers[0], `{"error":"PERMISSION_DENIED: `)
	require(t, answers[1], `{"error":"NOT_FOUND: participant b does not exist"}`)
}

func TestASignatureIsOfTheCallersKey(t *testing.T) {
	sign := fmt.Sprintf(`{"who": %s, "sign": "text"}`, provider)
	for _, line := range lines(t, sign, sign) {
		var got struct{ Result []byte } // base64
		if err := json.Unmarshal([]byte(line), &got); err != nil || len(got.Result) < 64 {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestWhatIsNoCallEndsIt(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"no JSON":          {"what", "not a call"},
		"an unknown field": {`{"when": 3}`, "not a call"},
		"the time before":  {made(provider, start-1, "Participants:Get", "a"), "it is 1700000000000 ms already"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(strings.NewReader(test.line), &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

func TestABrokenRuleEndsIt(t *testing.T) {
	err := run(reader(func() { host{}.Fatalf("no, %d", 3) }), &bytes.Buffer{})
	if err != broken("no, 3") {
		t.Errorf("got %v", err)
	}
}

func TestAnyOtherFaultIsNotHidden(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it ends as if nothing had happened")
		}
	}()
	var nothing map[string]int
	_ = run(reader(func() { nothing["a"] = 1 }), &bytes.Buffer{})
}

// reader does something where calls are read.
type reader func()

func (r reader) Read([]byte) (int, error) {
	r()
	return 0, io.EOF
}
