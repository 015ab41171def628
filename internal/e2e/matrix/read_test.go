package matrix_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chartwright/gen/r4route"
	"chartwright/gen/r4search"
	table "chartwright/gen/scope"
	"chartwright/internal/access"
)

// probe is one request by one path to the data, and what each asker is to get.
type probe struct {
	path string         // the name of the path, for the report
	asks access.Request // what scopes are tried for
	also string         // another type that the path goes through; half of the tokens have scopes for it
	call call           // its path is relative to /apis/{site}
	want func(q *asker) expectation
	// victim is what an allowed request deletes; it is put back.
	victim       *fact
	changes      bool   // it changes what it may, which nothing else depends on
	refusalsOnly bool   // it is not sent by those who may
	site         string // where alone it makes sense; "" = everywhere
}

// fhirReads are the paths by which the FHIR API shows the resources of a type.
func fhirReads(all []*fact, typ string) []probe {
	var list []probe
	ask := func(action access.Action) access.Request {
		return access.Request{API: access.FHIR, Action: action, Type: typ}
	}
	get := func(path, where string, action access.Action, want func(q *asker) expectation) *probe {
		list = append(list, probe{path: path, asks: ask(action), call: call{method: "GET", path: "/fhir/" + where}, want: want})
		return &list[len(list)-1]
	}
	all = slices.DeleteFunc(slices.Clone(all), func(f *fact) bool { return f.Type != typ })
	for _, f := range all {
		read := func(q *asker) expectation { return q.read(q.may(access.Read, typ), f) }
		get("read", f.Key.String(), access.Read, read)
		get("read as XML", f.Key.String()+"?_format=xml", access.Read, read)
		get("read of a summary", f.Key.String()+"?_summary=true", access.Read, read)
		batched(&list, "batch", ask(access.Read), f.Key.String(), func(q *asker) expectation { return q.inBatch(read(q)) })
		batched(&list, "transaction", ask(access.Read), f.Key.String(), func(q *asker) expectation { return q.inTransaction(read(q)) })
		get("vread", f.Key.String()+"/_history/1", access.Read, func(q *asker) expectation {
			v := q.may(access.Read, typ)
			switch e := q.read(v, f); {
			case e.status[0] == 410:
				return shown(f) // the version before the deletion
			case e.status[0] == 200 && f.recoded && len(v.Filters) > 0:
				was := *f
				was.category = strings.Replace(f.category, "laboratory", "vital-signs", 1)
				if !slices.ContainsFunc(v.Filters, was.matches) {
					return missing(404) // it is held against the query as it was
				}
				return e
			default:
				return e
			}
		})
		get("history-instance", f.Key.String()+"/_history", access.Read, func(q *asker) expectation {
			v := q.may(access.Read, typ)
			if v.Allowed && !q.sees(v, f) {
				return missing(404)
			}
			return q.history(v, func(o *fact) bool { return o == f })
		})
	}
	find := func(q *asker) expectation { return q.search(typ, nil) }
	many := "_count=1000"
	if typ == "AuditEvent" {
		many = "_count=10" // the trail of the requests themselves, of which there is no end
	}
	get("search-type", typ+"?"+many, access.Search, find)
	get("search-type sorted", typ+"?_sort=-_lastUpdated&"+many, access.Search, find)
	list = append(list, probe{path: "search-type by POST", asks: ask(access.Search), want: find, call: call{
		method: "POST", path: "/fhir/" + typ + "/_search", body: []byte(many), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	}})
	get("count", typ+"?_summary=count", access.Search, func(q *asker) expectation {
		e := find(q)
		// Of other types a new site holds some already, and Provenance of them; the trail grows with every request.
		e.counted = e.status[0] == 200 && table.TypeOf(typ).Sight == table.Owned && typ != "Provenance" && typ != "AuditEvent"
		e.total, e.rows = len(e.rows), nil
		return e
	})
	get("search-system", "?_type="+typ+"&"+many, access.Search, find)
	batched(&list, "search in a batch", ask(access.Search), typ+"?"+many, func(q *asker) expectation { return q.inBatch(find(q)) })
	if r4route.Lookup(typ).Interactions.Has(r4route.HistoryType) {
		get("history-type", typ+"/_history?"+many, access.Search, func(q *asker) expectation {
			return q.history(q.may(access.Search, typ), func(f *fact) bool { return f.Type == typ })
		})
	}
	for _, f := range all {
		get("search by id", typ+"?_id="+f.ID, access.Search, func(q *asker) expectation {
			return q.search(typ, func(o *fact) bool { return o == f })
		})
	}
	param := patientParam(typ)
	if param == "" || typ == "Patient" {
		return list
	}
	for _, p := range []string{patientA, patientB} {
		about := func(f *fact) bool { return slices.Contains(f.about, p) }
		get("search by patient", fmt.Sprintf("%s?%s&%s=Patient/%s", typ, many, param, p), access.Search, func(q *asker) expectation { return q.search(typ, about) })
		get("chain", fmt.Sprintf("%s?%s&%s:Patient.identifier=%s", typ, many, param, url.QueryEscape("urn:matrix|"+p)), access.Search, func(q *asker) expectation {
			if e := q.search(typ, nil); e.status[0] != 200 {
				return e
			}
			if !q.may(access.Search, "Patient").Allowed {
				return q.refused()
			}
			if q.withTrail(expectation{}).trail && typ == "AuditEvent" {
				return missing(400) // the trail, which a granular scope does not show, follows no chains
			}
			return q.search(typ, func(f *fact) bool {
				return slices.ContainsFunc(q.patients(f), func(x *fact) bool { return x.ID == p })
			})
		}).also = "Patient"
		for _, f := range all {
			if !slices.Contains(f.about, p) || f.deleted {
				continue
			}
			list = append(list, probe{
				path: "_has", asks: ask(access.Search), also: "Patient", call: call{method: "GET", path: "/fhir/Patient?_has:" + typ + ":" + param + ":_id=" + f.ID},
				want: func(q *asker) expectation {
					if e := q.search("Patient", nil); e.status[0] != 200 {
						return e
					}
					if !q.may(access.Search, typ).Allowed {
						return q.refused()
					}
					if !q.sees(q.may(access.Search, typ), f) {
						return shown()
					}
					return shown(q.patients(f)...)
				},
			})
		}
		if inPatientCompartment(typ, param) {
			get("compartment", "Patient/"+p+"/"+typ+"?"+many, access.Search, func(q *asker) expectation {
				return q.search(typ, func(f *fact) bool { return about(f) || slices.Contains(f.names, p) })
			})
			list[len(list)-1].also = "Patient"
		}
	}
	get("_include", fmt.Sprintf("%s?%s&_include=%s:%s", typ, many, typ, param), access.Search, func(q *asker) expectation {
		e := q.search(typ, nil)
		e.rows = append(e.rows, q.patients(e.rows...)...)
		return e
	}).also = "Patient"
	list = append(list, probe{
		path: "_revinclude", asks: ask(access.Search), also: "Patient", call: call{method: "GET", path: "/fhir/Patient?_count=1000&_revinclude=" + typ + ":" + param},
		want: func(q *asker) expectation {
			e := q.search("Patient", nil)
			found := e.rows
			for _, f := range q.live(q.may(access.Search, typ), typ) {
				if slices.ContainsFunc(found, func(p *fact) bool { return slices.Contains(f.about, p.ID) }) {
					e.rows = append(e.rows, f)
				}
			}
			return e
		},
	})
	return list
}

