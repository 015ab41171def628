package r4

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
)

// tables are what rows of several types share: each distinct list of choice types or reference targets is printed once.
type tables struct {
	m       *model.Model
	choices pool
	targets pool
	sets    map[*model.ValueSet]string
}

// pool names distinct lists by their content, so that a new list does not rename the others in every file.
type pool struct {
	prefix string
	names  map[string]string
	keys   []string
}

func (p *pool) add(key string) {
	if key == "" || p.names[key] != "" {
		return
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	p.names[key] = fmt.Sprintf("%s%08x", p.prefix, h.Sum32())
	p.keys = append(p.keys, key)
}

func (p *pool) name(key string) string { return p.names[key] }

func newTables(m *model.Model) *tables {
	t := &tables{
		m:       m,
		choices: pool{prefix: "choices", names: map[string]string{}},
		targets: pool{prefix: "targets", names: map[string]string{}},
		sets:    map[*model.ValueSet]string{},
	}
	for _, typ := range m.Types {
		if typ.AliasOf != nil {
			continue
		}
		for _, f := range typ.Fields {
			if f.Kind == model.KindChoice {
				t.choices.add(choiceKey(f))
			}
			t.targets.add(targetKey(f))
		}
	}
	for _, s := range m.ValueSets {
		t.sets[s] = "set" + gonames.Type(s.URL[strings.LastIndexByte(s.URL, '/')+1:])
	}
	return t
}

func (t *tables) setName(s *model.ValueSet) string { return t.sets[s] }

func choiceKey(f *model.Field) string {
	var names []string
	for _, c := range f.Choices {
		names = append(names, index(c.Type))
	}
	return strings.Join(names, ", ")
}

// targetKey joins the targets of an element. Those of a choice are the targets of its Reference alternative.
func targetKey(f *model.Field) string {
	list := f.Targets
	for _, c := range f.Choices {
		if c.Type.Name == "Reference" {
			list = c.Targets
		}
	}
	if f.Canonical {
		return ""
	}
	return strings.Join(list, " ")
}

func indexFile(t *tables) []byte {
	b := start()
	b.WriteString("// The numbers of the types in the tables, in alphabetical order.\nconst (\n")
	for i, typ := range t.m.Types {
		if i == 0 {
			fmt.Fprintf(b, "\t%s fhir.TypeIndex = iota\n", index(typ))
			continue
		}
		fmt.Fprintf(b, "\t%s\n", index(typ))
	}
	b.WriteString("\n\tnumTypes = iota\n)\n\n")
	b.WriteString("// types is filled by [fhir.NewSchema]; the Type methods point into it.\nvar types [numTypes]fhir.Type\n\n")
	b.WriteString("var decls = [numTypes]fhir.TypeDecl{\n")
	for _, typ := range t.m.Types {
		fmt.Fprintf(b, "\t%s: {Name: %q", index(typ), typ.Name)
		if typ.Kind == model.Primitive {
			b.WriteString(", Primitive: true},\n")
			continue
		}
		ref := typ.GoRef()
		fmt.Fprintf(b, ", Rows: %s, Size: unsafe.Sizeof(%s{}), Make: fhir.Make[%s], Move: fhir.Move[%s]", rows(typ), ref, ref, ref)
		if typ.Kind == model.Resource {
			fmt.Fprintf(b, ",\n\t\tAsResource: func(p unsafe.Pointer) fhir.Resource { return (*%s)(p) }", ref)
		}
		if typ.InChoice {
			fmt.Fprintf(b, ",\n\t\tAsValue: func(p unsafe.Pointer) fhir.Value { return (*%s)(p) }", ref)
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return withImports(b, "unsafe", "", "chartwright/internal/fhir")
}

// withImports puts an import block behind the package clause of a file started without one.
func withImports(b *bytes.Buffer, imports ...string) []byte {
	head := start().Bytes()
	return append(start(imports...).Bytes(), b.Bytes()[len(head):]...)
}

func targetFile(t *tables) []byte {
	b := start("chartwright/internal/fhir")
	b.WriteString("// The alternatives of choice elements, each distinct list once.\nvar (\n")
	for _, key := range t.choices.keys {
		fmt.Fprintf(b, "\t%s = []fhir.TypeIndex{%s}\n", t.choices.name(key), key)
	}
	b.WriteString(")\n\n// The resource types that references may name, each distinct list once.\nvar (\n")
	for _, key := range t.targets.keys {
		fmt.Fprintf(b, "\t%s = []string{%s}\n", t.targets.name(key), quoted(strings.Fields(key)))
	}
	b.WriteString(")\n")
	return b.Bytes()
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

func valueSetFile(t *tables) []byte {
	if len(t.m.ValueSets) == 0 {
		return start().Bytes()
	}
	b := start("chartwright/internal/fhir")
	b.WriteString("// The value sets of required bindings.\nvar (\n")
	for _, s := range t.m.ValueSets {
		fmt.Fprintf(b, "\t%s = &fhir.CodeSet{URL: %q", t.sets[s], s.URL)
		if s.Open != "" {
			fmt.Fprintf(b, ", Open: %q}\n", s.Open)
			continue
		}
		b.WriteString(", Systems: []fhir.SystemCodes{\n")
		for i := 0; i < len(s.Codes); {
			end := i + slices.IndexFunc(append(s.Codes[i:len(s.Codes):len(s.Codes)], model.Code{System: "\x00"}), func(c model.Code) bool { return c.System != s.Codes[i].System })
			var codes []string
			for _, c := range s.Codes[i:end] {
				codes = append(codes, c.Code)
			}
			fmt.Fprintf(b, "\t\t{System: %q, Codes: []string{%s}},\n", s.Codes[i].System, quoted(codes))
			i = end
		}
		b.WriteString("\t}}\n")
	}
	b.WriteString(")\n")
	return b.Bytes()
}

func docFile(m *model.Model) []byte {
	b := bytes.NewBufferString(emit.Header(name, from))
	fmt.Fprintf(b, `
// Package r4 holds a Go struct for each of the %d resource types and every data type of FHIR R4 %s, and the tables that
// describe them to the codec, the validator and the search of internal/fhir.
//
// An element that may occur once is a value (primitives) or a pointer (other types), one that repeats a slice; a choice such
// as value[x] is one [fhir.Value]. Resource and data types carry the names of the standard; an element with elements of its
// own has the joined names of its path, PatientContact for Patient.contact. The one name that Go takes is that of elements
// called type: their field is Type_.
package r4
`, len(m.Resources()), m.FHIRVersion)
	return b.Bytes()
}

func schemaFile() []byte {
	b := start("chartwright/internal/fhir")
	b.WriteString(`// Resource is a pointer to one of the resource structs of this package.
type Resource interface {
	fhir.Resource
	// IDField returns the address of the logical id.
	IDField() *fhir.ID
	// MetaField returns the address of the metadata.
	MetaField() **Meta
}

// Schema describes every type of this package.
var Schema = fhir.NewSchema(types[:], decls[:])

// Types are the resource types by name.
var Types = Schema.Resources()

// TypeByName returns the resource or data type called name, nil if there is none.
func TypeByName(name string) *fhir.Type { return Schema.TypeByName(name) }

// New returns an empty resource of the type called name, nil if there is none.
func New(name string) Resource {
	t := Schema.TypeByName(name)
	if t == nil || t.AsResource == nil {
		return nil
	}
	return t.AsResource(t.New()).(Resource)
}

// Unmarshal decodes one resource strictly. The strings of the result share one copy of data.
//
// Errors: Invalid, with the FHIRPath expression of the element at fault.
func Unmarshal(data []byte) (Resource, error) {
	r, err := Schema.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	return r.(Resource), nil
}

// ClearVersion removes meta.versionId and meta.lastUpdated, which the server keeps beside the resource.
func ClearVersion(r Resource) {
	if m := *r.MetaField(); m != nil {
		m.VersionID, m.LastUpdated = fhir.ID{}, fhir.Instant{}
	}
}

// SetVersion sets meta.versionId and meta.lastUpdated.
func SetVersion(r Resource, versionID, lastUpdated string) {
	m := r.MetaField()
	if *m == nil {
		*m = new(Meta)
	}
	(*m).VersionID, (*m).LastUpdated = fhir.ID{V: versionID}, fhir.Instant{V: lastUpdated}
}

// Marshal encodes r as canonical JSON: compact, resourceType, id and meta first, then the order of the definition.
//
// Errors: Internal for a resource that JSON can't carry, such as a choice with a type that the element does not allow.
func Marshal(r Resource) ([]byte, error) { return Schema.Marshal(r) }

// AppendJSON appends what [Marshal] returns to dst.
func AppendJSON(dst []byte, r Resource) ([]byte, error) { return Schema.AppendJSON(dst, r) }
`)
	return b.Bytes()
}
