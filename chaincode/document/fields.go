package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	namePattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`)
	digestPattern  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	decimalPattern = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$`)
)

// Text reads a text of minimum to maximum characters, over several lines if it likes.
func (o *Object) Text(field string, minimum, maximum int) string {
	text, ok := read[string](o, field, "a text")
	if length := utf8.RuneCountInString(text); ok && (length < minimum || length > maximum) {
		o.Note(field, "has %d characters, should have %d to %d", length, minimum, maximum)
	}
	return text
}

// Line reads a text of one line.
func (o *Object) Line(field string, minimum, maximum int) string {
	text := o.Text(field, minimum, maximum)
	if strings.ContainsAny(text, "\n\t") {
		o.Note(field, "should be one line without tabs")
	}
	return text
}

// Name reads a name.
func (o *Object) Name(field string) string {
	return o.matching(field, namePattern, "a name such as factory1 (a-z, 0-9, dot, dash; at most 63)")
}

// Digest reads a SHA-256 digest.
func (o *Object) Digest(field string) string {
	return o.matching(field, digestPattern, "a SHA-256 digest in 64 lowercase hex digits")
}

// Decimal reads a non-negative decimal number in a string.
func (o *Object) Decimal(field string) string {
	return o.matching(field, decimalPattern, `a decimal in a string, such as "0.1"`)
}

func (o *Object) matching(field string, pattern *regexp.Regexp, wanted string) string {
	text, ok := read[string](o, field, wanted)
	if ok && !pattern.MatchString(text) {
		o.Note(field, "%.80q is not %s", text, wanted)
	}
	return text
}

// Integer reads an integer from minimum to maximum.
func (o *Object) Integer(field string, minimum, maximum int64) int64 {
	number, ok := read[int64](o, field, "an integer")
	if ok && (number < minimum || number > maximum) {
		o.Note(field, "%d is not in %d..%d", number, minimum, maximum)
	}
	return number
}

// Bool reads true or false.
func (o *Object) Bool(field string) bool {
	value, _ := read[bool](o, field, "true or false")
	return value
}

// Object reads a nested object.
func (o *Object) Object(field string) *Object {
	fields, _ := read[map[string]any](o, field, "an object")
	return o.child(field, fields)
}

// Optional reads a nested object that may be absent or null: it is then empty.
func (o *Object) Optional(field string) *Object {
	if o.IsNull(field) {
		return o.child(field, map[string]any{})
	}
	return o.Object(field)
}

// IsNull says whether the field is absent or null, and counts as asking for it.
func (o *Object) IsNull(field string) bool {
	o.asked[field] = true
	return o.fields[field] == nil
}

// Opaque reads an object that the ledger keeps but does not understand, of at most limit bytes.
// Absent or null, it is empty.
func (o *Object) Opaque(field string, limit int) json.RawMessage {
	if o.IsNull(field) {
		return json.RawMessage("{}")
	}
	fields, _ := read[map[string]any](o, field, "an object")
	text := appendValue(nil, fields)
	if len(text) > limit {
		o.Note(field, "has %d bytes, more than %d", len(text), limit)
	}
	return text
}

// Texts reads an object whose values are lines of text: at most count, each at most length long.
func (o *Object) Texts(field string, count, length int) map[string]string {
	fields, _ := read[map[string]any](o, field, "an object of texts")
	if len(fields) > count {
		o.Note(field, "has %d entries, more than %d", len(fields), count)
		return nil
	}
	child, texts := o.child(field, fields), map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if strings.ContainsAny(key, "\n\t") || utf8.RuneCountInString(key) > length {
			o.Note(field, "a key is longer than %d or not one line", length)
		}
		texts[key] = child.Line(key, 0, length)
	}
	return texts
}

// Names reads a list of distinct names and returns it sorted.
func (o *Object) Names(field string, maximum int) []string {
	return o.list(field, namePattern, "a name", maximum)
}

// list reads a list of distinct texts that match the pattern and returns it sorted.
func (o *Object) list(field string, pattern *regexp.Regexp, wanted string, maximum int) []string {
	items, ok := read[[]any](o, field, "a list, each of it "+wanted)
	if ok && len(items) > maximum {
		o.Note(field, "has %d entries, more than %d", len(items), maximum)
		return nil
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, _ := item.(string)
		if !pattern.MatchString(text) {
			o.Note(field, "%.80q is not %s", fmt.Sprint(item), wanted)
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if len(slices.Compact(slices.Clone(texts))) != len(texts) {
		o.Note(field, "%s appears twice", wanted)
	}
	return texts
}

// Objects reads a list of minimum to maximum objects.
func (o *Object) Objects(field string, minimum, maximum int) []*Object {
	items, ok := read[[]any](o, field, "a list of objects")
	if ok && (len(items) < minimum || len(items) > maximum) {
		o.Note(field, "has %d entries, should have %d to %d", len(items), minimum, maximum)
		return nil
	}
	objects := make([]*Object, 0, len(items))
	for i, item := range items {
		fields, isObject := item.(map[string]any)
		if !isObject {
			o.Note(field, "entry %d is not an object", i)
		}
		objects = append(objects, o.child(fmt.Sprintf("%s[%d]", field, i), fields))
	}
	return objects
}

// read returns the field's value if it has the type; what is wanted completes the error's sentence.
func read[T any](o *Object, field, wanted string) (T, bool) {
	value, present := o.get(field)
	typed, ok := value.(T)
	if present && !ok {
		o.Note(field, "should be %s", wanted)
	}
	return typed, ok
}
