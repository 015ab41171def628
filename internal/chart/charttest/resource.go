package charttest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// values are the search parameters of a made-up resource by name. How a value is written depends on the parameter's type:
// token system|code or code, reference Type/id or a URL, date 2020-03-01, quantity value|system|code, composite a$b.
type values map[string][]string

type resource struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Values       values `json:"values"`
}

// write makes the write of one version.
func write(key chart.Key, method chart.Method, v values) *chart.Write {
	body, err := json.Marshal(resource{key.Type, key.ID, v})
	if err != nil {
		panic(err)
	}
	rows := &index.Rows{}
	if err := Extract(key.Type, body, rows); err != nil {
		panic(err)
	}
	return &chart.Write{Key: key, Method: method, Body: body, Rows: rows}
}

func create(key chart.Key, v values) *chart.Write { return write(key, chart.Create, v) }
func update(key chart.Key, v values) *chart.Write { return write(key, chart.Update, v) }

func remove(key chart.Key) *chart.Write { return &chart.Write{Key: key, Method: chart.Delete} }

func patient(id string) chart.Key     { return chart.Key{Type: "Patient", ID: id} }
func observation(id string) chart.Key { return chart.Key{Type: "Observation", ID: id} }

// Extract computes the index rows of a made-up resource.
func Extract(typ string, body []byte, rows *index.Rows) error {
	var r resource
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	for name, list := range r.Values {
		p := Table.Lookup(typ, name)
		if p == nil {
			return fmt.Errorf("%s has no parameter %s", typ, name)
		}
		for _, text := range list {
			if err := extract(p, text, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func extract(p *search.Param, text string, rows *index.Rows) error {
	if p.Type == search.Composite {
		a, b, _ := strings.Cut(text, "$")
		var first, second index.Rows
		if err := extract(&search.Param{Type: p.Components[0].Type}, a, &first); err != nil {
			return err
		}
		if err := extract(&search.Param{Type: p.Components[1].Type}, b, &second); err != nil {
			return err
		}
		rows.Composites = append(rows.Composites, index.Composite{Param: p.ID, A: component(&first), B: component(&second)})
		return nil
	}
	switch p.Type {
	case search.Token:
		system, code, found := strings.Cut(text, "|")
		if !found {
			system, code = "", text
		}
		rows.Tokens = append(rows.Tokens, index.Token{Param: p.ID, System: system, Code: code, Text: strings.ToLower(code)})
	case search.String:
		rows.Strings = append(rows.Strings, index.String{Param: p.ID, Norm: strings.ToLower(text), Exact: text})
	case search.URI:
		rows.URIs = append(rows.URIs, index.URI{Param: p.ID, URI: text})
	case search.Reference:
		if strings.Contains(text, "://") {
			rows.References = append(rows.References, index.Reference{Param: p.ID, URL: text})
			return nil
		}
		typ, id, _ := strings.Cut(text, "/")
		rows.References = append(rows.References, index.Reference{Param: p.ID, Type: typ, ID: id})
	case search.Date:
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return err
		}
		rows.Dates = append(rows.Dates, index.Date{Param: p.ID, Lo: day.UnixMicro(), Hi: day.AddDate(0, 0, 1).UnixMicro()})
	case search.Number:
		x, err := strconv.ParseFloat(text, 64)
		rows.Numbers = append(rows.Numbers, index.Number{Param: p.ID, Value: x, Lo: x - .5, Hi: x + .5})
		return err
	case search.Quantity:
		f := strings.Split(text+"||", "|")
		x, err := strconv.ParseFloat(f[0], 64)
		rows.Quantities = append(rows.Quantities, index.Quantity{Param: p.ID, System: f[1], Code: f[2], Value: x, Lo: x - .5, Hi: x + .5})
		return err
	}
	return nil
}

func component(rows *index.Rows) index.Component {
	switch {
	case len(rows.Tokens) > 0:
		return index.Component{Token: &rows.Tokens[0]}
	case len(rows.Strings) > 0:
		return index.Component{String: &rows.Strings[0]}
	case len(rows.Dates) > 0:
		return index.Component{Date: &rows.Dates[0]}
	case len(rows.Numbers) > 0:
		return index.Component{Number: &rows.Numbers[0]}
	case len(rows.Quantities) > 0:
		return index.Component{Quantity: &rows.Quantities[0]}
	case len(rows.References) > 0:
		return index.Component{Reference: &rows.References[0]}
	}
	return index.Component{}
}

// Patient returns a write of a made-up patient, for tests of an implementation's own.
func Patient(id string) *chart.Write {
	return update(patient(id), values{"name": {"Name " + id}, "identifier": {"mrn|" + id}})
}
