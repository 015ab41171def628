package matrix_test

import (
	"encoding/json"
	"maps"
	"net/http"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
)

// The writes of most probes name a version that never was, so that one who may write is told so by a 412 and nothing changes:
// what a refusal looks like, and what somebody else's record looks like, shows all the same.
const stale = `W/"999999"`

// fhirWrites are the paths by which the FHIR API changes what there is of a type. They change nothing.
func fhirWrites(all []*fact, typ string) []probe {
	var list []probe
	for _, f := range all {
		if f.Type != typ || f.deleted {
			continue
		}
		// stored is the answer to a stale write under the letter u.
		stored := func(q *asker, status ...int) expectation {
			v := q.may(access.Update, typ)
			switch {
			case !v.Allowed:
				return q.refused()
			case !q.sees(v, f):
				return missing(404)
			}
			return missing(status...)
		}
		searched := func(q *asker, want func() expectation) expectation {
			if !q.may(access.Search, typ).Allowed {
				return q.refused()
			}
			return want()
		}
		body := f.body(siteMark)
		patch := []byte(`[{"op":"test","path":"/id","value":"another"}]`)
		header := map[string]string{"If-Match": stale}
		add := func(path, method, where string, action access.Action, body []byte, header map[string]string, want func(q *asker) expectation) {
			list = append(list, probe{path: path, asks: access.Request{API: access.FHIR, Action: action, Type: typ}, want: want, call: call{
				method: method, path: "/fhir/" + where, body: body, header: header,
			}})
		}
		byID := typ + "?_id=" + f.ID
		add("update", http.MethodPut, f.Key.String(), access.Update, body, header, func(q *asker) expectation { return stored(q, 412) })
		add("patch", http.MethodPatch, f.Key.String(), access.Update, patch, map[string]string{
			"If-Match": stale, "Content-Type": "application/json-patch+json",
		}, func(q *asker) expectation { return stored(q, 412, 422) })
		add("conditional update", http.MethodPut, byID, access.Update, body, header, func(q *asker) expectation {
			if e := stored(q, 412); e.status[0] == 401 || e.status[0] == 403 {
				return e
			}
			return searched(q, func() expectation {
				if !q.sees(q.may(access.Search, typ), f) {
					return missing(412) // the version that nothing has
				}
				return stored(q, 412)
			})
		})
		add("delete", http.MethodDelete, f.Key.String(), access.Delete, nil, header, func(q *asker) expectation {
			if !q.may(access.Delete, typ).Allowed {
				return q.refused()
			}
			return missing(412) // also where it is not seen: what is not there looks the same
		})
		add("conditional delete", http.MethodDelete, byID, access.Delete, nil, header, func(q *asker) expectation {
			if !q.may(access.Delete, typ).Allowed {
				return q.refused()
			}
			return searched(q, func() expectation { return missing(412) }) // found or not: nothing has the version
		})
		entry := func(kind string) []byte {
			b, err := json.Marshal(map[string]any{"resourceType": "Bundle", "type": kind, "entry": []any{map[string]any{
				"resource": json.RawMessage(body), "request": map[string]any{"method": "PUT", "url": f.Key.String(), "ifMatch": stale},
			}}})
			if err != nil {
				panic(err)
			}
			return b
		}
		add("update in a batch", http.MethodPost, "", access.Update, entry("batch"), nil, func(q *asker) expectation { return q.inBatch(stored(q, 412)) })
		add("update in a transaction", http.MethodPost, "", access.Update, entry("transaction"), nil, func(q *asker) expectation {
			return q.inTransaction(stored(q, 412))
		})
	}
	return list
}

