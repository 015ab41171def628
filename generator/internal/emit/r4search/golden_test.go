package r4search

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/goldentest"
	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
)

// TestGolden emits small types (see parseTypes) with params.yaml and an optional policy.yaml. The types of base.txtar are part of
// every case.
func TestGolden(t *testing.T) {
	t.Parallel()
	goldentest.Run(t, emitCase)
}

func emitCase(t *testing.T, c *txtar.Archive) (map[string][]byte, error) {
	t.Helper()
	m := caseModel(t, c)
	set, err := emit.All(m, []emit.Emitter{Emitter{}})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range set.Files() {
		files[filepath.Base(f.Path)] = f.Data
	}
	return files, nil
}

// caseModel builds the model of a case.
func caseModel(t *testing.T, c *txtar.Archive) *model.Model {
	t.Helper()
	base, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{SearchPolicy: &model.SearchPolicy{}}
	types := map[string]*model.Type{}
	for _, f := range slices.Concat(base.Files, c.Files) {
		switch f.Name {
		case "types":
			parseTypes(t, types, string(f.Data))
		case "params.yaml":
			if err := yaml.Unmarshal(f.Data, &m.SearchParameters); err != nil {
				t.Fatal(err)
			}
		case "policy.yaml":
			if err := yaml.Unmarshal(f.Data, m.SearchPolicy); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, typ := range types {
		m.Types = append(m.Types, typ)
	}
	slices.SortFunc(m.Types, func(a, b *model.Type) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range m.SearchParameters {
		p.URL = "http://example.org/" + p.Code
		for i := range p.Components {
			for _, q := range m.SearchParameters {
				if q.Code == p.Components[i].Definition {
					p.Components[i].Parameter = q
				}
			}
		}
	}
	return m
}

// parseTypes reads one type a line, its elements indented below it:
//
//	resource Lamp
//	  code CodeableConcept
//	  part Lamp.part*
//	  value Quantity|dateTime
//	  status code draft,final of http://example.org/status
//	complex Quantity
//	primitive code Code
//
// A star makes a list, alternatives make a choice, Resource an element that holds a resource.
func parseTypes(t *testing.T, types map[string]*model.Type, text string) {
	t.Helper()
	type element struct {
		owner *model.Type
		words []string
	}
	var elements []element
	var last *model.Type
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		switch {
		case len(w) == 0:
		case line[0] == ' ':
			elements = append(elements, element{last, w})
		default:
			last = &model.Type{Name: w[1], GoName: gonames.Type(w[1]), Package: "r4"}
			switch w[0] {
			case "resource":
				last.Kind, last.Base = model.Resource, "DomainResource"
			case "complex":
				last.Kind = model.Complex
			case "backbone":
				last.Kind = model.Backbone
			case "primitive":
				last.Kind, last.Package, last.GoName = model.Primitive, "fhir", w[2]
			default:
				t.Fatalf("what is %q?", line)
			}
			types[last.Name] = last
		}
	}
	for _, e := range elements {
		e.owner.Fields = append(e.owner.Fields, parseField(t, types, e.owner, e.words))
	}
}

func parseField(t *testing.T, types map[string]*model.Type, owner *model.Type, w []string) *model.Field {
	t.Helper()
	f := &model.Field{Path: owner.Name + "." + w[0], Name: w[0], GoName: gonames.Field(w[0]), Max: 1}
	name, list := strings.CutSuffix(w[1], "*")
	if list {
		f.Max = 0
	}
	if alts := strings.Split(name, "|"); len(alts) > 1 {
		f.Kind, f.GoType = model.KindChoice, "fhir.Value"
		for _, a := range alts {
			f.Choices = append(f.Choices, &model.Choice{Type: types[a]})
		}
		return f
	}
	if name == "Resource" {
		f.Kind, f.GoType = model.KindResource, "fhir.Resource"
		return f
	}
	if f.Type = types[name]; f.Type == nil {
		t.Fatalf("no type %s", name)
	}
	f.Kind, f.GoType = model.KindComplex, f.Type.GoName
	if f.Type.Kind == model.Primitive {
		f.Kind, f.GoType = model.KindPrimitive, f.Type.GoRef()
	}
	if len(w) == 5 && w[3] == "of" {
		f.Binding = &model.Binding{Strength: "required", Set: &model.ValueSet{}}
		for c := range strings.SplitSeq(w[2], ",") {
			f.Binding.Set.Codes = append(f.Binding.Set.Codes, model.Code{System: w[4], Code: c})
		}
	}
	return f
}

// TestDeterministic emits a case many times.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	c := goldentest.Parse(t, "testdata/shared.txtar")
	want, err := emitCase(t, c)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		got, err := emitCase(t, c)
		if err != nil || !maps.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("the output differs from run to run, %v", err)
		}
	}
}

// TestRowsNeverMeet asks that names and numbers that collide stop the run.
func TestRowsNeverMeet(t *testing.T) {
	t.Parallel()
	r := newRows()
	for _, c := range []struct {
		name, typ, code string
		want            string
	}{
		{"lampCode", "Lamp", "code", ""},
		{"lampCode", "Lamp", "code", ""},
		{"lampCode", "LampC", "ode", "Lamp.code and LampC.ode have one constant, lampCode"},
	} {
		_, err := r.add(c.name, c.typ, c.code)
		if got := strings.TrimPrefix(fmt.Sprint(err), "<nil>"); got != c.want {
			t.Errorf("add(%s, %s, %s) fails with %q, want %q", c.name, c.typ, c.code, got, c.want)
		}
	}
	r.numbers[1] = "Other.code"
	for n := range r.numbers {
		r.numbers[n] = "Other.code"
	}
	if _, err := r.add("lampCode", "Lamp", "code"); err == nil {
		t.Error("two parameters share a row number")
	}
}
