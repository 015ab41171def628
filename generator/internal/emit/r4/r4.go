// Package r4 emits gen/r4: a Go struct for every FHIR type, one file for each resource and data type, and the tables that
// describe the structs to the codec in internal/fhir. Only data is emitted; the behaviour that walks it is hand-written.
package r4

import (
	"bytes"
	"fmt"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
)

const (
	name = "r4"
	from = "spec/fhir"
)

// Emitter emits gen/r4.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	t := newTables(m)
	var files []emit.File
	add := func(file string, src []byte) error {
		f, err := emit.Go("r4/"+file, src)
		files = append(files, f)
		return err
	}
	byOuter := map[*model.Type][]*model.Type{}
	for _, typ := range m.Types {
		if typ.Kind == model.Backbone {
			byOuter[typ.Outer] = append(byOuter[typ.Outer], typ)
		}
	}
	for _, typ := range m.Types {
		if typ.Kind == model.Backbone || typ.Kind == model.Primitive {
			continue
		}
		if err := add(gonames.File(typ.Name)+".go", typeFile(t, typ, byOuter[typ])); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct {
		name string
		src  []byte
	}{
		{"doc.go", docFile(m)},
		{"schema.go", schemaFile()},
		{"table_index.go", indexFile(t)},
		{"table_targets.go", targetFile(t)},
		{"table_codes.go", valueSetFile(t)},
	} {
		if err := add(f.name, f.src); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func start(imports ...string) *bytes.Buffer {
	b := bytes.NewBufferString(emit.Header(name, from))
	b.WriteString("\npackage r4\n\n")
	if len(imports) > 0 {
		b.WriteString("import (\n")
		for _, i := range imports {
			if i == "" {
				b.WriteString("\n")
				continue
			}
			fmt.Fprintf(b, "\t%q\n", i)
		}
		b.WriteString(")\n\n")
	}
	return b
}

// typeFile prints one resource or data type with the backbone elements in it: structs, methods, rows.
func typeFile(t *tables, typ *model.Type, inner []*model.Type) []byte {
	imports := []string{"unsafe", "", "chartwright/internal/fhir"}
	switch {
	case typ.AliasOf != nil && !typ.InChoice:
		imports = nil
	case typ.AliasOf != nil:
		imports = imports[2:]
	}
	b := start(imports...)
	printStruct(b, typ)
	printMethods(b, typ)
	for _, in := range inner {
		printStruct(b, in)
	}
	printRows(b, t, typ)
	for _, in := range inner {
		printRows(b, t, in)
	}
	return b.Bytes()
}

func printStruct(b *bytes.Buffer, typ *model.Type) {
	switch {
	case typ.Package == "fhir":
		return
	case typ.AliasOf != nil:
		emit.Comment(b, "", fmt.Sprintf("%s is the data type %s, a %s. %s", typ.GoName, typ.Name, typ.AliasOf.Name, typ.Doc))
		fmt.Fprintf(b, "type %s %s\n\n", typ.GoName, typ.AliasOf.GoName)
		return
	case typ.Kind == model.Resource:
		emit.Comment(b, "", fmt.Sprintf("%s is the resource type %s. %s", typ.GoName, typ.Name, typ.Doc))
	case typ.Kind == model.Backbone:
		emit.Comment(b, "", fmt.Sprintf("%s is the element %s.", typ.GoName, typ.Name))
	default:
		emit.Comment(b, "", fmt.Sprintf("%s is the data type %s. %s", typ.GoName, typ.Name, typ.Doc))
	}
	fmt.Fprintf(b, "type %s struct {\n", typ.GoName)
	for _, f := range typ.Fields {
		facts := facts(f)
		if len(facts) > 80 {
			emit.Comment(b, "\t", facts)
			fmt.Fprintf(b, "\t%s %s\n", f.GoName, f.GoType)
			continue
		}
		fmt.Fprintf(b, "\t%s %s // %s\n", f.GoName, f.GoType, facts)
	}
	b.WriteString("}\n\n")
}

// facts is what the definition states about an element: name, cardinality, types, targets, binding.
func facts(f *model.Field) string {
	max := "*"
	if f.Max > 0 {
		max = fmt.Sprint(f.Max)
	}
	name := f.Name
	var types []string
	switch f.Kind {
	case model.KindChoice:
		name += "[x]"
		for _, c := range f.Choices {
			types = append(types, c.Type.Name+targets(c.Targets))
		}
	case model.KindResource:
		types = []string{"Resource"}
	default:
		types = []string{f.Type.Name + targets(f.Targets)}
	}
	s := fmt.Sprintf("%s %d..%s %s", name, f.Min, max, strings.Join(types, " | "))
	if f.Binding != nil {
		url, _, _ := strings.Cut(f.Binding.ValueSet, "|")
		s += fmt.Sprintf("; %s %s", f.Binding.Strength, url[strings.LastIndexByte(url, '/')+1:])
	}
	return s
}

func targets(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func printMethods(b *bytes.Buffer, typ *model.Type) {
	if typ.Kind != model.Resource && !typ.InChoice || typ.Package == "fhir" {
		return
	}
	iface := "fhir.Value"
	if typ.Kind == model.Resource {
		iface = "fhir.Resource"
	}
	fmt.Fprintf(b, "// Type implements [%s].\nfunc (*%s) Type() *fhir.Type { return &types[%s] }\n\n", iface, typ.GoName, index(typ))
	if typ.Kind != model.Resource {
		return
	}
	fmt.Fprintf(b, "// IDField implements [Resource].\nfunc (r *%s) IDField() *fhir.ID { return &r.ID }\n\n", typ.GoName)
	fmt.Fprintf(b, "// MetaField implements [Resource].\nfunc (r *%s) MetaField() **Meta { return &r.Meta }\n\n", typ.GoName)
}

func printRows(b *bytes.Buffer, t *tables, typ *model.Type) {
	if typ.AliasOf != nil {
		return
	}
	fmt.Fprintf(b, "var %s = []fhir.Row{\n", rows(typ))
	for _, f := range typ.Fields {
		fmt.Fprintf(b, "\t{Name: %q, Offset: unsafe.Offsetof(%s{}.%s), Kind: fhir.%s", f.Name, typ.GoRef(), f.GoName, kind(f))
		if f.Type != nil {
			fmt.Fprintf(b, ", Type: %s", index(f.Type))
		}
		if f.Min > 0 {
			fmt.Fprintf(b, ", Min: %d", f.Min)
		}
		if f.Max > 0 {
			fmt.Fprintf(b, ", Max: %d", f.Max)
		}
		if flags := flags(f); flags != "" {
			b.WriteString(", Flags: " + flags)
		}
		if f.Kind == model.KindChoice {
			fmt.Fprintf(b, ", Choices: %s", t.choices.name(choiceKey(f)))
		}
		if n := t.targets.name(targetKey(f)); n != "" {
			fmt.Fprintf(b, ", Targets: %s", n)
		}
		if f.Binding != nil && f.Binding.Set != nil {
			fmt.Fprintf(b, ", Binding: %s", t.setName(f.Binding.Set))
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n\n")
}

func flags(f *model.Field) string {
	var list []string
	if f.List() {
		list = append(list, "fhir.List")
	}
	if f.Summary {
		list = append(list, "fhir.Summary")
	}
	if f.Modifier {
		list = append(list, "fhir.Modifier")
	}
	return strings.Join(list, " | ")
}

func kind(f *model.Field) string {
	switch f.Kind {
	case model.KindRaw:
		return "KindRaw"
	case model.KindComplex:
		return "KindComplex"
	case model.KindChoice:
		return "KindChoice"
	case model.KindResource:
		return "KindResource"
	}
	switch f.Type.Shape {
	case "boolean":
		return "KindBoolean"
	case "integer":
		return "KindInteger"
	case "decimal":
		return "KindDecimal"
	}
	return "KindString"
}

// index is the constant that numbers a type.
func index(t *model.Type) string { return "type" + t.GoName }

// rows is the variable that holds the rows of a type; a specialisation without elements of its own shares those of its base.
func rows(t *model.Type) string {
	if t.AliasOf != nil {
		t = t.AliasOf
	}
	return strings.ToLower(t.GoName[:1]) + t.GoName[1:] + "Rows"
}
