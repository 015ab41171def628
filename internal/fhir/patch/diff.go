package patch

import (
	"strconv"
	"sync"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Diff returns the FHIRPath Patch that turns a into b, which are resources of one type. The id is no part of it, and meta only
// if asked for. Operations that change or delete tell the value before them in a part previousValue, which [Parse] passes
// over. To apply the patch to a makes b.
//
// Items of a list are compared by their place, after what both lists begin and end with alike.
//
// https://hl7.org/fhir/R4/fhirpatch.html
func Diff(a, b fhir.Resource, meta bool) *r4.Parameters {
	d := differ{meta: meta}
	d.node(fhir.NodeOf(a), fhir.NodeOf(b), a.Type().Name)
	return &r4.Parameters{Parameter: d.operations}
}

type differ struct {
	meta       bool
	operations []r4.ParametersParameter
}

func (d *differ) add(kind, path string, parts ...r4.ParametersParameter) {
	d.operations = append(d.operations, r4.ParametersParameter{
		Name: fhir.NewString("operation"),
		Part: append([]r4.ParametersParameter{
			{Name: fhir.NewString("type"), Value: &fhir.Code{V: kind}}, {Name: fhir.NewString("path"), Value: &fhir.String{V: path}},
		}, parts...),
	})
}

// node compares two elements of one type that are at the same path. What is new comes first and what is gone last, so that in
// between no element is empty, which FHIR knows none of.
func (d *differ) node(a, b fhir.Node, path string) {
	for turn := range 3 {
		for i := range a.Type.Fields {
			f := &a.Type.Fields[i]
			if a.Type.Resource && path == a.Type.Name && (f.Name == "id" || f.Name == "meta" && !d.meta) {
				continue
			}
			was, is := a.Len(f), b.Len(f)
			switch {
			case was == 0 && is == 0 || turn != turnOf(was, is):
			case f.List:
				d.list(a, b, f, path)
			default:
				d.single(a, b, f, path)
			}
		}
	}
}

func turnOf(was, is int) int {
	switch {
	case was == 0:
		return 0
	case is > 0:
		return 1
	}
	return 2
}

func (d *differ) single(a, b fhir.Node, f *fhir.Field, path string) {
	at := path + "." + quoted(f.Name)
	switch {
	case a.Len(f) == 0:
		d.add("add", path, name(f), partOf("value", b.Item(f, 0)))
	case b.Len(f) == 0:
		d.add("delete", at, partOf("previousValue", a.Item(f, 0)))
	default:
		d.item(a.Item(f, 0), b.Item(f, 0), at)
	}
}

// item compares two values of one element.
func (d *differ) item(a, b fhir.Node, at string) {
	switch {
	case equal(a, b):
	case a.Type == b.Type && a.Type.Kind == fhir.KindComplex && !otherInner(a, b):
		d.node(a, b, at)
	default:
		d.add("replace", at, partOf("previousValue", a), partOf("value", b))
	}
}

// otherInner reports whether a and b are resources that lie in another and are not the same: one then replaces the other.
func otherInner(a, b fhir.Node) bool {
	return a.Type.Resource && a.Resource().(r4.Resource).IDField().V != b.Resource().(r4.Resource).IDField().V
}

func (d *differ) list(a, b fhir.Node, f *fhir.Field, path string) {
	was, is := a.Len(f), b.Len(f)
	same := 0
	for same < min(was, is) && equal(a.Item(f, same), b.Item(f, same)) {
		same++
	}
	alike := 0
	for alike < min(was, is)-same && equal(a.Item(f, was-1-alike), b.Item(f, is-1-alike)) {
		alike++
	}
	at := path + "." + quoted(f.Name)
	both := min(was, is) - alike
	for i := same; i < both; i++ {
		d.item(a.Item(f, i), b.Item(f, i), at+"["+strconv.Itoa(i)+"]")
	}
	for i := was - alike - 1; i >= both; i-- { // from behind, so that the places before stay what they are
		d.add("delete", at+"["+strconv.Itoa(i)+"]", partOf("previousValue", a.Item(f, i)))
	}
	for i := both; i < is-alike; i++ {
		if was == 0 { // there is no list yet that could be named
			d.add("add", path, name(f), partOf("value", b.Item(f, i)))
			continue
		}
		index := r4.ParametersParameter{Name: fhir.NewString("index"), Value: &fhir.Integer{V: int32(i), Set: true}}
		d.add("insert", at, index, partOf("value", b.Item(f, i)))
	}
}

func name(f *fhir.Field) r4.ParametersParameter {
	return r4.ParametersParameter{Name: fhir.NewString("name"), Value: &fhir.String{V: f.Name}}
}

// partOf is a part that holds the value n: in value[x] if its type can stand there, else by its parts.
func partOf(name string, n fhir.Node) r4.ParametersParameter {
	p := r4.ParametersParameter{Name: fhir.NewString(name)}
	switch {
	case !n.Valid():
	case n.Type.Resource:
		p.Resource = n.Resource()
	case valueTypes()[n.Type]:
		if p.Value = n.Value(); p.Value == nil { // the id of an element
			p.Value = &fhir.String{V: n.Literal()}
		}
	case n.Type.Kind != fhir.KindComplex: // XHTML
		p.Value = &fhir.String{V: n.Literal()}
	default:
		for i := range n.Type.Fields {
			f := &n.Type.Fields[i]
			for j := range n.Len(f) {
				p.Part = append(p.Part, partOf(f.Name, n.Item(f, j)))
			}
		}
	}
	return p
}

// valueTypes are the types that a parameter's value[x] takes.
var valueTypes = sync.OnceValue(func() map[*fhir.Type]bool {
	set := map[*fhir.Type]bool{}
	for _, t := range field(field(r4.TypeByName("Parameters"), "parameter").Type, "value").Choices {
		set[t] = true
	}
	return set
})

// quoted is an element name as it stands in a path: some are operators of FHIRPath.
func quoted(name string) string {
	switch name {
	case "div", "mod", "and", "or", "xor", "implies", "true", "false", "contains", "in", "is", "as":
		return "`" + name + "`"
	}
	return name
}

// equal reports whether two elements have the same content.
func equal(a, b fhir.Node) bool {
	if a.Valid() != b.Valid() || !a.Valid() {
		return a.Valid() == b.Valid()
	}
	if a.Type != b.Type || a.Literal() != b.Literal() || !equal(a.Twin(), b.Twin()) {
		return false
	}
	for i := range a.Type.Fields {
		f := &a.Type.Fields[i]
		if a.Len(f) != b.Len(f) {
			return false
		}
		for j := range a.Len(f) {
			if !equal(a.Item(f, j), b.Item(f, j)) {
				return false
			}
		}
	}
	return true
}