// fhirCreates make new resources of a type: about A, about B, about several or nobody.
func fhirCreates(all []*fact, typ string) []probe {
	var list []probe
	for _, f := range all {
		if f.Type != typ || f.deleted {
			continue
		}
		content := maps.Clone(f.content)
		delete(content, "id")
		delete(content, "meta")
		body, err := json.Marshal(content)
		if err != nil {
			panic(err)
		}
		asks := access.Request{API: access.FHIR, Action: access.Create, Type: typ}
		// The new one has another id, which no query for an id selects.
		fresh := *f
		fresh.ID = "new"
		if typ == "Patient" {
			fresh.owner = "new"
		}
		create := func(q *asker) expectation {
			v := q.may(access.Create, typ)
			if !v.Allowed || !q.sees(v, &fresh) {
				return q.refused()
			}
			return missing(201)
		}
		list = append(list,
			probe{path: "create", asks: asks, want: create, call: call{method: http.MethodPost, path: "/fhir/" + typ, body: body}},
			probe{path: "conditional create", asks: asks, call: call{
				method: http.MethodPost, path: "/fhir/" + typ, body: body, header: map[string]string{"If-None-Exist": "_id=" + f.ID},
			}, want: func(q *asker) expectation {
				switch v := q.may(access.Search, typ); {
				case !q.may(access.Create, typ).Allowed, !v.Allowed:
					return q.refused()
				case q.sees(v, f):
					return shown(f)
				}
				return create(q)
			}})
	}
	return list
}

// fhirDeletes really delete. What the asker does not see is answered like what he does, and stays.
func fhirDeletes(all []*fact, typ string) []probe {
	var list []probe
	for _, f := range all {
		if f.Type != typ || f.deleted {
			continue
		}
		list = append(list, probe{
			path: "delete for real", asks: access.Request{API: access.FHIR, Action: access.Delete, Type: typ}, victim: f,
			call: call{method: http.MethodDelete, path: "/fhir/" + f.Key.String()},
			want: func(q *asker) expectation {
				if !q.may(access.Delete, typ).Allowed {
					return q.refused()
				}
				return missing(204)
			},
		})
	}
	return list
}

// fhirOperations call every operation that is offered on a type. What each shows is at most what the asker may read or find; the
// operations whose answer is one resource show exactly that.
func fhirOperations(all []*fact, typ string) []probe {
	var list []probe
	for _, o := range r4route.Operations {
		if !o.On(typ) {
			continue
		}
		asks := access.Request{API: access.FHIR, Type: typ, Operation: "$" + o.Code}
		add := func(where string, f *fact) {
			p := probe{path: "$" + o.Code, asks: asks, also: "Observation", call: call{method: http.MethodGet, path: "/fhir/" + where}}
			p.want = func(q *asker) expectation { return q.operation(asks, f, o.Code) }
			if o.Post {
				p.call.method, p.changes = http.MethodPost, true
				p.call.body = []byte(`{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:matrix","code":"seen"}]}}]}`)
			}
			list = append(list, p)
		}
		if o.Instance {
			for _, f := range all {
				if f.Type == typ && !f.deleted {
					add(f.Key.String()+"/$"+o.Code, f)
				}
			}
		}
		if o.Type {
			add(typ+"/$"+o.Code+operationQuery[o.Code], nil)
		}
	}
	return list
}

// operationQuery is what operations need to be asked to show anything.
var operationQuery = map[string]string{"lastn": "?max=100&patient=Patient/" + patientB + ",Patient/" + patientA + "&category=laboratory,vital-signs"}

// operation is the answer to an operation on f, on its type if that is nil.
func (q *asker) operation(r access.Request, f *fact, code string) expectation {
	v := q.verdict(r)
	switch {
	case !v.Allowed:
		return q.refused()
	case f != nil && (code == "meta" || code == "everything" || code == "validate") && !q.sees(v, f):
		return missing(404)
	case f != nil && code == "meta":
		return shown(f)
	}
	return expectation{most: func() (rows []*fact) {
		for _, x := range q.facts {
			if q.sees(q.may(access.Read, x.Type), x) || q.sees(q.may(access.Search, x.Type), x) || x.Type == r.Type && q.sees(v, x) {
				rows = append(rows, x)
			}
		}
		return rows
	}}
}
