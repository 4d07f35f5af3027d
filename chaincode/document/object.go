package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// maxProblems bounds the length of an error; a client that broke more rules sees the first ones.
const maxProblems = 30

// Object reads the fields of a JSON object one by one. A reader that finds a field missing or wrong
// notes the problem under the field's path and returns a zero value, so that Check reports all
// problems at once. Fields that nobody asked for are problems too, unless AllowMore was called.
type Object struct {
	path     string
	fields   map[string]any // nil where the object itself is missing: its fields are then no news
	asked    map[string]bool
	more     bool
	children []*Object
	report   *report
}

type report struct {
	what     string
	problems []string
}

// Check returns INVALID_ARGUMENT with every problem noted so far, or nil.
func (o *Object) Check() error {
	o.refuseUnknown()
	problems := o.report.problems
	if len(problems) == 0 {
		return nil
	}
	more := ""
	if len(problems) > maxProblems {
		problems, more = problems[:maxProblems], fmt.Sprintf("; and %d more", len(problems)-maxProblems)
	}
	return fault.InvalidArgument.Errorf("%s: %s%s", o.report.what, strings.Join(problems, "; "), more)
}

// Note adds a problem that concerns the field.
func (o *Object) Note(field, format string, args ...any) {
	if o.fields == nil {
		return
	}
	o.report.problems = append(o.report.problems, o.at(field)+": "+fmt.Sprintf(format, args...))
}

// AllowMore admits fields that nobody asked for, but none that differs from an asked one only in
// case: encoding/json, here and in other readers, would take the one for the other.
func (o *Object) AllowMore() { o.more = true }

// IsEmpty says whether the object is there and has no field.
func (o *Object) IsEmpty() bool { return o.fields != nil && len(o.fields) == 0 }

// Canonical is the object as it was read, as canonical JSON.
func (o *Object) Canonical() json.RawMessage {
	return appendValue(nil, o.fields)
}

func (o *Object) refuseUnknown() {
	for _, field := range slices.Sorted(maps.Keys(o.fields)) {
		if o.asked[field] {
			continue
		}
		if !o.more {
			o.Note(field, "unknown field")
		} else if known := o.shadowed(field); known != "" {
			o.Note(field, "differs from %s only in case", known)
		}
	}
	for _, child := range o.children {
		child.refuseUnknown()
	}
}

// shadowed is the asked field that the other one folds to, "" if there is none.
func (o *Object) shadowed(field string) string {
	for _, known := range slices.Sorted(maps.Keys(o.asked)) {
		if strings.EqualFold(known, field) {
			return known
		}
	}
	return ""
}

func (o *Object) at(field string) string {
	if len(field) > 40 {
		field = field[:40] + "..."
	}
	if o.path == "" {
		return field
	}
	return o.path + "." + field
}

func (o *Object) get(field string) (any, bool) {
	o.asked[field] = true
	value, present := o.fields[field]
	if !present {
		o.Note(field, "missing")
	}
	return value, present
}

func (o *Object) child(field string, fields map[string]any) *Object {
	child := &Object{path: o.at(field), fields: fields, asked: map[string]bool{}, report: o.report}
	o.children = append(o.children, child)
	return child
}
