package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// The levels of a right, as a set.
const (
	levelView  = 1
	levelAdd   = 2
	levelSome  = 4
	levelWrite = 8
	anyLevel   = levelView | levelAdd | levelSome | levelWrite
	changing   = anyLevel &^ levelView
)

const letterOrder = "cruds"

// Access resolves the policy of scopes, rights and the patient compartment over the resource types. Every type must be named
// exactly once in each policy, and nothing may be named that does not exist. Errors: every finding, joined.
func Access(in *load.Access, types []string) (*model.Access, error) {
	r := &accessResolver{in: in, types: types, rights: map[string]int{}}
	r.sections()
	r.groups()
	r.resourceTypes()
	r.operations()
	r.routes()
	r.words()
	r.texts()
	if err := errors.Join(r.errs...); err != nil {
		return nil, fmt.Errorf("resolve access: %w", err)
	}
	return &r.a, nil
}

// access resolves the policy over the resource types of the model.
func (r *resolver) access() error {
	var names []string
	for _, t := range r.m.Types {
		if t.Kind == model.Resource {
			names = append(names, t.Name)
		}
	}
	var err error
	r.m.Access, err = Access(r.in.Access, names)
	return err
}

type accessResolver struct {
	in     *load.Access
	types  []string
	a      model.Access
	rights map[string]int
	errs   []error
}

func (r *accessResolver) fail(file, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s (spec/%s)", fmt.Sprintf(format, args...), file))
}

func (r *accessResolver) sections() {
	node := r.in.Rights.Sections
	for i := 0; i+1 < len(node.Content); i += 2 {
		section := node.Content[i].Value
		for _, v := range node.Content[i+1].Content {
			right := model.Right{Section: section, Value: v.Value}
			if _, twice := r.rights[right.String()]; twice {
				r.fail(load.RightsFile, "right %s is listed twice", right)
			}
			r.rights[right.String()] = len(r.a.Rights)
			r.a.Rights = append(r.a.Rights, right)
		}
	}
	if len(r.a.Rights) == 0 || len(r.a.Rights) > 200 {
		r.fail(load.RightsFile, "%d rights, not between 1 and 200", len(r.a.Rights))
	}
}

func (r *accessResolver) groups() {
	for _, g := range r.in.Rights.Groups {
		levels := make([]uint8, len(r.a.Rights))
		grant := func(list []string, level uint8) {
			for _, name := range list {
				i, ok := r.rights[name]
				if !ok {
					r.fail(load.RightsFile, "group %s: right %s does not exist", g.Name, name)
					continue
				}
				levels[i] |= level
			}
		}
		grant(g.View, levelView)
		grant(g.AddOnly, levelAdd)
		grant(g.Some, levelSome)
		grant(g.Write, levelWrite)
		switch g.Everything {
		case "":
		case "write":
			for i := range levels {
				levels[i] |= levelWrite
			}
		default:
			r.fail(load.RightsFile, "group %s: everything at level %q", g.Name, g.Everything)
		}
		group := model.Group{Name: g.Name, Title: g.Title}
		for i, l := range levels {
			if l != 0 {
				group.Grants = append(group.Grants, model.RightGrant{Right: i, Levels: l})
			}
		}
		if g.Name == "" || g.Title == "" || len(group.Grants) == 0 {
			r.fail(load.RightsFile, "group %q lacks a name, a title or grants", g.Name)
		}
		r.a.Groups = append(r.a.Groups, group)
	}
}

// need reads section/value, staff or never.
func (r *accessResolver) need(file, where, text string, levels uint8) model.Need {
	switch text {
	case "staff":
		return model.Need{Right: model.NeedStaff}
	case "never":
		return model.Need{Right: model.NeedNever}
	}
	i, ok := r.rights[text]
	if !ok {
		r.fail(file, "%s needs the right %q, which does not exist", where, text)
		return model.Need{Right: model.NeedNever}
	}
	return model.Need{Right: i, Levels: levels}
}

