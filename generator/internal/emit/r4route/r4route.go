// Package r4route emits gen/r4route: the FHIR interactions, the routes that lead to them, which resource types offer which,
// the operations, and the interface that a handler of all of them implements. The choices are in spec/policy/interactions.yaml
// and spec/policy/operations.yaml.
package r4route

import (
	"bytes"
	"fmt"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
)

const (
	name = "r4route"
	from = "spec/policy"
)

// Emitter emits gen/r4route.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	if m.Interactions == nil {
		return nil, nil
	}
	var files []emit.File
	for _, f := range []struct {
		name string
		body func(*model.Interactions) []byte
	}{
		{"interaction.go", interactions}, {"route.go", routes}, {"type.go", types}, {"operation.go", operations},
	} {
		file, err := emit.Go("r4route/"+f.name, append([]byte(emit.Header(name, from)+"\n"), f.body(m.Interactions)...))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// goName is the constant of an interaction. vread is two words in one.
func goName(code string) string {
	if code == "vread" {
		return "VRead"
	}
	return gonames.Type(code)
}

func interactions(m *model.Interactions) []byte {
	var b bytes.Buffer
	all := m.List
	b.WriteString(`// Package r4route holds the FHIR interactions of this server: the routes that lead to them, the resource types that offer
// them, the operations, and the interface of what answers them.
package r4route

import "context"

// Interaction is something that the FHIR API does.
// https://hl7.org/fhir/R4/http.html#summary
type Interaction uint8

// The interactions.
const (
	None Interaction = iota // no interaction
`)
	for _, i := range all {
		fmt.Fprintf(&b, "\t%s // %s\n", goName(i.Code), i.Code)
	}
	b.WriteString(")\n\nvar codes = [...]string{\"\"")
	for _, i := range all {
		fmt.Fprintf(&b, ", %q", i.Code)
	}
	b.WriteString("}\n\nvar access = [...]byte{'-'")
	for _, i := range all {
		fmt.Fprintf(&b, ", '%s'", i.Access)
	}
	b.WriteString(`}

// String returns the code: read, search-type.
func (i Interaction) String() string { return codes[i] }

// Access returns the letter of the SMART scope that the interaction needs: c r u d s; '-' if it needs none; '*' if each part
// of the request is decided by itself.
func (i Interaction) Access() byte { return access[i] }

// Handler answers the interactions. Q is its request and A its answer.
type Handler[Q, A any] interface {
`)
	for _, i := range all {
		fmt.Fprintf(&b, "\t%s(ctx context.Context, q Q) (A, error)\n", goName(i.Code))
	}
	b.WriteString(`}

// Call answers q with the method of h for interaction i. The zero A is returned for None.
func Call[Q, A any](ctx context.Context, h Handler[Q, A], i Interaction, q Q) (a A, err error) {
	switch i {
`)
	for _, i := range all {
		fmt.Fprintf(&b, "\tcase %s:\n\t\treturn h.%s(ctx, q)\n", goName(i.Code), goName(i.Code))
	}
	b.WriteString("\t}\n\treturn a, nil\n}\n")
	return b.Bytes()
}

func routes(m *model.Interactions) []byte {
	var b bytes.Buffer
	b.WriteString(`package r4route

// Route is one method and path below the service base URL. A segment in braces stands for one segment of a request: {type}
// for a resource type, {id} and {vid} for ids, {member} for a resource type of a compartment or *, ${operation} for the code of
// an operation.
type Route struct {
	Method      string
	Path        string
	Interaction Interaction
}

// Routes are all routes.
var Routes = []Route{
`)
	for _, r := range m.Routes {
		fmt.Fprintf(&b, "\t{Method: %q, Path: %q, Interaction: %s},\n", r.Method, r.Path, goName(r.Interaction))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func types(m *model.Interactions) []byte {
	var b bytes.Buffer
	b.WriteString(`package r4route

import "sort"

// Set is a set of interactions.
type Set uint32

// Has reports whether i is in the set.
func (s Set) Has(i Interaction) bool { return s&(1<<i) != 0 }

// Capability is an interaction that the CapabilityStatement lists, under the code that it has there.
// https://hl7.org/fhir/R4/valueset-type-restful-interaction.html
type Capability struct {
	Interaction Interaction
	Code        string
}

// TypeCapabilities are the interactions of a type that the CapabilityStatement lists.
var TypeCapabilities = []Capability{
`)
	capabilities(&b, m, false)
	b.WriteString("}\n\n// SystemCapabilities are the interactions of the server as a whole that the CapabilityStatement lists.\nvar SystemCapabilities = []Capability{\n")
	capabilities(&b, m, true)
	b.WriteString("}\n\nconst all = 0")
	for _, code := range m.All {
		fmt.Fprintf(&b, " |\n\t1<<%s", goName(code))
	}
	b.WriteString(`

// Type is a resource type and what it offers.
type Type struct {
	Name         string
	Interactions Set
	Definition   string // canonical of the StructureDefinition
}

// Lookup returns the resource type called name, nil if there is none.
func Lookup(name string) *Type {
	i := sort.Search(len(Types), func(i int) bool { return Types[i].Name >= name })
	if i == len(Types) || Types[i].Name != name {
		return nil
	}
	return &Types[i]
}

// Types are all resource types, by name.
var Types = [...]Type{
`)
	for _, t := range m.Types {
		set := "all"
		if t.Own {
			set = "0"
			for _, code := range t.Codes {
				set += " | 1<<" + goName(code)
			}
		}
		fmt.Fprintf(&b, "\t{Name: %q, Interactions: %s, Definition: %q},\n", t.Name, set, t.URL)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func capabilities(b *bytes.Buffer, m *model.Interactions, system bool) {
	for _, i := range m.List {
		if i.System != system {
			continue
		}
		for _, code := range i.Capabilities {
			fmt.Fprintf(b, "\t{%s, %q},\n", goName(i.Code), code)
		}
	}
}

func operations(m *model.Interactions) []byte {
	var b bytes.Buffer
	b.WriteString(`package r4route

import "slices"

// Operation is an operation that this server answers, and what its OperationDefinition says.
// https://hl7.org/fhir/R4/operations.html
type Operation struct {
	ID       string // of the OperationDefinition
	Code     string // without $
	Base     string // canonical of the official definition that it narrows; empty if there is none
	Title    string
	Text     string
	System   bool
	Type     bool
	Instance bool
	Types    []string // resource types; empty = all, but for Except
	Except   []string // resource types that nobody changes
	Post     bool     // it changes something and is called by POST alone
	// Parameters are those that the server takes and gives.
	Parameters []Parameter
}

// On reports whether the operation is called on a resource type.
func (o *Operation) On(typ string) bool {
	if len(o.Types) > 0 {
		return slices.Contains(o.Types, typ)
	}
	return !slices.Contains(o.Except, typ)
}

// Parameter is a parameter that an operation takes (use in) or gives (use out).
type Parameter struct {
	Name, Use string
	Min       int
	Max       string
	Type      string
	Text      string
}

// Operations are all operations, by code.
var Operations = []Operation{
`)
	for i := range m.Operations {
		o := &m.Operations[i]
		fmt.Fprintf(&b, "\t{\nID: %q, Code: %q, Base: %q,\nTitle: %q,\nText: %q,\n", o.ID, o.Code, o.Base, o.Title, o.Text)
		fmt.Fprintf(&b, "System: %t, Type: %t, Instance: %t,\n", o.System, o.Type, o.Instance)
		if len(o.Types) > 0 {
			fmt.Fprintf(&b, "Types: []string{%s},\n", quoted(o.Types))
		}
		if len(o.Except) > 0 {
			fmt.Fprintf(&b, "Except: []string{%s},\n", quoted(o.Except))
		}
		if o.Post {
			b.WriteString("Post: true,\n")
		}
		b.WriteString("Parameters: []Parameter{\n")
		for _, p := range o.Parameters {
			fmt.Fprintf(&b, "{Name: %q, Use: %q, Min: %d, Max: %q, Type: %q, Text: %q},\n", p.Name, p.Use, p.Min, p.Max, p.Type, p.Text)
		}
		b.WriteString("},\n},\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}
