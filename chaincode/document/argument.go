package document

import (
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// Read parses the argument called what, a JSON object of at most limit bytes.
func Read(what, text string, limit int) (*Object, error) {
	tree, err := parseArgument(what, text, limit)
	if err != nil {
		return nil, err
	}
	fields, ok := tree.(map[string]any)
	if !ok {
		return nil, fault.InvalidArgument.Errorf("%s is not a JSON object", what)
	}
	return newObject(what, fields), nil
}

const bytesPerItem = 128 // of JSON, with room for indentation

// ReadNames parses the argument called what, a JSON list of at most maximum distinct names, and
// returns it sorted.
func ReadNames(what, text string, maximum int) ([]string, error) {
	return ReadList(what, text, namePattern, "a name", maximum)
}

// ReadList parses the argument called what, a JSON list of at most maximum distinct texts that match
// the pattern, and returns it sorted; wanted says in an error what each should be.
func ReadList(what, text string, pattern *regexp.Regexp, wanted string, maximum int) ([]string, error) {
	tree, err := parseArgument(what, text, bytesPerItem*(maximum+1))
	if err != nil {
		return nil, err
	}
	argument := newObject("arguments", map[string]any{what: tree})
	return argument.list(what, pattern, wanted, maximum), argument.Check()
}

// ReadInteger parses the argument called what, an integer from minimum to maximum in decimal digits.
func ReadInteger(what, text string, minimum, maximum int64) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < minimum || number > maximum || strconv.FormatInt(number, 10) != text {
		return 0, fault.InvalidArgument.Errorf("%s: %.20q is not an integer in %d..%d", what, text, minimum, maximum)
	}
	return number, nil
}

// CheckName checks the argument called what, a name.
func CheckName(what, text string) error {
	argument := newObject("arguments", map[string]any{what: text})
	argument.Name(what)
	return argument.Check()
}

// CheckDigest checks the argument called what, a SHA-256 digest.
func CheckDigest(what, text string) error {
	argument := newObject("arguments", map[string]any{what: text})
	argument.Digest(what)
	return argument.Check()
}

// CheckText checks the argument called what, a text of at most maximum characters.
func CheckText(what, text string, maximum int) error {
	argument := newObject("arguments", map[string]any{what: text})
	argument.Text(what, 0, maximum)
	if err := plain(text); err != nil || !utf8.ValidString(text) {
		argument.Note(what, "not plain UTF-8 text")
	}
	return argument.Check()
}

func parseArgument(what, text string, limit int) (any, error) {
	if len(text) > limit {
		return nil, fault.InvalidArgument.Errorf("%s has %d bytes, more than %d", what, len(text), limit)
	}
	tree, err := parse(text, maxDepth)
	if err != nil {
		return nil, fault.InvalidArgument.Errorf("%s: %v", what, err)
	}
	return tree, nil
}

func newObject(what string, fields map[string]any) *Object {
	return &Object{fields: fields, asked: map[string]bool{}, report: &report{what: what}}
}