func (r *accessResolver) letters(file, where, text string) model.Letters {
	var l model.Letters
	last := -1
	for i := range len(text) {
		n := strings.IndexByte(letterOrder, text[i])
		if n <= last {
			r.fail(file, "%s: %q is not a subset of %s in order", where, text, letterOrder)
			return 0
		}
		l, last = l|1<<n, n
	}
	return l
}

func (r *accessResolver) resourceTypes() {
	needs, views := r.typeNeeds(), r.typeViews()
	for _, name := range r.types {
		t, ok := views[name]
		if !ok {
			r.fail(load.CompartmentFile, "type %s is not mentioned", name)
			continue
		}
		if t.Needs, ok = needs[name]; !ok {
			r.fail(load.RightsFile, "type %s is not mentioned", name)
		}
		if t.Phrase = r.in.Scopes.FHIR[name]; t.Phrase == "" {
			r.fail(load.ScopesFile, "type %s has no phrase", name)
		}
		t.Name, t.Common = name, slices.Contains(r.in.Scopes.Common, name)
		r.a.Types = append(r.a.Types, t)
	}
	slices.SortFunc(r.a.Types, func(a, b model.AccessType) int { return cmp.Compare(a.Name, b.Name) })
	known := func(file string, names ...string) {
		for _, name := range names {
			if !slices.Contains(r.types, name) {
				r.fail(file, "type %s does not exist", name)
			}
		}
	}
	for _, name := range sortedKeys(needs) {
		known(load.RightsFile, name)
	}
	for _, name := range sortedKeys(views) {
		known(load.CompartmentFile, name)
	}
	known(load.ScopesFile, sortedKeys(r.in.Scopes.FHIR)...)
	known(load.ScopesFile, r.in.Scopes.Common...)
}

func (r *accessResolver) typeNeeds() map[string][5]model.Need {
	needs := map[string][5]model.Need{}
	for _, rule := range r.in.Rights.FHIR {
		where := strings.Join(rule.Types, ", ")
		write := func(own string) model.Need {
			return r.need(load.RightsFile, where, cmp.Or(own, rule.Write), changing)
		}
		read := r.need(load.RightsFile, where, rule.Read, anyLevel)
		row := [5]model.Need{write(rule.Create), read, write(rule.Update), write(rule.Delete), read}
		for _, name := range rule.Types {
			if _, twice := needs[name]; twice {
				r.fail(load.RightsFile, "type %s is mentioned twice", name)
			}
			needs[name] = row
		}
	}
	return needs
}

func (r *accessResolver) typeViews() map[string]model.AccessType {
	views := map[string]model.AccessType{}
	for _, kind := range []struct {
		view          string
		list          []load.CompartmentTypes
		letters, self string
	}{
		{"owned", r.in.Compartment.Owned, letterOrder, "rs"},
		{"open", r.in.Compartment.Open, "rs", "rs"},
		{"denied", r.in.Compartment.Denied, "", ""},
	} {
		for _, rule := range kind.list {
			where := kind.view + " " + strings.Join(rule.Types, ", ")
			if rule.Reason == "" {
				r.fail(load.CompartmentFile, "%s: no reason", where)
			}
			t := model.AccessType{
				View:    kind.view,
				Patient: r.letters(load.CompartmentFile, where, cmp.Or(rule.Letters, kind.letters)),
				Self:    r.letters(load.CompartmentFile, where, cmp.Or(rule.Self, kind.self)),
			}
			most := r.letters(load.CompartmentFile, where, kind.letters)
			if t.Patient&^most != 0 || t.Self&^t.Patient != 0 {
				r.fail(load.CompartmentFile, "%s: self must be a part of letters, and letters of %q", where, kind.letters)
			}
			for _, name := range rule.Types {
				if _, twice := views[name]; twice {
					r.fail(load.CompartmentFile, "type %s is mentioned twice", name)
				}
				views[name] = t
			}
		}
	}
	return views
}

var contexts = []string{"patient", "user", "system"}

