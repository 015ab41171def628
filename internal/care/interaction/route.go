package interaction

import (
	"net/http"
	"slices"
	"strings"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
)

// Target is what a method and path ask for.
type Target struct {
	Interaction r4route.Interaction
	Type        string // resource type; of a compartment search the compartment's
	ID          string
	VID         string
	Member      string // resource type searched in a compartment, or *
	Operation   string // code, without $
}

// pattern is a compiled route.
type pattern struct {
	method      string
	segments    []string
	interaction r4route.Interaction
}

// patterns are the routes by number of segments.
var patterns = compile(r4route.Routes)

func compile(routes []r4route.Route) [][]pattern {
	var out [][]pattern
	for _, r := range routes {
		var segments []string
		if r.Path != "/" {
			segments = strings.Split(r.Path[1:], "/")
		}
		for len(out) <= len(segments) {
			out = append(out, nil)
		}
		out[len(segments)] = append(out[len(segments)], pattern{method: r.Method, segments: segments, interaction: r.Interaction})
	}
	return out
}

// maxSegments is the depth of the longest route.
var maxSegments = len(patterns) - 1

// Route finds what method asks for at path, which is relative to the base and already unescaped.
//
// Errors: NotFound if no route has this path, its type is no resource type, or an id is malformed; MethodNotAllowed if the
// path exists and the type does not offer the interaction.
func Route(method, path string) (Target, error) {
	const op = "interaction.route"
	if method == http.MethodHead { // a read whose body is not sent
		method = http.MethodGet
	}
	var buf [8]string
	segments := split(buf[:0], path)
	if len(segments) > maxSegments {
		return Target{}, fault.New(fault.NotFound, op, "the FHIR API has no such path")
	}
	known := false
	for i := range patterns[len(segments)] {
		p := &patterns[len(segments)][i]
		if known && p.method != method {
			continue
		}
		t, ok := p.match(segments)
		if !ok {
			continue
		}
		known = true
		if p.method == method {
			return t, t.check(op)
		}
	}
	if known {
		return Target{}, fault.New(fault.MethodNotAllowed, op, "%s is not possible here", method)
	}
	return Target{}, fault.New(fault.NotFound, op, "the FHIR API has no such path")
}

// RouteFor is [Route] for somebody under a policy: the operator, who loads what others have kept, also writes types that nobody
// else does.
func RouteFor(policy access.Policy, method, path string) (Target, error) {
	t, err := Route(method, path)
	if policy.Operator && t.Interaction != r4route.None && fault.Is(err, fault.MethodNotAllowed) {
		err = nil
	}
	return t, err
}

// Methods lists the methods that path answers, sorted; none if there is no such path.
func Methods(path string) []string {
	var buf [8]string
	segments := split(buf[:0], path)
	var out []string
	if len(segments) > maxSegments {
		return nil
	}
	for i := range patterns[len(segments)] {
		p := &patterns[len(segments)][i]
		if t, ok := p.match(segments); ok && t.check("") == nil && !slices.Contains(out, p.method) {
			if o := t.operation(); t.Operation != "" && (o == nil || o.Post && p.method == http.MethodGet) {
				continue
			}
			out = append(out, p.method)
		}
	}
	if slices.Contains(out, http.MethodGet) {
		out = append(out, http.MethodHead)
	}
	slices.Sort(out)
	return out
}

// split cuts a path into its segments; a slash at the end counts for nothing.
func split(dst []string, path string) []string {
	path = strings.Trim(path, "/")
	for path != "" {
		head, tail, _ := strings.Cut(path, "/")
		if dst = append(dst, head); len(dst) == cap(dst) && tail != "" {
			return append(dst, tail)
		}
		path = tail
	}
	return dst
}

func (p *pattern) match(segments []string) (Target, bool) {
	t := Target{Interaction: p.interaction}
	for i, want := range p.segments {
		have := segments[i]
		if have == "" {
			return t, false
		}
		switch want {
		case "{type}":
			if have[0] < 'A' || have[0] > 'Z' {
				return t, false
			}
			t.Type = have
		case "{id}":
			if have[0] == '_' || have[0] == '$' {
				return t, false
			}
			t.ID = have
		case "{vid}":
			t.VID = have
		case "{member}":
			if have != "*" && (have[0] < 'A' || have[0] > 'Z') {
				return t, false
			}
			t.Member = have
		case "${operation}":
			if have[0] != '$' {
				return t, false
			}
			t.Operation = have[1:]
		default:
			if have != want {
				return t, false
			}
		}
	}
	return t, true
}

// check reports why a target whose path has the right form does not exist after all.
func (t *Target) check(op string) error {
	if t.Type != "" {
		typ := r4route.Lookup(t.Type)
		if typ == nil {
			return fault.New(fault.NotFound, op, "%s is no resource type of FHIR R4", t.Type)
		}
		if t.Operation == "" && !typ.Interactions.Has(t.Interaction) {
			return fault.New(fault.MethodNotAllowed, op, "%s does not offer %s", t.Type, t.Interaction)
		}
	}
	if t.Member != "" && t.Member != "*" && r4route.Lookup(t.Member) == nil {
		return fault.New(fault.NotFound, op, "%s is no resource type of FHIR R4", t.Member)
	}
	if t.ID != "" && !record.ValidID(t.ID) {
		return fault.New(fault.NotFound, op, "an id has 1 to 64 letters, digits, dots and hyphens")
	}
	return nil
}
