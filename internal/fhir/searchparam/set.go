package searchparam

import (
	"context"
	"slices"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/path"
	"chartwright/internal/fhir/search"
)

// Entry is one definition that a site has, under the revision that its rows are numbered by.
type Entry struct {
	Definition
	Revision int64
	Pending  bool // the rows of older resources are still being made
}

// Number is the number of the definition's index rows.
func (e *Entry) Number() int32 { return search.RevisionNumber(e.Base, e.Code, e.Revision) }

// Set is what a site can be searched by at one moment: the standard's parameters and its own. It never changes; safe for
// concurrent use.
type Set struct {
	// Generation counts the changes of the site's own parameters.
	Generation int64

	standard search.Table
	own      map[string][]*compiled // by type, sorted by code
}

var _ search.Table = (*Set)(nil)

// compiled is an Entry that can be evaluated.
type compiled struct {
	search.Param
	expr  path.Expr
	parts []path.Expr
}

// NewSet compiles the definitions of a site. One that can't be compiled, because an older program accepted what this one does
// not, is left out, so that searching by it is an error.
func NewSet(generation int64, standard search.Table, entries []Entry) *Set {
	s := &Set{Generation: generation, standard: standard, own: map[string][]*compiled{}}
	for i := range entries {
		if c := compile(&entries[i]); c != nil {
			s.own[c.Base] = append(s.own[c.Base], c)
		}
	}
	for _, list := range s.own {
		slices.SortFunc(list, func(a, b *compiled) int { return strings.Compare(a.Code, b.Code) })
	}
	return s
}

func compile(e *Entry) *compiled {
	c := &compiled{Param: search.Param{
		ID: e.Number(), Base: e.Base, Code: e.Code, Type: search.TypeOf(e.Type), URL: e.URL, Targets: e.Targets, Multiple: true,
		Expression: e.Expression, Revision: e.Revision, Pending: e.Pending,
	}}
	c.Rows = []int32{c.ID}
	var err error
	if c.expr, err = path.Parse(e.Expression); err != nil || c.Type == 0 {
		return nil
	}
	if base := r4.TypeByName(e.Base); c.Type == search.Token && base != nil {
		types, err := path.Infer(c.expr, base, r4.TypeByName)
		c.Boolean = err == nil && !types.Open && len(types.Types) == 1 && types.Types[0] == "boolean"
	}
	for _, p := range e.Components {
		expr, err := path.Parse(p.Expression)
		if err != nil {
			return nil
		}
		c.Components, c.parts = append(c.Components, search.Component{Type: search.TypeOf(p.Type), Code: p.Code}), append(c.parts, expr)
	}
	return c
}

// Lookup implements [search.Table].
func (s *Set) Lookup(typ, code string) *search.Param {
	if p := s.standard.Lookup(typ, code); p != nil {
		return p
	}
	for _, c := range s.own[typ] {
		if c.Code == code {
			return &c.Param
		}
	}
	return nil
}

// Of implements [search.Table]. Parameters that are pending are not among them: whatever follows all parameters of a type
// would miss what they do not have yet.
func (s *Set) Of(typ string) []*search.Param {
	list := s.standard.Of(typ)
	for _, c := range s.own[typ] {
		if !c.Pending {
			list = append(list, &c.Param)
		}
	}
	return list
}

// All is [Set.Of] with the parameters that are pending.
func (s *Set) All(typ string) []*search.Param {
	list := s.standard.Of(typ)
	for _, c := range s.own[typ] {
		list = append(list, &c.Param)
	}
	return list
}

// IsType implements [search.Table].
func (s *Set) IsType(name string) bool { return s.standard.IsType(name) }

// Concerns reports whether the site has parameters of its own on a type, or on one that a resource of it contains, whose rows are
// rows.
func (s *Set) Concerns(typ string, rows *index.Rows) bool {
	return len(s.own[typ]) > 0 || slices.ContainsFunc(rows.Within, func(w index.Within) bool { return len(s.own[w.Type]) > 0 })
}

// maxSteps bounds the work of one expression on one resource: a write must not wait for a careless definition.
const maxSteps = 50_000