func (r *accessResolver) operations() {
	seen := map[string]bool{}
	for _, o := range r.in.Rights.Operations {
		op := model.AccessOperation{
			Name: o.Name, Data: o.Data, Or: o.Or, Entries: o.Entries, Any: o.AnyOf != "",
			Letters: r.letters(load.RightsFile, o.Name, o.Letters+o.AnyOf),
		}
		switch o.Scope {
		case "":
		case "own":
			op.Own = true
		default:
			op.Word = o.Scope
		}
		if ways := count(op.Letters != 0, op.Own, op.Word != "", op.Entries); ways != 1 {
			r.fail(load.RightsFile, "operation %s must have exactly one of letters, anyOf, scope and entries", o.Name)
		}
		if len(o.Letters) > 1 {
			r.fail(load.RightsFile, "operation %s asks for several permissions, which may come with different views", o.Name)
		}
		if o.Need != "" {
			n := r.need(load.RightsFile, o.Name, o.Need, changing)
			op.Need = &n
		}
		for i, c := range contexts {
			op.Contexts[i] = len(o.Contexts) == 0 || slices.Contains(o.Contexts, c)
		}
		places := o.Types.Types
		switch {
		case o.Types.All:
			places = []string{"*"}
		case len(places) == 0:
			places = []string{""}
		}
		for _, name := range places {
			if name != "" && name != "*" && !slices.Contains(r.types, name) {
				r.fail(load.RightsFile, "operation %s: type %s does not exist", o.Name, name)
			}
			op.Type = name
			if key := name + " " + o.Name; seen[key] {
				r.fail(load.RightsFile, "operation %s is mentioned twice for %q", o.Name, name)
			} else {
				seen[key] = true
			}
			r.a.Operations = append(r.a.Operations, op)
		}
	}
	slices.SortFunc(r.a.Operations, func(a, b model.AccessOperation) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
}

func (r *accessResolver) texts() {
	p := &r.in.Scopes
	for i := range len(letterOrder) {
		if r.a.Verbs[i] = p.Verbs[letterOrder[i:i+1]]; r.a.Verbs[i] == "" {
			r.fail(load.ScopesFile, "letter %c has no verb", letterOrder[i])
		}
	}
	for _, c := range contexts {
		f := p.Frames[c]
		if f["owned"] == "" || f["open"] == "" {
			r.fail(load.ScopesFile, "context %s has no frames", c)
		}
		r.a.Frames = append(r.a.Frames, model.Frame{Context: c, Owned: f["owned"], Open: f["open"], Note: f["note"]})
	}
	for _, g := range p.Granular {
		if !slices.Contains(r.types, g.Type) {
			r.fail(load.ScopesFile, "granular: type %s does not exist", g.Type)
		}
		for _, v := range g.Values {
			value := v.Code
			if v.System != "" {
				value = v.System + "|" + v.Code
			}
			r.a.Granular = append(r.a.Granular, model.GranularScope{Type: g.Type, Parameter: g.Parameter, Value: value, Text: v.Text})
		}
	}
	copyTexts := func(list []load.ScopeText) []model.ScopeText {
		var out []model.ScopeText
		for _, s := range list {
			if s.Scope == "" || s.Text == "" {
				r.fail(load.ScopesFile, "scope %q has no text", s.Scope)
			}
			out = append(out, model.ScopeText(s))
		}
		return out
	}
	r.a.Plain = copyTexts(p.Plain)
	for _, s := range copyTexts(p.OperationScopes) {
		_, rest, _ := strings.Cut(s.Scope, "/")
		word, own, _ := strings.Cut(rest, ".")
		fhir := word == "*" || word != strings.ToLower(word)
		// Of the other APIs, those that some operation asks for.
		if fhir || slices.ContainsFunc(r.a.Routes, func(o model.Route) bool { return o.Word == word && o.Own == own }) {
			r.a.OwnScopes = append(r.a.OwnScopes, s)
		}
	}
}

func count(list ...bool) int {
	n := 0
	for _, b := range list {
		if b {
			n++
		}
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
