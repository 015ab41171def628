package fhir

import (
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// TypeIndex numbers a type in the generated tables.
type TypeIndex uint16

// Flags are the yes-or-no facts of a [Row].
type Flags uint8

// The flags.
const (
	List     Flags = 1 << iota // the element may repeat
	Summary                    // see Field.Summary
	Modifier                   // see Field.Modifier
)

// Row is one element as the generated tables state it. Rows name types by number, since tables that point at each other
// can't be initialised by the compiler; [NewSchema] makes [Field]s of them.
type Row struct {
	Name     string
	Offset   uintptr
	Type     TypeIndex
	Min, Max uint16
	Kind     Kind
	Flags    Flags
	Choices  []TypeIndex
	Targets  []string
	Binding  *CodeSet
}

// TypeDecl is one type as the generated tables state it.
type TypeDecl struct {
	Name       string
	Primitive  bool
	Rows       []Row
	Size       uintptr
	Make       func(n int) unsafe.Pointer
	Move       func(to, from unsafe.Pointer, n int)
	AsValue    func(p unsafe.Pointer) Value
	AsResource func(p unsafe.Pointer) Resource
}

// Make allocates n zero values of T in one block and returns the address of the first.
func Make[T any](n int) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(make([]T, n))) }

// Move copies n values of T.
func Move[T any](to, from unsafe.Pointer, n int) {
	copy(unsafe.Slice((*T)(to), n), unsafe.Slice((*T)(from), n))
}

// appender returns the Append of a type.
func appender(size uintptr, alloc func(int) unsafe.Pointer, move func(to, from unsafe.Pointer, n int)) func(unsafe.Pointer) unsafe.Pointer {
	return func(at unsafe.Pointer) unsafe.Pointer {
		s := (*slice)(at)
		if s.len == s.cap {
			room := max(1, 2*s.len)
			to := alloc(room)
			move(to, s.data, s.len)
			s.data, s.cap = to, room
		}
		s.len++
		return unsafe.Add(s.data, uintptr(s.len-1)*size)
	}
}

// Schema describes a set of types that name each other. It is immutable and safe for concurrent use.
type Schema struct {
	types     []*Type // by TypeIndex
	byName    map[string]*Type
	resources []*Type
	extension *Type
	element   *Type // the underscore twin of a primitive
	decoders  *sync.Pool

	mu sync.Mutex // guards the making of plans
}

// NewSchema links the declarations: types[i] becomes the type of decls[i]. Primitives are those of this package. It panics on
// tables that contradict themselves, which only a broken generator can produce. The primitives belong to the schema from then
// on: a program has one.
func NewSchema(types []Type, decls []TypeDecl) *Schema {
	s := &Schema{types: make([]*Type, len(decls)), byName: make(map[string]*Type, len(decls))}
	rows := 0
	for i := range decls {
		d := &decls[i]
		rows += len(d.Rows)
		t := &types[i]
		if d.Primitive {
			if t = Primitive(d.Name); t == nil {
				panic("fhir: unknown primitive " + d.Name)
			}
		} else {
			*t = Type{
				Name: d.Name, Kind: KindComplex, Index: -1, Size: d.Size,
				AsValue: d.AsValue, AsResource: d.AsResource, Resource: d.AsResource != nil,
				New:    func() unsafe.Pointer { return d.Make(1) },
				Append: appender(d.Size, d.Make, d.Move),
				plan:   &plan{make: d.Make, move: d.Move},
			}
			if t.Resource {
				t.Index = len(s.resources)
				s.resources = append(s.resources, t)
			}
		}
		s.types[i] = t
		s.byName[t.Name] = t
	}
	if s.extension = s.byName["Extension"]; s.extension == nil {
		panic("fhir: no Extension")
	}
	fields := make([]Field, rows)
	l := linker{types: s.types, choices: map[*TypeIndex][]*Type{}, sets: map[*CodeSet]*ValueSet{}}
	for i := range decls {
		list := decls[i].Rows
		own := fields[:len(list):len(list)]
		fields = fields[len(list):]
		for j := range list {
			l.link(&own[j], &list[j])
		}
		if len(own) > 0 {
			s.types[i].Fields = own
		}
	}
	s.element = &Type{
		Name: "Element", Kind: KindComplex, Index: -1, Size: unsafe.Sizeof(Element{}),
		New:  func() unsafe.Pointer { return unsafe.Pointer(new(Element)) },
		plan: &plan{make: Make[Element], move: Move[Element]},
		Fields: []Field{
			{Name: "id", Offset: unsafe.Offsetof(Element{}.ID), Kind: KindRaw, Max: 1, Type: Primitive("string")},
			{Name: "extension", Offset: unsafe.Offsetof(Element{}.Extension), Kind: KindComplex, List: true, Type: s.extension},
		},
	}
	for i, t := range append(slices.Clip(s.types), s.element) {
		t.plan.index = i
		t.plan.element = s.element
	}
	s.decoders = newDecoders(s)
	return s
}

