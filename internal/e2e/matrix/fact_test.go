package matrix_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/openapi"
	"chartwright/gen/r4search"
	table "chartwright/gen/scope"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// The record of each site is the same by its ids and differs by its canaries, so that an answer of one site that holds anything
// of the other shows. There are two patients, and of every resource type something of each of them, of both, or of nobody.

// The patients.
const (
	patientA = "mx-a"
	patientB = "mx-b"
	several  = "*"
)

// The categories that granular scopes ask for.
const (
	laboratory = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
	vitalSigns = "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
)

// fact is one resource of the record, and what the model knows about it.
type fact struct {
	chart.Key
	owner    string   // id of the one patient whose record it is; several; "" = nobody's
	about    []string // patients that its parameter patient or subject names
	names    []string // patients that it names elsewhere
	category string
	deleted  bool
	recoded  bool // its first version had another category
	content  map[string]any
	ids      []string // of the facts that its content names, its own among them
}

// canary is a text that only this fact of this site holds.
func (f *fact) canary(site string) string { return "canary-" + site + "-" + f.ID + "." }

// body is the fact as JSON, with its canary as a tag.
func (f *fact) body(site string) []byte {
	content := maps.Clone(f.content)
	content["meta"] = map[string]any{"tag": []any{map[string]any{"system": "urn:matrix", "code": f.canary(site)}}}
	b, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return b
}

// patientElement is where the types whose example names no patient name theirs.
var patientElement = map[string]func(ref map[string]any) (string, any){
	"Appointment": func(ref map[string]any) (string, any) {
		return "participant", []any{map[string]any{"status": "accepted", "actor": ref}}
	},
	"AppointmentResponse": func(ref map[string]any) (string, any) { return "actor", ref },
	"Binary":              func(ref map[string]any) (string, any) { return "securityContext", ref },
	"EnrollmentRequest":   func(ref map[string]any) (string, any) { return "candidate", ref },
	"Person":              func(ref map[string]any) (string, any) { return "link", []any{map[string]any{"target": ref}} },
	"SupplyRequest":       func(ref map[string]any) (string, any) { return "deliverTo", ref },
	"Task":                func(ref map[string]any) (string, any) { return "for", ref },
}

