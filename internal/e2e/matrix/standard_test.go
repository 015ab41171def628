package matrix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/api/standard"
	table "chartwright/gen/scope"
	"chartwright/internal/access"
	"chartwright/internal/chart"
)

func standardWords() map[string]bool {
	words := map[string]bool{}
	for _, r := range table.Routes {
		if r.Word != "" && !r.Portal {
			words[r.Word] = true
		}
	}
	return words
}

// desk is what a site holds beside the facts, made through the Standard API, as the paths of the API name it.
type desk struct {
	bodies  map[string]json.RawMessage   // by method and path of the document
	numbers map[string]map[string]string // patient → resource word → number, or uuid where a path asks for that
	secret  map[string][]string          // patient → uuids of his rows
}

// examples are the bodies that the document of the Standard API proposes, by method and path.
func examples(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	var d struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct {
			Examples map[string]struct{ Value json.RawMessage }
		}
	}
	if err := json.Unmarshal(standard.OpenAPI, &d); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]json.RawMessage{}
	for path, methods := range d.Paths {
		for method, raw := range methods {
			var o struct {
				RequestBody struct {
					Content map[string]struct {
						Examples map[string]struct {
							Ref   string `json:"$ref"`
							Value json.RawMessage
						}
					}
				}
			}
			_ = json.Unmarshal(raw, &o) // the parameters of a path lie beside its methods
			for _, e := range o.RequestBody.Content["application/json"].Examples {
				value := e.Value
				if e.Ref != "" {
					value = d.Components.Examples[e.Ref[strings.LastIndexByte(e.Ref, '/')+1:]].Value
				}
				bodies[strings.ToUpper(method)+" "+path] = value
			}
		}
	}
	return bodies
}

// fillStandard makes one of everything for each patient of a site. What can't be made through the API stands for itself among
// the facts.
func (w *world) fillStandard(site string) {
	w.t.Helper()
	d := &desk{bodies: examples(w.t), numbers: map[string]map[string]string{}, secret: map[string][]string{}}
	s, err := w.app.Sites.Open(w.t.Context(), site)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range []string{patientA, patientB} {
		v, err := s.Read(w.t.Context(), chart.Key{Type: "Patient", ID: p})
		if err != nil {
			w.t.Fatal(err)
		}
		d.numbers[p] = map[string]string{"patient": fmt.Sprint(v.Number)}
		routes := slices.Clone(table.Routes)
		slices.SortStableFunc(routes, func(x, y table.Route) int { return strings.Count(x.Path, "/") - strings.Count(y.Path, "/") })
		for _, r := range routes {
			if r.Method != http.MethodPost || r.Path == "/api/patient" || r.Path == "/api/patient/{pid}/document" {
				continue
			}
			path, _ := d.path(r.Path, p, p)
			a := w.must(w.send(call{method: r.Method, path: "/apis/" + site + path, token: w.keys[site], body: d.bodies[r.Method+" "+r.Path]}))
			d.remember(p, r.Path[strings.LastIndexByte(r.Path, '/')+1:], a.body)
		}
	}
	w.desks[site] = d
}

// remember keeps what an answer calls a row that was made.
func (d *desk) remember(patient, word string, body []byte) {
	var a struct{ Data json.RawMessage }
	if json.Unmarshal(body, &a) == nil && a.Data != nil {
		body = bytes.Trim(a.Data, "[]")
	}
	var row map[string]any
	_ = json.Unmarshal(body, &row)
	for _, name := range []string{"id", "eid", "mid", "vid", "sid", "iid"} {
		if n, ok := row[name].(float64); ok {
			d.numbers[patient][word] = fmt.Sprint(int64(n))
		}
	}
	for _, name := range []string{"uuid", "euuid"} {
		if id, ok := row[name].(string); ok {
			d.numbers[patient][word+" uuid"] = id
			d.secret[patient] = append(d.secret[patient], id)
		}
	}
}

