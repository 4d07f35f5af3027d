package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Canonical writes a record as canonical JSON: keys sorted, no spaces, UTF-8 unescaped but for
// quote, backslash and control characters. In Python the same bytes are
// json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode().
func Canonical(record any) ([]byte, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode a record: %w", err)
	}
	tree, err := parse(string(text), 2*maxDepth) // records wrap what clients sent
	if err != nil {
		return nil, fmt.Errorf("encode a record: %w", err)
	}
	return appendValue(nil, tree), nil
}

// Text is Canonical as a string, which is how a contract returns a record.
func Text(record any) (string, error) {
	text, err := Canonical(record)
	return string(text), err
}

func appendValue(out []byte, value any) []byte {
	switch value := value.(type) {
	case map[string]any:
		return appendObject(out, value)
	case []any:
		return appendList(out, value)
	case string:
		return appendString(out, value)
	case int64:
		return strconv.AppendInt(out, value, 10)
	case bool:
		return strconv.AppendBool(out, value)
	default:
		return append(out, "null"...)
	}
}

func appendObject(out []byte, fields map[string]any) []byte {
	out = append(out, '{')
	for i, key := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, key), ':')
		out = appendValue(out, fields[key])
	}
	return append(out, '}')
}

func appendList(out []byte, items []any) []byte {
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendValue(out, item)
	}
	return append(out, ']')
}

// appendString knows only the two control characters that parse lets through.
func appendString(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