// linker makes fields of rows; what rows share, their fields share.
type linker struct {
	types   []*Type
	choices map[*TypeIndex][]*Type
	sets    map[*CodeSet]*ValueSet
}

func (l *linker) link(f *Field, r *Row) {
	*f = Field{
		Name: r.Name, Offset: r.Offset, Kind: r.Kind, Min: r.Min, Max: r.Max, Targets: r.Targets,
		List: r.Flags&List != 0, Summary: r.Flags&Summary != 0, Modifier: r.Flags&Modifier != 0,
	}
	switch r.Kind {
	case KindChoice:
		list := &r.Choices[0]
		if l.choices[list] == nil {
			types := make([]*Type, len(r.Choices))
			for i, c := range r.Choices {
				types[i] = l.types[c]
			}
			l.choices[list] = types
		}
		f.Choices = l.choices[list]
	case KindResource:
	default:
		f.Type = l.types[r.Type]
	}
	if r.Binding != nil {
		if l.sets[r.Binding] == nil {
			l.sets[r.Binding] = &ValueSet{URL: r.Binding.URL, Has: r.Binding.Has, System: r.Binding.system()}
		}
		f.Binding = l.sets[r.Binding]
	}
}

// ready makes sure that the plans of a resource type and of all that can lie in it are made. They are made when a type is
// first used: a server meets few of the types, and its start should not wait for all.
func (s *Schema) ready(t *Type) {
	if t.plan.ready.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepare(s.element)
	s.prepare(t)
	t.plan.ready.Store(true)
}

// prepare makes the plan of t and of the types of its elements, resources excepted.
func (s *Schema) prepare(t *Type) {
	if t.plan.prepared {
		return
	}
	t.plan.prepared = true
	t.plan.prepare(t)
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Type != nil {
			s.prepare(f.Type)
		}
		for _, c := range f.Choices {
			s.prepare(c)
		}
	}
}

// Resources returns the resource types by name. The caller must not change the slice.
func (s *Schema) Resources() []*Type { return s.resources }

// Types returns all types in the order of their numbers. The caller must not change the slice.
func (s *Schema) Types() []*Type { return s.types }

// TypeByName returns the type called name, nil if there is none.
func (s *Schema) TypeByName(name string) *Type { return s.byName[name] }

// CodeSet is the expansion of a value set.
type CodeSet struct {
	URL     string
	Systems []SystemCodes
	// Open names the rule for a set that can't be listed: mimetype, currency, or any.
	Open string
}

// SystemCodes are the codes of one code system in a [CodeSet], sorted.
type SystemCodes struct {
	System string
	Codes  []string
}

// system is the one code system of the set, empty if there is no single one.
func (c *CodeSet) system() string {
	if c.Open == "" && len(c.Systems) == 1 {
		return c.Systems[0].System
	}
	return ""
}

// Has reports whether the set holds the code. An empty system stands for any, as an element of type code has none.
func (c *CodeSet) Has(system, code string) bool {
	switch c.Open {
	case "":
	case "mimetype":
		switch code {
		case "json", "none", "ttl", "xml":
			return true // short forms that the specification itself uses
		}
		kind, sub, ok := strings.Cut(code, "/")
		return ok && kind != "" && sub != "" && !strings.ContainsAny(kind, " ;")
	case "currency":
		return len(code) == 3 && strings.IndexFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
	default:
		return true
	}
	for i := range c.Systems {
		s := &c.Systems[i]
		if system != "" && system != s.System {
			continue
		}
		if _, ok := slices.BinarySearch(s.Codes, code); ok {
			return true
		}
	}
	return false
}
