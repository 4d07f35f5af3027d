// Package document reads the JSON that clients send, strictly, and writes JSON canonically.
//
// Strict: valid UTF-8, one value, no key twice, no number but integers that every language holds
// exactly, no control characters, bounded depth. What one reader would take differently from another
// must not reach a ledger that both read.
package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDepth = 16
	// MaxInteger is the largest magnitude that a double, hence JavaScript, holds exactly.
	MaxInteger = 1<<53 - 1
)

var integerPattern = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})$`)

// Every escape, a pair of surrogates as one; the group is half of such a pair on its own.
var escapePattern = regexp.MustCompile(`(?s)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.`)

// halfPair finds what Go would read as U+FFFD, and what others keep and cannot write again.
func halfPair(text string) string {
	for _, found := range escapePattern.FindAllStringSubmatch(text, -1) {
		if found[1] != "" {
			return found[1]
		}
	}
	return ""
}

// parse returns the tree of a JSON text: map[string]any, []any, string, int64, bool, nil.
func parse(text string, depth int) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not valid UTF-8")
	}
	if half := halfPair(text); half != "" {
		return nil, fmt.Errorf("the escape %s is half of a surrogate pair, and no character", half)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	tree, err := value(decoder, depth)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the JSON ends early")
	}
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return tree, nil
}

func value(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == 0 {
			return nil, errors.New("nested too deeply")
		}
		if token == '{' {
			return object(decoder, depth-1)
		}
		return list(decoder, depth-1)
	case json.Number:
		return integer(token)
	case string:
		return token, plain(token)
	default:
		return token, nil
	}
}

func object(decoder *json.Decoder, depth int) (any, error) {
	fields := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder admits nothing else in an object's key position
		if err := plain(key); err != nil {
			return nil, err
		}
		if _, twice := fields[key]; twice {
			return nil, fmt.Errorf("key %.40q appears twice", key)
		}
		if fields[key], err = value(decoder, depth); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return fields, err
}

func list(decoder *json.Decoder, depth int) (any, error) {
	items := []any{}
	for decoder.More() {
		item, err := value(decoder, depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := decoder.Token()
	return items, err
}

func integer(number json.Number) (any, error) {
	if !integerPattern.MatchString(number.String()) {
		return nil, fmt.Errorf("number %.40s is not an integer; a decimal travels as a string", number)
	}
	value, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || value > MaxInteger || value < -MaxInteger {
		return nil, fmt.Errorf("number %s is beyond 2^53-1", number)
	}
	return value, nil
}

// plain refuses control characters: a title is shown on the terminals of other organisations.
func plain(text string) error {
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return fmt.Errorf("text %.40q holds a control character", text)
		}
	}
	return nil
}
