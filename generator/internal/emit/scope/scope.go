// Package scope emits gen/scope: the tables of the one access decision. Every choice was made by package resolve; here they
// are printed.
package scope

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"
)

const (
	name = "scope"
	from = "spec/policy and spec/openapi"
)

// vocabulary is the part of gen/scope that no input changes: the types of the tables and their look-ups.
//
//go:embed vocabulary.go.txt
var vocabulary string

// Emitter emits gen/scope.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	if m.Access == nil {
		return nil, errors.New("the model has no access tables")
	}
	return Files(m.Access)
}

// Files prints the tables.
func Files(a *model.Access) ([]emit.File, error) {
	var files []emit.File
	for _, f := range []struct {
		name string
		body string
	}{
		{"vocabulary.go", vocabulary},
		{"right.go", rights(a)},
		{"type.go", types(a)},
		{"operation.go", operations(a)},
		{"route.go", routes(a)},
		{"text.go", texts(a)},
	} {
		body := f.body
		if f.name != "vocabulary.go" {
			body = "package scope\n\n" + body
		}
		file, err := emit.Go("scope/"+f.name, []byte(emit.Header(name, from)+"\n"+body))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// table prints one exported slice.
func table[T any](b *bytes.Buffer, comment, name, typ string, rows []T, row func(T) string) {
	fmt.Fprintf(b, "// %s\nvar %s = []%s{\n", comment, name, typ)
	for _, r := range rows {
		fmt.Fprintf(b, "\t{%s},\n", row(r))
	}
	b.WriteString("}\n\n")
}

func rights(a *model.Access) string {
	var b bytes.Buffer
	table(&b, "Rights are all rights; a [Right] is an index into it.", "Rights", "RightName", a.Rights, func(r model.Right) string {
		return fmt.Sprintf("%q, %q", r.Section, r.Value)
	})
	b.WriteString("// Groups are the roles of a new site with their grants.\nvar Groups = []Group{\n")
	for _, g := range a.Groups {
		fmt.Fprintf(&b, "\t{Name: %q, Title: %q, Grants: []Grant{\n", g.Name, g.Title)
		for _, grant := range g.Grants {
			fmt.Fprintf(&b, "\t\t{%d, %s}, // %s\n", grant.Right, levels(grant.Levels), a.Rights[grant.Right])
		}
		b.WriteString("\t}},\n")
	}
	b.WriteString("}\n\n// AdminSuper is admin/super, whose holder passes every check.\nconst AdminSuper Right = ")
	for i, r := range a.Rights {
		if r == (model.Right{Section: "admin", Value: "super"}) {
			fmt.Fprintf(&b, "%d\n", i)
		}
	}
	return b.String()
}

func levels(set uint8) string {
	var names []string
	for i, n := range []string{"View", "AddOnly", "Some", "Write", "Deny"} {
		if set&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, " | ")
}

func need(n model.Need) string {
	switch n.Right {
	case model.NeedStaff:
		return "{Right: Staff}"
	case model.NeedNever:
		return "{Right: Never}"
	}
	return fmt.Sprintf("{%d, %d}", n.Right, n.Levels)
}

// letters prints a set as a number, with the letters beside it where it stands alone.
func letters(l model.Letters) string { return fmt.Sprint(uint8(l)) }

var sights = map[string]string{"owned": "Owned", "open": "Open", "denied": "Denied"}

func types(a *model.Access) string {
	var b bytes.Buffer
	table(&b, "Types are the resource types, by name.", "Types", "Type", a.Types, func(t model.AccessType) string {
		needs := make([]string, len(t.Needs))
		for i, n := range t.Needs {
			needs[i] = need(n)
		}
		return fmt.Sprintf("%q, %q, %s, %s, %s, %t, [5]Need{%s}", t.Name, t.Phrase, sights[t.View], letters(t.Patient),
			letters(t.Self), t.Common, strings.Join(needs, ", "))
	})
	table(&b, "Words are the resources of the Standard and Portal APIs, by name.", "Words", "Word", a.Words, func(w model.AccessWord) string {
		return fmt.Sprintf("%q, %q, %s, %s, %t", w.Name, w.Phrase, letters(w.User), letters(w.Patient), w.Shared)
	})
	return b.String()
}

func operations(a *model.Access) string {
	var b bytes.Buffer
	table(&b, "Operations are the FHIR operations that somebody may call, by name and place.", "Operations", "Operation", a.Operations, func(o model.AccessOperation) string {
		parts := []string{fmt.Sprintf("Name: %q, Type: %q", o.Name, o.Type)}
		add := func(set bool, format string, args ...any) {
			if set {
				parts = append(parts, fmt.Sprintf(format, args...))
			}
		}
		add(o.Letters != 0, "Letters: %s", letters(o.Letters))
		add(o.Any, "Any: true")
		add(o.Data != "", "Data: %q", o.Data)
		add(o.Own, "Own: true")
		add(o.Word != "", "Word: %q", o.Word)
		add(o.Or != "", "Or: %q", o.Or)
		if o.Need != nil {
			parts = append(parts, "Needs: []Need{"+need(*o.Need)+"}")
		}
		var in []string
		for i, c := range []string{"InPatient", "InUser", "InSystem"} {
			if o.Contexts[i] {
				in = append(in, c)
			}
		}
		add(true, "Contexts: %s", strings.Join(in, " | "))
		add(o.Entries, "Entries: true")
		return strings.Join(parts, ", ")
	})
	return b.String()
}

func routes(a *model.Access) string {
	var b bytes.Buffer
	table(&b, "Routes are the operations of the Standard and Portal APIs, by operationId.", "Routes", "Route", a.Routes, func(r model.Route) string {
		return fmt.Sprintf("%q, %t, %q, %q, %q, %q, %q, Need%s, %q", r.ID, r.API == "portal", r.Method, r.Path, rune(r.Action), r.Word,
			r.Own, need(r.Need), r.Audit)
	})
	return b.String()
}

func texts(a *model.Access) string {
	var b bytes.Buffer
	text := func(s model.ScopeText) string {
		if s.Hidden {
			return fmt.Sprintf("%q, %q, true", s.Scope, s.Text)
		}
		return fmt.Sprintf("%q, %q, false", s.Scope, s.Text)
	}
	table(&b, "Plain are the scopes that are a word of their own.", "Plain", "Text", a.Plain, text)
	table(&b, "OwnScopes are the operation scopes.", "OwnScopes", "Text", a.OwnScopes, text)
	table(&b, "Granulars are the granular restrictions on offer.", "Granulars", "Granular", a.Granular, func(g model.GranularScope) string {
		return fmt.Sprintf("%q, %q, %q, %q", g.Type, g.Parameter, g.Value, g.Text)
	})
	fmt.Fprintf(&b, "// Verbs say what each letter of cruds permits.\nvar Verbs = %#v\n\n", a.Verbs)
	table(&b, "Frames say whose records a scope is about: patient, user, system.", "Frames", "Frame", a.Frames, func(f model.Frame) string {
		return fmt.Sprintf("%q, %q, %q", f.Owned, f.Open, f.Note)
	})
	return b.String()
}