// facts makes the record.
func facts(t testing.TB) []*fact {
	t.Helper()
	var list []*fact
	add := func(f *fact) *fact {
		f.content["resourceType"], f.content["id"] = f.Type, f.ID
		list = append(list, f)
		return f
	}
	for line := range bytes.Lines(openapi.Examples) {
		typ := typeIn(t, line)
		row := table.TypeOf(typ)
		example := func(patient string) map[string]any { return decode(t, aboutPatient(line, patient)) }
		switch {
		case typ == "AuditEvent" || typ == "Patient": // the server's own; see below
		case row.Sight == table.Owned:
			for _, p := range []string{patientA, patientB} {
				f := add(&fact{Key: chart.Key{Type: typ, ID: p + "-" + typ}, owner: p, about: []string{p}, content: example(p)})
				if place := patientElement[typ]; place != nil {
					name, value := place(reference("Patient/" + p))
					f.content[name] = value
				}
			}
		case row.Sight == table.Open:
			add(&fact{Key: chart.Key{Type: typ, ID: "mx-open-" + typ}, content: example(patientB)})
		default: // types that no patient's view holds, here with something of B in them
			add(&fact{Key: chart.Key{Type: typ, ID: "mx-denied-" + typ}, owner: several, names: []string{patientB}, content: example(patientB)})
		}
	}
	example := func(typ, patient string) map[string]any {
		for line := range bytes.Lines(openapi.Examples) {
			if typeIn(t, line) == typ {
				return decode(t, aboutPatient(line, patient))
			}
		}
		t.Fatalf("no example of %s", typ)
		return nil
	}
	for _, p := range []string{patientA, patientB} {
		f := add(&fact{Key: chart.Key{Type: "Patient", ID: p}, owner: p, content: example("Patient", p)})
		f.content["identifier"] = []any{map[string]any{"system": "urn:matrix", "value": p}}
		for _, f := range list {
			if f.ID == p+"-Observation" {
				f.category = laboratory
				f.content["category"] = category(laboratory)
				f.content["encounter"] = reference("Encounter/" + p + "-Encounter")
			}
		}
		f = add(&fact{Key: chart.Key{Type: "Observation", ID: p + "-vital"}, owner: p, about: []string{p}, category: vitalSigns, content: example("Observation", p)})
		f.content["category"] = category(vitalSigns)
		add(&fact{Key: chart.Key{Type: "Observation", ID: p + "-deleted"}, owner: p, about: []string{p}, category: vitalSigns, deleted: true, content: example("Observation", p)}).content["category"] = category(vitalSigns)
	}
	f := add(&fact{Key: chart.Key{Type: "Observation", ID: patientA + "-recoded"}, owner: patientA, about: []string{patientA}, category: laboratory, recoded: true, content: example("Observation", patientA)})
	f.content["category"] = category(laboratory)
	// One about B that A has measured: the compartment of R4 holds it for A, this server's narrow one does not.
	f = add(&fact{Key: chart.Key{Type: "Observation", ID: patientB + "-by-a"}, owner: patientB, about: []string{patientB}, names: []string{patientA}, category: laboratory, content: example("Observation", patientB)})
	f.content["category"], f.content["performer"] = category(laboratory), []any{reference("Patient/" + patientA)}
	f = add(&fact{Key: chart.Key{Type: "Observation", ID: "mx-none-Observation"}, category: laboratory, content: example("Observation", "")})
	delete(f.content, "subject")
	f.content["category"] = category(laboratory)
	f = add(&fact{Key: chart.Key{Type: "Person", ID: "mx-none-Person"}, content: example("Person", "")})
	delete(f.content, "link")
	f = add(&fact{Key: chart.Key{Type: "Device", ID: "mx-none-Device"}, content: example("Device", "")})
	delete(f.content, "patient")
	both := []string{patientA, patientB}
	f = add(&fact{Key: chart.Key{Type: "Account", ID: "mx-both-Account"}, owner: several, about: both, content: example("Account", "")})
	f.content["subject"] = []any{reference("Patient/" + patientA), reference("Patient/" + patientB)}
	f = add(&fact{Key: chart.Key{Type: "Appointment", ID: "mx-both-Appointment"}, owner: several, about: both, content: example("Appointment", "")})
	f.content["participant"] = []any{
		map[string]any{"status": "accepted", "actor": reference("Patient/" + patientA)},
		map[string]any{"status": "accepted", "actor": reference("Patient/" + patientB)},
	}
	f = add(&fact{Key: chart.Key{Type: "Group", ID: "mx-both-Group"}, owner: several, names: both, content: example("Group", "")})
	f.content["type"], f.content["actual"] = "person", true
	f.content["member"] = []any{map[string]any{"entity": reference("Patient/" + patientA)}, map[string]any{"entity": reference("Patient/" + patientB)}}
	// A's list with something of B in it: the list is A's, what it names is not.
	f = add(&fact{Key: chart.Key{Type: "List", ID: patientA + "-names-b"}, owner: patientA, about: []string{patientA}, content: example("List", patientA)})
	f.content["entry"] = []any{map[string]any{"item": reference("Observation/" + patientB + "-vital")}}
	// A's document whose file is B's.
	f = add(&fact{Key: chart.Key{Type: "DocumentReference", ID: patientA + "-file-of-b"}, owner: patientA, about: []string{patientA}, content: example("DocumentReference", patientA)})
	f.content["content"] = []any{map[string]any{"attachment": map[string]any{"contentType": "text/plain", "url": "Binary/" + patientB + "-Binary"}}}
	for _, f := range list {
		f.ids = mentions(f.body(siteMark))
	}
	return list
}

func reference(to string) map[string]any { return map[string]any{"reference": to} }

func category(token string) []any {
	system, code, _ := strings.Cut(token, "|")
	return []any{map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}}
}

func typeIn(t testing.TB, line []byte) string {
	t.Helper()
	var r struct{ ResourceType string }
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	return r.ResourceType
}

func decode(t testing.TB, line []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// aboutPatient puts a patient in the place of the one whom an example names.
func aboutPatient(line []byte, patient string) []byte {
	const begin = `"Patient/`
	var out []byte
	for {
		i := bytes.Index(line, []byte(begin))
		if i < 0 {
			return append(out, line...)
		}
		end := bytes.IndexByte(line[i+1:], '"') + i + 1
		out = append(append(append(out, line[:i]...), begin+patient...), '"')
		line = line[end+1:]
	}
}

// patientParam is the search parameter by which a type names its patient; "" if it has none.
func patientParam(typ string) string {
	for _, code := range []string{"patient", "subject"} {
		if p := r4search.Lookup(typ, code); p != nil && p.Type == search.Reference && (len(p.Targets) == 0 || slices.Contains(p.Targets, "Patient")) {
			return code
		}
	}
	return ""
}
