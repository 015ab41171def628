package tryout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// document is what a trial needs of an OpenAPI document.
type document struct {
	Servers    []struct{ URL string }
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Parameters      map[string]parameter
		Schemas         map[string]schema
		Examples        map[string]struct{ Value json.RawMessage }
		SecuritySchemes map[string]struct {
			Flows map[string]struct{ Scopes map[string]string }
		}
	}
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Example  any
}

type operation struct {
	Parameters  []parameter
	RequestBody struct {
		Content map[string]struct {
			Schema   schema
			Example  json.RawMessage
			Examples map[string]struct {
				Ref   string `json:"$ref"`
				Value json.RawMessage
			}
		}
	}
	Responses map[string]json.RawMessage
}

type schema struct {
	Ref        string `json:"$ref"`
	Format     string
	Example    json.RawMessage
	Properties map[string]schema
}

// call is one request, filled in with what the document proposes.
type call struct {
	method, path, media, body string
	answers                   []int
}

// scopes are all that the document offers, but those that need a patient to be chosen: who signs in is staff, or a patient.
func (d *document) scopes() []string {
	var out []string
	staff := false
	for _, s := range d.Components.SecuritySchemes {
		for _, f := range s.Flows {
			for scope := range f.Scopes {
				staff = staff || strings.HasPrefix(scope, "user/")
				out = append(out, scope)
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(out, func(s string) bool { return staff && (strings.HasPrefix(s, "patient/") || s == "launch/patient") })
}

// order is what is tried first: an order in which each trial leaves the next what it needs.
var order = []string{"put", "post", "get", "patch", "delete"}

// calls are the trials of every operation but the [document.removals].
func (d *document) calls() ([]*call, error) {
	var out []*call
	var paths []string
	for p := range d.Paths {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, method := range order {
		for _, p := range paths {
			raw, ok := d.Paths[p][method]
			if !ok || removes(p) {
				continue
			}
			c, err := d.call(method, p, raw)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, p, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// removals are the trials of what takes versions out of the record for good, which come when nobody reads them any more.
func (d *document) removals() ([]*call, error) {
	var out []*call
	for _, p := range slices.Sorted(maps.Keys(d.Paths)) {
		raw, ok := d.Paths[p]["post"]
		if !ok || !removes(p) {
			continue
		}
		c, err := d.call("post", p, raw)
		if err != nil {
			return nil, fmt.Errorf("post %s: %w", p, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// removes reports whether a path is that of an operation which takes versions out of the record for good.
func removes(path string) bool {
	return strings.HasSuffix(path, "/$expunge") || strings.HasSuffix(path, "/$purge-history")
}

func (d *document) call(method, path string, raw json.RawMessage) (*call, error) {
	var op operation
	if err := json.Unmarshal(raw, &op); err != nil {
		return nil, err
	}
	params := op.Parameters
	if shared, ok := d.Paths[path]["parameters"]; ok {
		var more []parameter
		if err := json.Unmarshal(shared, &more); err != nil {
			return nil, err
		}
		params = append(more, params...)
	}
	c := &call{method: strings.ToUpper(method), path: path}
	query := url.Values{}
	for _, p := range params {
		if p.Ref != "" {
			p = d.Components.Parameters[last(p.Ref)]
		}
		switch {
		case p.Example == nil && p.Required:
			return nil, fmt.Errorf("the parameter %s has no example", p.Name)
		case p.Example == nil:
		case p.In == "path":
			c.path = strings.ReplaceAll(c.path, "{"+p.Name+"}", url.PathEscape(fmt.Sprint(p.Example)))
		case p.In == "query":
			query.Set(p.Name, fmt.Sprint(p.Example))
		}
	}
	if len(query) > 0 {
		c.path += "?" + query.Encode()
	}
	if err := d.fill(c, &op); err != nil {
		return nil, err
	}
	for status := range op.Responses {
		n, err := strconv.Atoi(status)
		if err != nil {
			return nil, err
		}
		c.answers = append(c.answers, n)
	}
	return c, nil
}

// fill puts the example of the body into a call, that of the first media type by name: files are the last of a Binary's.
func (d *document) fill(c *call, op *operation) error {
	for _, media := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		if c.media != "" {
			break
		}
		c.media = media
		content := op.RequestBody.Content[media]
		s := content.Schema
		if s.Ref != "" {
			s = d.Components.Schemas[last(s.Ref)]
		}
		if media == "application/x-www-form-urlencoded" {
			form := url.Values{}
			for name, p := range s.Properties {
				if p.Ref != "" {
					p = d.Components.Schemas[last(p.Ref)]
				}
				var text string
				if p.Example != nil {
					if err := json.Unmarshal(p.Example, &text); err != nil {
						return err
					}
					form.Set(name, text)
				}
			}
			c.body = form.Encode()
			continue
		}
		if media == "multipart/form-data" {
			if err := c.fillForm(s); err != nil {
				return err
			}
			continue
		}
		example := content.Example
		for _, e := range content.Examples {
			if example = e.Value; e.Ref != "" {
				example = d.Components.Examples[last(e.Ref)].Value
			}
		}
		if example == nil {
			example = s.Example
		}
		if example == nil {
			return errors.New("the body has no example")
		}
		c.body = string(example)
	}
	return nil
}

// fillForm makes the body of an upload. A property that is binary is a file, with the bytes of its example.
// https://spec.openapis.org/oas/v3.0.3#special-considerations-for-multipart-content
func (c *call) fillForm(s schema) error {
	var body strings.Builder
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if p.Example == nil {
			return fmt.Errorf("the part %s has no example", name)
		}
		var text string
		if err := json.Unmarshal(p.Example, &text); err != nil {
			return err
		}
		create := form.CreateFormField
		if p.Format == "binary" {
			create = func(name string) (io.Writer, error) { return form.CreateFormFile(name, "note.txt") }
		}
		part, err := create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, text); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	c.media, c.body = form.FormDataContentType(), body.String()
	return nil
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
