package document

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestParseRefusesWhatReadersTakeDifferently(t *testing.T) {
	for text, names := range map[string]string{
		"":                          "ends early",
		"{":                         "ends early",
		`{"a":1`:                    "ends early",
		`{"a":1}}`:                  "something follows",
		`1 2`:                       "something follows",
		`{"a":1,"a":1}`:             `"a" appears twice`,
		`{"a":1,"\u0061":1}`:        `"a" appears twice`,
		`[1.0]`:                     "not an integer",
		`1e3`:                       "not an integer",
		`-0`:                        "not an integer",
		`9007199254740992`:          "beyond 2^53-1",
		`-9007199254740992`:         "beyond 2^53-1",
		`123456789012345678`:        "not an integer",
		"\"\x7f\"":                  "control character",
		`"\u0000"`:                  "control character",
		`"\u009b"`:                  "control character",
		`{"\u001b":1}`:              "control character",
		"\"\xc3\"":                  "UTF-8",
		`"\ud800"`:                  `the escape \ud800 is half`,
		`"\uDC00\uD800"`:            `the escape \uDC00 is half`,
		`"\ud83d\ud83d\ude00"`:      `the escape \ud83d is half`,
		`{"\\\udbff":1}`:            `the escape \udbff is half`,
		`{"a" 1}`:                   "invalid character",
		`[1,]`:                      "invalid character",
		`{1:1}`:                     "",
		`{"a":01}`:                  "invalid character",
		`nul`:                       "ends early",
		`NaN`:                       "invalid character",
		strings.Repeat("[", 17):     "too deeply",
		strings.Repeat(`{"a":`, 17): "too deeply",
	} {
		_, err := parse(text, maxDepth)
		if err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("%q: want %q, got %v", text, names, err)
		}
	}
}

func TestCanonicalIsWhatPythonWrites(t *testing.T) {
	record := struct {
		Z     string          `json:"z"`
		A     int64           `json:"a"`
		Inner json.RawMessage `json:"inner"`
		None  *int            `json:"none"`
		Yes   bool            `json:"yes"`
		List  []string        `json:"list"`
	}{
		Z: "<é\u2028\"\\\n\t/>", A: -5, Inner: json.RawMessage(` { "b" : [ ], "a" : { } } `), Yes: true,
		List: []string{"x", "y"},
	}
	// json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
	want := `{"a":-5,"inner":{"a":{},"b":[]},"list":["x","y"],"none":null,"yes":true,"z":"<é` + "\u2028" + `\"\\\n\t/>"}`
	got, err := Canonical(record)
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
}

func TestParseTakesWholePairsAndWhatOnlyLooksLikeHalfOne(t *testing.T) {
	for text, want := range map[string]string{
		`"\ud83d\ude00"`: "😀", `"\uD83D\uDE00\ud7ff"`: "😀\ud7ff", `"\\ud800"`: `\ud800`, `"\ufffd\ue000"`: "\ufffd\ue000",
	} {
		if tree, err := parse(text, maxDepth); err != nil || tree != want {
			t.Errorf("%s: want %q, got %q (%v)", text, want, tree, err)
		}
	}
}

func TestCanonicalRefusesWhatItCouldNotRepeat(t *testing.T) {
	for _, record := range []any{0.5, "\x00", func() {}, json.RawMessage("{")} {
		if text, err := Canonical(record); err == nil {
			t.Errorf("%T: %s", record, text)
		}
	}
}

// Any tree survives being written and read, and its canonical form is a fixed point.
func TestCanonicalRoundTrips(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		tree := tree(random, 4)
		text := appendValue(nil, tree)
		again, err := parse(string(text), maxDepth)
		if err != nil || !reflect.DeepEqual(again, tree) {
			t.Fatalf("%#v became %#v by %s (%v)", tree, again, text, err)
		}
		canonical, err := Canonical(json.RawMessage(text))
		if err != nil || string(canonical) != string(text) {
			t.Fatalf("%s became %s (%v)", text, canonical, err)
		}
	}
}

func tree(random *rand.Rand, depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch random.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return random.IntN(2) == 0
	case 2:
		return random.Int64N(2*MaxInteger) - MaxInteger
	case 3, 4:
		return word(random)
	case 5:
		items := []any{}
		for range random.IntN(4) {
			items = append(items, tree(random, depth-1))
		}
		return items
	default:
		fields := map[string]any{}
		for range random.IntN(4) {
			fields[word(random)] = tree(random, depth-1)
		}
		return fields
	}
}

func word(random *rand.Rand) string {
	letters := []rune("ab\"\\\n\t/<>&é\u2028\u2029😀 ")
	var word strings.Builder
	for range random.IntN(6) {
		word.WriteRune(letters[random.IntN(len(letters))])
	}
	return word.String()
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",null,true]}`, `"\ud800"`, `[[[]]]`, `{"a":{"a":-1}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := parse(text, maxDepth)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON", text)
		}
		again, err := parse(string(appendValue(nil, tree)), maxDepth)
		if err != nil || !reflect.DeepEqual(tree, again) {
			t.Fatalf("%q: %#v became %#v (%v)", text, tree, again, err)
		}
	})
}

func TestOnlySoManyProblemsAreListed(t *testing.T) {
	fields := make([]string, 40)
	for i := range fields {
		fields[i] = `"` + strings.Repeat("f", i+1) + `":1`
	}
	object, err := Read("thing", "{"+strings.Join(fields, ",")+"}", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	err = object.Check()
	if err == nil || strings.Count(err.Error(), "unknown field") != maxProblems || !strings.HasSuffix(err.Error(), "; and 10 more") {
		t.Errorf("%v", err)
	}
}

func TestAMissingObjectIsOneProblem(t *testing.T) {
	object, err := Read("thing", "{}", 10)
	if err != nil {
		t.Fatal(err)
	}
	inner := object.Object("inner")
	inner.Integer("n", 1, 2)
	inner.Text("t", 1, 2)
	if err := object.Check(); err == nil || err.Error() != "INVALID_ARGUMENT: thing: inner: missing" {
		t.Errorf("%v", err)
	}
}
