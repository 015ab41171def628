// Package accesstest is a model of the access decision for tests: slow, and written from the rules in words and not from the
// code. It spells every right out as text and looks for the ones that are needed. It shares nothing with [access.Decide] but the
// facts of the generated tables. The matrix of package access compares the decision with it, and the end-to-end matrix compares
// what a running server answers.
package accesstest

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
)

// Verdict is what the model answers. The zero value refuses.
type Verdict struct {
	Allowed bool
	Patient string   // whose rows alone are seen; "" = all rows
	Filters []string // granular queries of the type asked for, one of which a row must match; sorted, nil = all rows
}

// Nobody is the patient of a Verdict that shows no patient's rows.
const Nobody = "!"

// Model answers one request by the site's policy with the rights of a new site. A policy's own Grants and Operator are not
// part of the model.
func Model(s *access.Subject, r access.Request, p access.Policy) Verdict {
	no := Verdict{}
	if s == nil || s.Actor == access.Anonymous {
		return no
	}
	// The site offers the API, and the caller is of the kind that it serves.
	switch r.API {
	case access.FHIR:
		if !p.FHIR || s.Actor == access.System && !p.System {
			return no
		}
	case access.Standard:
		if !p.Standard || s.Actor != access.User {
			return no
		}
	case access.Portal:
		if !p.Portal || s.Actor != access.Patient {
			return no
		}
	default:
		return no
	}
	// The token is for the API.
	has := func(text string) bool { return slices.Contains(s.Scopes.Raw, text) }
	names := has("api:fhir") || has("api:oemr") || has("api:port")
	if !has(familyOf[r.API]) && (names || r.API != access.FHIR) {
		return no
	}
	// People are persons of the record, and portal patients are in their own.
	if s.Actor != access.System && s.FHIRUser == "" {
		return no
	}
	if s.Actor == access.Patient && strings.HasPrefix(s.FHIRUser, "Patient/") && s.FHIRUser != "Patient/"+s.Patient {
		return no
	}
	key := token{p.Wildcards, strings.Join(s.Scopes.Raw, " ")} // no scope has a space in it
	rights, ok := spelled.Load(key)
	if !ok {
		rights = spell(s, p)
		spelled.Store(key, rights)
	}
	m := &model{s: s, p: p, rights: rights.(map[grant][]string)}
	if r.API != access.FHIR {
		return m.route(r)
	}
	if r.Operation != "" {
		return m.operation(r)
	}
	return m.data(r.Type, string(r.Action), "user patient system")
}

type model struct {
	s      *access.Subject
	p      access.Policy
	rights map[grant][]string // queries; "all" = all rows
}

// grant is what a scope such as user/Observation.r permits.
type grant struct{ context, name, letter string }

const allRows = "all"

// Tables that are the same for every request: the matrix makes millions of them.
var (
	familyOf   = map[access.API]string{access.FHIR: "api:fhir", access.Standard: "api:oemr", access.Portal: "api:port"}
	contextsOf = map[access.Actor][]string{access.User: {"user", "patient"}, access.Patient: {"patient"}, access.System: {"system"}}
	levelOf    = map[string]table.Level{"view": table.View, "addonly": table.AddOnly, "wsome": table.Some, "write": table.Write}
	typeOf     = func() map[string]*table.Type {
		m := map[string]*table.Type{}
		for i := range table.Types {
			m[table.Types[i].Name] = &table.Types[i]
		}
		return m
	}()
)

// token is what the rights that a token spells out come from.
type token struct {
	wildcards bool
	scopes    string
}

// spelled keeps what spell wrote, since the matrix asks about the same tokens again and again.
var spelled sync.Map

var grantLines = access.DefaultGrants()