// siteMark stands for the name of the site in a call.
const siteMark = "anysite"

// batched adds a Bundle with one entry that reads.
func batched(list *[]probe, kind string, asks access.Request, where string, want func(q *asker) expectation) {
	typ := "batch"
	if kind == "transaction" {
		typ = kind
	}
	body, _ := json.Marshal(map[string]any{"resourceType": "Bundle", "type": typ, "entry": []any{
		map[string]any{"request": map[string]any{"method": "GET", "url": where}},
	}})
	*list = append(*list, probe{path: kind, asks: asks, call: call{method: "POST", path: "/fhir", body: body}, want: want})
}

// inPatientCompartment reports whether the parameter leads into the patient compartment, and performer as the only other.
func inPatientCompartment(typ, param string) bool {
	for _, m := range r4search.CompartmentOf("Patient").Members {
		if m.Type == typ {
			return slices.Contains(m.Params, param) || slices.Contains(m.Params, "subject") && param == "patient"
		}
	}
	return false
}

// visitReads are the paths from an observation to a visit and its patient, through two types.
func visitReads(all []*fact) []probe {
	var list []probe
	for _, p := range []string{patientA, patientB} {
		visit := p + "-Encounter"
		atVisit := func(q *asker, f *fact) bool { return f.ID == p+"-Observation" }
		asks := access.Request{API: access.FHIR, Action: access.Search, Type: "Observation"}
		sees := func(q *asker, typ, id string) bool {
			for _, f := range all {
				if f.Type == typ && f.ID == id {
					return q.sees(q.may(access.Search, typ), f)
				}
			}
			return false
		}
		list = append(list,
			probe{path: "chain of two", asks: asks, also: "Encounter", call: call{
				method: "GET", path: "/fhir/Observation?_count=1000&encounter:Encounter.patient.identifier=" + url.QueryEscape("urn:matrix|"+p),
			}, want: func(q *asker) expectation {
				for _, typ := range []string{"Observation", "Encounter", "Patient"} {
					if !q.may(access.Search, typ).Allowed {
						return q.refused()
					}
				}
				return q.search("Observation", func(f *fact) bool {
					return atVisit(q, f) && sees(q, "Encounter", visit) && sees(q, "Patient", p)
				})
			}},
			probe{path: "compartment of a visit", asks: asks, also: "Encounter", call: call{method: "GET", path: "/fhir/Encounter/" + visit + "/Observation?_count=1000"},
				want: func(q *asker) expectation {
					return q.search("Observation", func(f *fact) bool { return atVisit(q, f) })
				}},
			probe{path: "nested _has", asks: asks, also: "Encounter", call: call{
				method: "GET", path: "/fhir/Patient?_has:Encounter:patient:_has:Observation:encounter:_id=" + p + "-Observation",
			}, want: func(q *asker) expectation {
				for _, typ := range []string{"Patient", "Encounter", "Observation"} {
					if !q.may(access.Search, typ).Allowed {
						return q.refused()
					}
				}
				return q.search("Patient", func(f *fact) bool {
					return f.ID == p && sees(q, "Encounter", visit) && sees(q, "Observation", p+"-Observation")
				})
			}},
		)
	}
	return list
}