// Extract adds the rows of the site's own parameters to those of the standard's, which were made before: of the resource, and of
// what it contains, each under the numbers of its kind. An expression that fails on the resource (it asks for a single item where
// there are two, or takes too much work) has no rows there. It returns how many failed.
func (s *Set) Extract(r r4.Resource, rows *index.Rows) (failed int) {
	if !s.Concerns(r.Type().Name, rows) {
		return 0
	}
	root := path.Root(r)
	x := extraction{resource: root, root: root}
	failed = x.params(s.own[r.Type().Name], rows)
	for _, c := range s.own[r.Type().Name] {
		c.PresenceIn(s).Add(rows)
	}
	var inner path.Collection // what it contains, as soon as that is asked for
	for i := range rows.Within {
		w := &rows.Within[i]
		own := s.own[w.Type]
		if len(own) == 0 {
			continue
		}
		if inner == nil {
			inner, _ = x.eval(contents, path.Collection{root})
			inner = append(path.Collection{}, inner...) // not nil, so that it is asked for once
		}
		if w.Place > len(inner) {
			failed += len(own)
			continue
		}
		in, ok := inner[w.Place-1].(*path.Element)
		if !ok || in.Node.Type.Name != w.Type {
			failed += len(own)
			continue
		}
		made := &index.Rows{Bases: rows.Bases, Siblings: rows.Contents()}
		failed += (&extraction{resource: in, root: root}).params(own, made)
		w.Add(made)
	}
	return failed
}

// contents are the resources that one contains.
var contents = func() path.Expr {
	e, err := path.Parse("contained")
	if err != nil {
		panic(err)
	}
	return e
}()

// extraction is the evaluation of expressions on one resource, which is root or lies in it.
type extraction struct {
	resource, root *path.Element
}

// params adds the rows of some parameters, but for those that tell of their presence, and returns how many failed.
func (x *extraction) params(list []*compiled, rows *index.Rows) (failed int) {
	for _, c := range list {
		if !x.param(c, rows) {
			failed++
		}
	}
	return failed
}

func (x *extraction) eval(e path.Expr, input path.Collection) (path.Collection, bool) {
	items, err := path.Eval(context.Background(), e, input, &path.Env{Resource: x.resource, RootResource: x.root, Steps: maxSteps})
	return items, err == nil
}

func (x *extraction) param(c *compiled, rows *index.Rows) bool {
	items, ok := x.eval(c.expr, path.Collection{x.resource})
	if !ok {
		return false
	}
	if c.Type != search.Composite {
		for _, i := range items {
			add(rows, c.Type, c.ID, c.OfTypeRow(), c.IdentifierRow(), i)
		}
		return true
	}
	for _, item := range items {
		parts := rows.BeginComposite()
		into := [...]*index.Rows{parts.A, parts.B, parts.C}
		for i, e := range c.parts {
			values, ok := x.eval(e, path.Collection{item})
			if !ok {
				return false
			}
			for _, v := range values {
				add(into[i], c.Components[i].Type, 0, 0, 0, v)
			}
		}
		rows.EndComposite(c.ID, len(c.parts))
	}
	return true
}

// add makes the rows of one item that an expression leads to.
func add(rows *index.Rows, typ search.ParamType, param, ofType, identifier int32, item path.Item) {
	v := valueOf(item)
	if v == nil {
		return
	}
	switch typ {
	case search.Token:
		if code, ok := v.(*fhir.Code); ok {
			rows.TokenCode(param, impliedSystem(item), *code)
			return
		}
		rows.TokenValue(param, ofType, v)
	case search.String:
		rows.StringValue(param, v)
	case search.Reference:
		rows.ReferenceValue(param, identifier, v)
	case search.Date:
		rows.DateValue(param, v)
	case search.Number:
		rows.NumberValue(param, v)
	case search.Quantity:
		rows.QuantityValue(param, v)
	case search.URI:
		rows.URIValue(param, v)
	}
}

// impliedSystem is the code system that the binding of a code element implies.
func impliedSystem(item path.Item) string {
	if e, ok := item.(*path.Element); ok && e.Field != nil && e.Field.Binding != nil {
		return e.Field.Binding.System
	}
	return ""
}

// valueOf is an item as a FHIR value: an element as it stands, a computed value as the data type that it would be written as.
func valueOf(item path.Item) fhir.Value {
	switch v := item.(type) {
	case *path.Element:
		return v.Node.Value()
	case path.Boolean:
		b := fhir.NewBoolean(bool(v))
		return &b
	case path.String:
		s := fhir.NewString(string(v))
		return &s
	case path.Integer:
		i := fhir.NewInteger(int32(v))
		return &i
	case path.Decimal:
		d := fhir.NewDecimal(v.Text('f'))
		return &d
	case *path.Temporal:
		if v.Kind != path.TimeKind {
			d := fhir.NewDateTime(v.String())
			return &d
		}
	case *path.Quantity:
		q := r4.Quantity{Value: fhir.NewDecimal(v.Value.Text('f'))}
		if !v.Calendar {
			q.System, q.Code = fhir.NewURI("http://unitsofmeasure.org"), fhir.NewCode(v.Unit)
		}
		return &q
	}
	return nil
}