var pathParam = regexp.MustCompile(`([a-z_$-]+)/\{([a-z_]+)\}`)

// path fills a path of the document in: the patient, and what lies below him from owner. Inner tells that there is something.
func (d *desk) path(template, patient, owner string) (path string, inner bool) {
	path = pathParam.ReplaceAllStringFunc(template, func(m string) string {
		word, param, _ := strings.Cut(strings.TrimSuffix(m, "}"), "/{")
		from := owner
		if word == "patient" {
			from = patient
		} else {
			inner = true
		}
		key := word
		if strings.HasSuffix(param, "uuid") {
			key += " uuid"
		}
		value := d.numbers[from][key]
		switch {
		case word == "list":
			value = "Gender"
		case value == "": // what only the FHIR API makes
			value = from + "-" + madeElsewhere[word]
		}
		return word + "/" + value
	})
	return path, inner
}

// madeElsewhere are the types of the rows that the Standard API shows and does not make.
var madeElsewhere = map[string]string{
	"immunization": "Immunization", "prescription": "MedicationRequest", "procedure": "ServiceRequest", "drug": "Medication",
	"user": "Practitioner", "document": "DocumentReference",
}

// standardProbes ask for every operation of the Standard and Portal APIs: at its own place and, where a path names a patient and
// something of his, with another patient's.
func (w *world) standardProbes(reads bool) []probe {
	var list []probe
	for _, r := range table.Routes {
		if reads != (r.Method == http.MethodGet) {
			continue
		}
		asks, _ := access.RequestOf(r.ID)
		for _, site := range []string{home, abroad} {
			d := w.desks[site]
			add := func(patient, owner, path string, want func(q *asker) expectation) {
				where, _ := d.path(r.Path, patient, owner)
				list = append(list, probe{path: path, asks: asks, site: site, want: want, call: call{method: r.Method, path: where, body: d.bodies[r.Method+" "+r.Path]}})
			}
			path, inner := d.path(r.Path, patientA, patientA)
			// within is the answer to one who may: what he asks for, and nothing of those who are secret.
			within := func(q *asker, allowed expectation) expectation {
				if !q.verdict(asks).Allowed {
					return q.refused()
				}
				return allowed
			}
			switch {
			case r.Portal:
				add(patientA, patientA, r.ID, func(q *asker) expectation { return within(q, expectation{free: true, secret: d.secret[patientB]}) })
				if inner {
					add(patientA, patientB, r.ID+" of another", func(q *asker) expectation {
						return within(q, expectation{status: []int{200, 404}, free: true, secret: append([]string{`"` + patientB}, unasked(d.secret[patientB], d, patientB, r.Path)...)})
					})
				}
				continue
			case strings.HasPrefix(path, "/api/patient/") && inner:
				for _, of := range [][2]string{{patientA, patientB}, {patientB, patientA}} {
					add(of[0], of[1], r.ID+" of another patient", func(q *asker) expectation {
						return within(q, expectation{status: []int{404, 400}, free: true, secret: unasked(d.secret[of[1]], d, of[1], r.Path)})
					})
				}
			}
			own := probe{path: r.ID, asks: asks, site: site, call: call{method: r.Method, path: path, body: d.bodies[r.Method+" "+r.Path]}}
			own.want = func(q *asker) expectation { return within(q, expectation{free: true, narrower: narrower[r.ID]}) }
			own.refusalsOnly = r.Method == http.MethodDelete
			list = append(list, own)
		}
	}
	return list
}

// narrower are the operations whose rows have rules of their own about roles: categories of documents, sensitivity of visits.
var narrower = map[string]bool{"getDocument": true, "listDocuments": true, "createDocument": true, "getEncounter": true, "updateEncounter": true}

// unasked are the secrets but those that the path itself names.
func unasked(secret []string, d *desk, owner, template string) []string {
	path, _ := d.path(template, owner, owner)
	return slices.DeleteFunc(slices.Clone(secret), func(s string) bool { return strings.Contains(path, s) })
}
