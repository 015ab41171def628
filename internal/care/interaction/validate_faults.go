package interaction

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
)

const (
	// maxFaults bounds how many faults $validate tells of a resource that can't be read.
	maxFaults = 50
	// maxFaultBytes bounds the work of that: the bytes that are read again because of them.
	maxFaultBytes = 32 << 20
)

// unreadable is a resource from which what can't be read is taken out, element by element: the decoder ends at the first fault, and who
// asks for validation wants all of them.
type unreadable struct {
	issues []fault.Issue
	taken  []string         // the places of what was taken out
	gone   map[string][]int // list → the places in it that were taken out, ascending
}

// readableInput is withoutFaults for what $validate is called with: a resource, or Parameters with one, whose faults are told as if it had been
// sent alone.
func readableInput(body []byte, err error) (u *unreadable, rest []byte) {
	var in struct {
		ResourceType string                       `json:"resourceType"`
		Parameter    []map[string]json.RawMessage `json:"parameter"`
	}
	if json.Unmarshal(body, &in) != nil || in.ResourceType != "Parameters" {
		return withoutFaults(body, err)
	}
	for _, p := range in.Parameter {
		inner := p["resource"]
		if inner == nil {
			continue
		}
		if _, failed := r4.Unmarshal(inner); failed != nil {
			if u, p["resource"] = withoutFaults(inner, failed); p["resource"] == nil {
				return u, nil
			}
			if rest, failed = json.Marshal(in); failed == nil {
				if _, failed = r4.Unmarshal(rest); failed == nil {
					return u, rest
				}
			}
			return u, nil
		}
	}
	return withoutFaults(body, err)
}

// withoutFaults collects the faults of body, of which err was the first. Rest is what is left of it, nil if that can't be read either.
func withoutFaults(body []byte, err error) (u *unreadable, rest []byte) {
	u = &unreadable{gone: map[string][]int{}}
	var tree map[string]any
	for left := maxFaultBytes; ; left -= len(body) {
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid {
			return u, nil
		}
		if len(f.Issues) != 1 {
			f = fault.At(f.Op, "", "%s", f.Detail)
		}
		issue := f.Issues[0]
		steps, readable := stepsOf(issue.Expression)
		issue.Expression = u.place(issue.Expression)
		u.issues = append(u.issues, issue)
		if !readable || len(u.issues) == maxFaults || left < 0 {
			return u, nil
		}
		if tree == nil {
			decoded, err := decodeJSON(body)
			if tree, _ = decoded.(map[string]any); err != nil || tree == nil {
				return u, nil
			}
		}
		root, _, _ := strings.Cut(issue.Expression, ".")
		if !u.take(tree, root, steps) {
			return u, nil
		}
		u.taken = append(u.taken, issue.Expression)
		var failed error
		if body, failed = json.Marshal(tree); failed != nil {
			return u, nil
		}
		if _, err = r4.Unmarshal(body); err == nil {
			return u, body
		}
	}
}

// place is where in the resource as it was sent an expression about the rest of it leads.
func (u *unreadable) place(expression string) string {
	steps, ok := stepsOf(expression)
	if !ok {
		return expression
	}
	at, _, _ := strings.Cut(expression, ".")
	for _, s := range steps {
		at = u.below(at, s)
	}
	return at
}

// below is the place of a step below another place.
func (u *unreadable) below(at string, s elementStep) string {
	at += "." + s.name
	if s.index < 0 {
		return at
	}
	return at + "[" + strconv.Itoa(u.sent(at, s.index)) + "]"
}

// sent is the place in a list as it was sent that i is in the rest of it.
func (u *unreadable) sent(list string, i int) int {
	for _, gone := range u.gone[list] {
		if gone <= i {
			i++
		}
	}
	return i
}

// concerns reports whether an issue about the rest is one about the resource as it was sent: what was taken out is not missing, and rules
// that look at several elements can't be held against some of them.
func (u *unreadable) concerns(i fault.Issue) bool {
	if i.Code == "invariant" {
		return false
	}
	return !slices.ContainsFunc(u.taken, func(place string) bool {
		return place == i.Expression || strings.HasPrefix(place, i.Expression+".") || strings.HasPrefix(place, i.Expression+"[")
	})
}

// take takes the element that steps lead to out of object, and what is empty without it. It reports whether there was one.
func (u *unreadable) take(object map[string]any, at string, steps []elementStep) bool {
	s, last := steps[0], len(steps) == 1
	at += "." + s.name
	done, removed := false, false
	for _, key := range membersOf(object, s.name) {
		if list, ok := object[key].([]any); ok && s.index >= 0 {
			if s.index >= len(list) {
				continue
			}
			if !last {
				item, ok := list[s.index].(map[string]any)
				if !ok || !u.take(item, at+"["+strconv.Itoa(u.sent(at, s.index))+"]", steps[1:]) {
					continue
				}
				if len(item) > 0 {
					return true
				}
			}
			removed = true
			if list = slices.Delete(list, s.index, s.index+1); len(list) == 0 {
				delete(object, key)
			} else {
				object[key] = list
			}
			done = true
			continue
		}
		if !last {
			inner, ok := object[key].(map[string]any)
			if !ok || !u.take(inner, at, steps[1:]) {
				continue
			}
			if len(inner) > 0 {
				return true
			}
		}
		delete(object, key)
		done = true
	}
	if removed {
		u.gone[at] = append(u.gone[at], u.sent(at, s.index))
		slices.Sort(u.gone[at])
	}
	return done
}

// membersOf lists the members of a JSON object that an element has: its value, and its id and extensions; of a choice those of each type.
func membersOf(object map[string]any, name string) []string {
	var own, choice []string
	for key := range object {
		switch rest, found := strings.CutPrefix(strings.TrimPrefix(key, "_"), name); {
		case found && rest == "":
			own = append(own, key)
		case found && 'A' <= rest[0] && rest[0] <= 'Z':
			choice = append(choice, key)
		}
	}
	if own == nil {
		own = choice
	}
	slices.Sort(own)
	return own
}

// elementStep is one step of a path to an element; index is -1 where it is no item of a list.
type elementStep struct {
	name  string
	index int
}

// stepsOf reads the path of an element, such as Patient.name[0].family, behind the type at its start. ok is false if it is none, or the
// whole resource.
func stepsOf(expression string) (steps []elementStep, ok bool) {
	_, rest, ok := strings.Cut(expression, ".")
	if !ok {
		return nil, false
	}
	for part := range strings.SplitSeq(rest, ".") {
		name, index, listed := strings.Cut(part, "[")
		s := elementStep{name: name, index: -1}
		if listed {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || n < 0 {
				return nil, false
			}
			s.index = n
		}
		if name == "" {
			return nil, false
		}
		steps = append(steps, s)
	}
	return steps, true
}