// spell writes out what the scopes permit, letter by letter and type by type.
func spell(s *access.Subject, p access.Policy) map[grant][]string {
	rights := map[grant][]string{}
	for _, text := range s.Scopes.Raw {
		head, query, _ := strings.Cut(text, "?")
		context, rest, ok := strings.Cut(head, "/")
		typ, permission, dot := strings.Cut(rest, ".")
		if !ok || !dot || strings.HasPrefix(permission, "$") || !slices.Contains([]string{"patient", "user", "system"}, context) {
			continue
		}
		letters := permission
		if strings.Trim(permission, "cruds") != "" {
			letters = ""
		}
		if v2, ok := map[string]string{"read": "rs", "write": "cud", "*": "cruds"}[permission]; ok {
			letters = v2
		}
		if query == "" {
			query = allRows
		}
		if slices.Contains(s.Scopes.Raw, "cdr_fhir_delete") && letters != "" && (typ == "*" || typ[0] < 'a') && !strings.Contains(letters, "d") {
			letters += "d"
		}
		var names []string
		switch {
		case typ != "*":
			names = []string{typ}
		case p.Wildcards:
			for _, t := range table.Types {
				names = append(names, t.Name)
			}
		}
		for _, name := range names {
			for _, l := range letters {
				key := grant{context, name, string(l)}
				rights[key] = append(rights[key], query)
			}
		}
	}
	return rights
}

// contexts lists the words of the scopes that an actor can use, widest first.
func (m *model) contexts() []string {
	return contextsOf[m.s.Actor]
}

func (m *model) everything() bool {
	return m.s.Actor != access.System && slices.Contains(m.s.Scopes.Raw, "cdr_all_user_authorities")
}

func (m *model) data(typ, letter, contexts string) Verdict {
	i := strings.Index("cruds", letter)
	row := typeOf[typ]
	if row == nil || i < 0 || letter == "" {
		return Verdict{}
	}
	for _, context := range m.contexts() {
		if !strings.Contains(contexts, context) {
			continue
		}
		queries := m.rights[grant{context, typ, letter}]
		if m.everything() {
			queries = []string{allRows}
		}
		if len(queries) == 0 {
			continue
		}
		v := Verdict{Allowed: m.role(row.Needs[i])}
		if !slices.Contains(queries, allRows) {
			v.Filters = slices.Compact(slices.Sorted(slices.Values(queries)))
		}
		if context == "patient" {
			mine := row.Patient
			if m.s.Actor == access.Patient {
				mine = row.Self
			}
			v.Patient = m.s.Patient
			v.Allowed = v.Allowed && m.s.Patient != "" && row.Sight != table.Denied && mine&(1<<i) != 0
		}
		if !v.Allowed {
			return Verdict{}
		}
		return v
	}
	return m.person(row, letter, contexts)
}

// person answers for the resource that says who the caller is.
func (m *model) person(row *table.Type, letter, contexts string) Verdict {
	id, self := strings.CutPrefix(m.s.FHIRUser, row.Name+"/")
	asked := slices.Contains(m.s.Scopes.Raw, "openid") && slices.Contains(m.s.Scopes.Raw, "fhirUser")
	usable := slices.ContainsFunc(m.contexts(), func(c string) bool { return strings.Contains(contexts, c) })
	if letter != "r" || !self || !asked || !usable || !m.role(row.Needs[1]) {
		return Verdict{}
	}
	v := Verdict{Allowed: true, Filters: []string{"_id=" + id}}
	if m.s.Actor == access.Patient {
		v.Patient = m.s.Patient
		v.Allowed = m.s.Patient != "" && row.Sight != table.Denied && row.Self&2 != 0
	}
	if !v.Allowed {
		return Verdict{}
	}
	return v
}

// role reports whether the actor's groups satisfy a need. Only staff have groups.
func (m *model) role(n table.Need) bool {
	if n.Right == table.Never {
		return false
	}
	if m.s.Actor != access.User || n.Right == table.Staff {
		return true
	}
	right := table.Rights[n.Right].Section + "/" + table.Rights[n.Right].Value
	var enough, denied, super, superDenied bool
	for _, line := range grantLines {
		if !slices.Contains(m.s.Groups, line.Group) {
			continue
		}
		level := levelOf[line.Level]
		if line.Right == right {
			enough, denied = enough || n.Levels&level != 0, denied || line.Level == "deny"
		}
		if line.Right == "admin/super" {
			super, superDenied = super || level != 0, superDenied || line.Level == "deny"
		}
	}
	return enough && !denied || super && !superDenied
}

