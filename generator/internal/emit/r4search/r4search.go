// Package r4search emits gen/r4search: the table of search parameters, the extractors that turn a resource into index rows,
// and the compartments.
//
// Each parameter's FHIRPath expression is parsed, evaluated over the model to the places it leads to (place), given the
// conversion that R4 prescribes for the data type found there (convert), freed of rows that another parameter keeps (share),
// and hung into one tree for the type (tree), which is printed as one function (extractor). An expression that has no such
// translation stops the generator with the parameter's name.
package r4search

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
)

const (
	name = "r4search"
	from = "spec/fhir and spec/policy"
)

// vocabulary is the part of gen/r4search that no input changes: the look-ups over the tables.
//
//go:embed vocabulary.go.txt
var vocabulary string

// Emitter emits gen/r4search.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	if m.SearchPolicy == nil {
		return nil, errors.New("the model has no policy for search parameters")
	}
	pls, err := plans(m)
	if err != nil {
		return nil, err
	}
	e := &emission{m: m, rows: newRows(), ownerUsed: make([]bool, len(m.SearchPolicy.Owner))}
	for _, pl := range pls {
		if err := e.typeFile(pl); err != nil {
			return nil, err
		}
	}
	if err := e.index(pls); err != nil {
		return nil, err
	}
	e.add("search.go", emit.Header(name, from)+vocabulary)
	return e.files, errors.Join(e.errs...)
}

// emission is the state of one run.
type emission struct {
	m         *model.Model
	rows      *rows
	lists     []string // target lists that are variables
	ownerUsed []bool   // entries of the policy on owners
	tables    []string // entries of the index, by type
	files     []emit.File
	errs      []error
}

func (e *emission) add(file, src string) {
	f, err := emit.Go("r4search/"+file, []byte(src))
	e.files = append(e.files, f)
	if err != nil {
		e.errs = append(e.errs, err)
	}
}

func (e *emission) start(w *printer, imports ...string) {
	w.b.WriteString(emit.Header(name, from) + "\npackage r4search\n\nimport (\n")
	for _, i := range imports {
		fmt.Fprintf(&w.b, "%q\n", i)
	}
	w.line(")\n")
}

// typeFile emits the file of one resource type.
func (e *emission) typeFile(pl plan) error {
	body := &printer{}
	if err := e.table(body, pl); err != nil {
		return err
	}
	w := &printer{}
	w.extractor(pl)
	extractor := w.b.String()
	imports := []string{"chartwright/gen/r4"}
	if strings.Contains(extractor, "fhir.") {
		imports = append(imports, "chartwright/internal/fhir")
	}
	imports = append(imports, "chartwright/internal/fhir/index", "chartwright/internal/fhir/search")
	file := &printer{}
	e.start(file, imports...)
	file.b.Write(body.b.Bytes())
	file.line("// extract%s indexes resources of type %s. https://hl7.org/fhir/R4/%s.html#search", pl.typ.GoName, pl.typ.Name, strings.ToLower(pl.typ.Name))
	file.b.WriteString(extractor)

	codes, self, many, err := e.owners(pl)
	if err != nil {
		return err
	}
	own := "owner{"
	if rows := ownerRows(pl, codes); len(rows) > 0 {
		own += "rows: []int32{" + strings.Join(rows, ", ") + "}, "
	}
	own += fmt.Sprintf("self: %t, many: %t}", self, many)
	own = strings.NewReplacer("self: false, ", "", "many: false", "", "self: true, ", "self: true").Replace(own)
	e.tables = append(e.tables, fmt.Sprintf("{%q, %sParams, %s},", pl.typ.Name, lower(pl.typ.GoName), own))
	e.add(gonames.File(pl.typ.Name)+".go", file.b.String())
	return nil
}

// index emits what spans the types: the table of tables, Extract, long target lists, the parameters of Resource, and the
// compartments.
func (e *emission) index(pls []plan) error {
	for i, used := range e.ownerUsed {
		if !used {
			return fmt.Errorf("policy on owners: no resource type %s", e.m.SearchPolicy.Owner[i].Type)
		}
	}
	w := &printer{}
	e.start(w, "chartwright/gen/r4", "chartwright/internal/fhir/index")
	w.line("// Extract adds the index rows of every standard search parameter of r's type to rows. It adds none for _id and")
	w.line("// _lastUpdated, which are columns of the store. The words of full text are added where [index.Rows.Words] wants them.")
	w.line("func Extract(r r4.Resource, rows *index.Rows) {")
	w.line("switch r := r.(type) {")
	for _, pl := range pls {
		w.line("case *r4.%s:\nextract%s(r, rows)", pl.typ.GoName, pl.typ.GoName)
	}
	w.line("}\nrows.AddWords(r)\n}")
	e.add("extract.go", w.b.String())

	w = &printer{}
	e.start(w, "chartwright/internal/fhir/search")
	w.line("// tables are the parameters of every resource type, by type.")
	w.line("var tables = []table{\n%s\n}\n", strings.Join(e.tables, "\n"))
	if err := e.resourceParams(w, pls); err != nil {
		return err
	}
	if len(e.lists) > 0 {
		w.line("// Target lists that several parameters have.")
		w.line("var (")
		for i, l := range e.lists {
			w.line("targets%d = %s", i, l)
		}
		w.line(")")
	}
	e.add("table_index.go", w.b.String())

	w = &printer{}
	w.b.WriteString(emit.Header(name, from) + "\npackage r4search\n\n")
	compartments(w, e.m)
	e.add("table_compartment.go", w.b.String())
	return nil
}

// resourceParams writes the parameters of Resource, whose rows are those of all types.
func (e *emission) resourceParams(w *printer, pls []plan) error {
	w.line("// resourceParams are the parameters that every type has.")
	w.line("var resourceParams = []search.Param{")
	for _, code := range resourceCodes(pls, e.m.SearchPolicy.Undefined) {
		number, err := e.rows.add("", "Resource", code)
		if err != nil {
			return err
		}
		var rows []string
		var def *model.SearchParameter
		for _, pl := range pls {
			for _, p := range pl.params {
				if p.def.Code == code {
					def = p.def
					rows = append(rows, p.rowConsts()...)
				}
			}
		}
		if def == nil {
			w.line("{ID: %d, Base: \"Resource\", Code: %q, Type: search.Special},", number, code)
			continue
		}
		w.line("{ID: %d, Base: \"Resource\", Code: %q, Type: search.%s, URL: %q, Multiple: true, Expression: %q,", number, code,
			paramTypes[def.Type], def.URL, def.Expression)
		if len(rows) > 0 {
			w.line("Rows: []int32{%s},", strings.Join(rows, ", "))
		}
		w.line("},")
	}
	w.line("}\n")
	return nil
}

// resourceCodes lists the codes that begin with an underscore, sorted.
func resourceCodes(pls []plan, undefined []string) []string {
	out := slices.Clone(undefined)
	for _, pl := range pls {
		for _, p := range pl.params {
			if strings.HasPrefix(p.def.Code, "_") {
				out = append(out, p.def.Code)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
