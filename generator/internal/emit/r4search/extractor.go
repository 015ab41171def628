package r4search

import (
	"bytes"
	"fmt"
	"go/token"
	"strconv"
	"strings"

	"chartwright/generator/internal/model"
)

// printer writes the statements of one extractor. It leaves the layout to gofmt.
type printer struct{ b bytes.Buffer }

func (w *printer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

// extractor writes the function that indexes one resource type.
func (w *printer) extractor(pl plan) {
	w.line("func extract%s(r *r4.%s, x *index.Rows) {", pl.typ.GoName, pl.typ.GoName)
	if pl.typ.Field("contained") != nil {
		w.line("x.Contained(r.Contained)")
	}
	w.inside(tree(pl.params), "r", "x")
	w.line("}")
}

// inside writes what happens in the struct v: composites, then its elements. X is where the rows go.
func (w *printer) inside(n *node, v, x string) {
	for _, b := range n.blocks {
		w.block(b, v, x)
	}
	for _, g := range n.groups() {
		field := g[0].step.field
		expr := v + "." + field.GoName
		switch field.Kind {
		case model.KindComplex:
			w.complex(g, expr, x)
		case model.KindChoice:
			w.choice(g, expr, x)
		default:
			w.simple(g, expr, x)
		}
	}
}

// simple writes the calls for a primitive or a resource.
func (w *printer) simple(g []*node, expr, x string) {
	list := g[0].step.field.List()
	if list {
		w.line("for i := range %s {", expr)
		expr += "[i]"
	}
	for _, n := range g {
		w.calls(n, expr, x)
	}
	if list {
		w.line("}")
	}
}

// complex writes what happens in a data type or a backbone element, or in each item of a list of them.
func (w *printer) complex(g []*node, expr, x string) {
	field := g[0].step.field
	name := local(field.Name)
	var all []*node // the nodes that want every item
	for _, n := range g {
		if n.step.index < 0 {
			all = append(all, n)
			continue
		}
		w.line("if len(%s) > %d {", expr, n.step.index)
		w.line("%s := &%s[%d]", name, expr, n.step.index)
		w.items([]*node{n}, name, x)
		w.line("}")
	}
	if len(all) == 0 {
		return
	}
	simple := true
	for _, n := range all {
		simple = simple && n.leafOnly()
	}
	switch {
	case field.List() && simple:
		w.line("for i := range %s {", expr)
		for _, n := range all {
			w.calls(n, "&"+expr+"[i]", x)
		}
	case field.List():
		w.line("for i := range %s {", expr)
		w.line("%s := &%s[i]", name, expr)
		w.items(all, name, x)
	case simple:
		for _, n := range all {
			w.calls(n, expr, x)
		}
		return
	default:
		w.line("if %s := %s; %s != nil {", name, expr, name)
		w.items(all, name, x)
	}
	w.line("}")
}

// items writes what happens to one item v, unconditional things first.
func (w *printer) items(g []*node, v, x string) {
	var cases, rest []*node
	for _, n := range g {
		switch {
		case len(n.step.where) == 0:
			w.calls(n, v, x)
			w.inside(n, v, x)
		case n.step.where[0].not:
			rest = append(rest, n)
		default:
			cases = append(cases, n)
		}
	}
	if len(cases) == 0 && len(rest) == 0 {
		return
	}
	code := append(cases, rest...)[0].step.where[0].field.GoName
	w.line("switch %s.%s.V {", v, code)
	for _, n := range cases {
		w.line("case %s:", quote(n.step.where[0].values))
		w.calls(n, v, x)
		w.inside(n, v, x)
	}
	if len(rest) > 0 { // its values are those of the cases: see split
		w.line("default:")
		for _, n := range rest {
			w.calls(n, v, x)
			w.inside(n, v, x)
		}
	}
	w.line("}")
}

// choice writes what happens to value[x]: calls that take any type, then a case for each type that it is narrowed to.
func (w *printer) choice(g []*node, expr, x string) {
	var cases []*node
	for _, n := range g {
		if n.step.typ == nil {
			w.calls(n, expr, x)
			continue
		}
		cases = append(cases, n)
	}
	if len(cases) == 0 {
		return
	}
	w.line("switch v := %s.(type) {", expr)
	for _, n := range cases {
		w.line("case *%s:", goType(n.step.typ))
		v := "v"
		if !isStruct(n.step.typ) {
			v = "*v"
		}
		w.calls(n, v, x)
		w.inside(n, "v", x)
	}
	w.line("}")
}

// calls writes the calls of n for the element expr.
func (w *printer) calls(n *node, expr, x string) {
	if t := n.step.typ; t != nil && t.AliasOf != nil {
		expr = "(*r4." + t.AliasOf.GoName + ")(" + expr + ")"
	}
	for _, c := range n.calls {
		args := []string{c.row}
		if c.second != "" {
			args = append(args, c.second)
		}
		args = append(args, expr)
		if c.last != "" {
			args = append(args, c.last)
		}
		w.line("%s.%s(%s)", x, c.conv.method, strings.Join(args, ", "))
	}
}

// block writes a composite at v. The last part comes first: where it has no value, as in most resources, the others need not
// be looked at.
func (w *printer) block(b block, v, x string) {
	names := [...]string{"parts.A", "parts.B", "parts.C"}
	n := len(b.parts)
	w.line("{")
	w.line("parts := %s.BeginComposite()", x)
	for i := n - 1; i >= 0; i-- {
		from := v
		if b.absolute[i] {
			from = "r"
		}
		w.inside(b.parts[i], from, names[i])
		if i == n-1 {
			w.line("if %s.Len() > 0 {", names[i])
		}
	}
	w.line("%s.EndComposite(%s, %d)", x, b.row, n)
	w.line("}")
	w.line("}")
}

// local is a name for a variable that holds the element called name.
func local(name string) string {
	if token.IsKeyword(name) || name == "r" || name == "x" || name == "v" || name == "i" || name == "parts" || name == "index" {
		return name + "_"
	}
	return name
}

func goType(t *model.Type) string {
	if t.Package == "fhir" {
		return "fhir." + t.GoName
	}
	return "r4." + t.GoName
}

func quote(s string) string { return strconv.Quote(s) }