// named answers for an operation that has a scope of its own, such as patient/Patient.$export: the first context of usable that
// grants it counts.
func (m *model) named(r access.Request, operation string, usable []string, role bool) Verdict {
	place := cmp.Or(r.Type, "*")
	at := slices.IndexFunc(usable, func(c string) bool {
		return m.everything() || slices.Contains(m.s.Scopes.Raw, c+"/"+place+"."+operation)
	})
	if at < 0 || !role {
		return Verdict{}
	}
	t := table.TypeOf(r.Type)
	switch {
	case usable[at] != "patient":
		return Verdict{Allowed: true}
	case t == nil: // of the whole server, what is the patient's
		return Verdict{Allowed: m.s.Patient != "", Patient: m.s.Patient}
	}
	mine := t.Patient
	if m.s.Actor == access.Patient {
		mine = t.Self
	}
	if m.s.Patient == "" || t.Sight == table.Denied || mine&2 == 0 {
		return Verdict{}
	}
	return Verdict{Allowed: true, Patient: m.s.Patient}
}

func (m *model) operation(r access.Request) Verdict {
	var row *table.Operation
	for _, place := range []string{r.Type, "*"} {
		for i := range table.Operations {
			o := &table.Operations[i]
			if row == nil && o.Name == r.Operation && o.Type == place && (r.Type != "" || place == "") {
				row = o
			}
		}
	}
	known := r.Type == ""
	readers := table.Need{Right: table.Staff}
	if t := typeOf[r.Type]; t != nil {
		known, readers = true, t.Needs[1]
	}
	if row == nil || !known {
		return Verdict{}
	}
	var contexts []string
	for i, name := range []string{"patient", "user", "system"} {
		if row.Contexts&(1<<i) != 0 {
			contexts = append(contexts, name)
		}
	}
	usable := slices.DeleteFunc(slices.Clone(m.contexts()), func(c string) bool { return !slices.Contains(contexts, c) })
	if len(row.Needs) > 0 {
		readers = row.Needs[0]
	}
	switch {
	case row.Entries:
		return Verdict{Allowed: true, Patient: Nobody}
	case row.Word != "":
		if len(usable) == 0 || !m.everything() && !slices.Contains(m.s.Scopes.Raw, row.Word) || !m.role(readers) {
			return Verdict{}
		}
		return Verdict{Allowed: true, Patient: m.reach()}
	case row.Own:
		return m.named(r, row.Name, usable, m.role(readers))
	}
	typ := r.Type
	if row.Data != "" {
		typ = row.Data
	}
	for i, l := range "cruds" {
		if row.Letters&(1<<i) != 0 {
			if v := m.data(typ, string(l), strings.Join(contexts, " ")); v.Allowed {
				return v
			}
		}
	}
	if row.Or != "" && slices.Contains(m.s.Scopes.Raw, row.Or) {
		return Verdict{Allowed: true, Patient: m.reach()}
	}
	return Verdict{}
}

// reach is whose records an operation without data scope can touch.
func (m *model) reach() string {
	user := m.everything()
	for key := range m.rights {
		user = user || key.context == "user"
	}
	for _, text := range m.s.Scopes.Raw { // wildcards make no rights where the site refuses them, yet they say for whom the token is
		user = user || strings.HasPrefix(text, "user/*") && !strings.Contains(text, "$")
	}
	switch {
	case m.s.Actor == access.System, m.s.Actor == access.User && user:
		return ""
	case m.s.Patient != "":
		return m.s.Patient
	}
	return Nobody
}

func (m *model) route(r access.Request) Verdict {
	var row *table.Route
	for i := range table.Routes {
		if table.Routes[i].ID == r.Operation && table.Routes[i].Portal == (r.API == access.Portal) {
			row = &table.Routes[i]
		}
	}
	if row == nil || !m.role(row.Need) {
		return Verdict{}
	}
	context := "user"
	if row.Portal {
		context = "patient"
	}
	open := row.Word == "" || m.everything() ||
		row.Own != "" && slices.Contains(m.s.Scopes.Raw, context+"/"+row.Word+"."+row.Own) ||
		slices.Contains(m.rights[grant{context, row.Word, string(rune(row.Action))}], allRows)
	switch {
	case !open, row.Portal && m.s.Patient == "":
		return Verdict{}
	case row.Portal:
		return Verdict{Allowed: true, Patient: m.s.Patient}
	}
	return Verdict{Allowed: true}
}