// wholeReads are the paths over all types at once.
func wholeReads() []probe {
	// searched are the types that the asker may search, each of them as far as he sees it.
	searched := func(q *asker) (types []string) {
		for _, t := range table.Types {
			if v := q.may(access.Search, t.Name); v.Allowed && r4route.Lookup(t.Name) != nil {
				types = append(types, t.Name)
			}
		}
		return types
	}
	var list []probe
	for _, typ := range []string{"Patient", "Observation"} {
		asks := access.Request{API: access.FHIR, Action: access.Search, Type: typ}
		list = append(list,
			probe{path: "search-system over everything", asks: asks, also: "Condition", call: call{method: "GET", path: "/fhir/?_count=1000&_lastUpdated=gt2000"}, want: func(q *asker) expectation {
				types := searched(q)
				if len(types) == 0 {
					return q.refused()
				}
				e := shown()
				for _, typ := range types {
					e.rows = append(e.rows, q.live(q.may(access.Search, typ), typ)...)
				}
				return e
			}},
			probe{path: "history-system", asks: asks, also: "Condition", call: call{method: "GET", path: "/fhir/_history?_count=1000"}, want: func(q *asker) expectation {
				types := searched(q)
				if len(types) == 0 {
					return q.refused()
				}
				e := shown()
				for _, f := range q.facts {
					v := q.may(access.Search, f.Type)
					if slices.Contains(types, f.Type) && q.sees(v, f) {
						e.rows = append(e.rows, f)
					}
				}
				return e
			}},
			probe{path: "history-system of a type", asks: asks, call: call{method: "GET", path: "/fhir/_history?_count=1000&_type=" + typ}, want: func(q *asker) expectation {
				return q.history(q.may(access.Search, typ), func(f *fact) bool { return f.Type == typ })
			}},
		)
	}
	return list
}
