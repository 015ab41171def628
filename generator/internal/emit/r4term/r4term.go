// Package r4term emits gen/r4term: the code systems and value sets of the definitions, each a small resource on a line of its
// own. They hold what tells which codes belong to a set and how codes stand to each other, and no displays.
package r4term

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"
)

const (
	name = "r4term"
	from = "spec/fhir"
)

// Emitter emits gen/r4term.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// The resources as they are printed, in the order of their definitions.
type (
	codeSystem struct {
		ResourceType     string    `json:"resourceType"`
		URL              string    `json:"url"`
		Version          string    `json:"version,omitempty"`
		HierarchyMeaning string    `json:"hierarchyMeaning,omitempty"`
		Content          string    `json:"content"`
		Concept          []concept `json:"concept,omitempty"`
	}
	concept struct {
		Code     string     `json:"code"`
		Property []property `json:"property,omitempty"`
		Concept  []concept  `json:"concept,omitempty"`
	}
	property struct {
		Code      string `json:"code"`
		ValueCode string `json:"valueCode"`
	}
	valueSet struct {
		ResourceType string  `json:"resourceType"`
		URL          string  `json:"url"`
		Version      string  `json:"version,omitempty"`
		Compose      compose `json:"compose"`
	}
	compose struct {
		Include []rule `json:"include,omitempty"`
		Exclude []rule `json:"exclude,omitempty"`
	}
	rule struct {
		System   string    `json:"system,omitempty"`
		Version  string    `json:"version,omitempty"`
		Concept  []concept `json:"concept,omitempty"`
		Filter   []filter  `json:"filter,omitempty"`
		ValueSet []string  `json:"valueSet,omitempty"`
	}
	filter struct {
		Property string `json:"property"`
		Op       string `json:"op"`
		Value    string `json:"value"`
	}
)

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	lines := map[string]*bytes.Buffer{}
	put := func(kind, url string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
		file := kind + "-" + part(url) + ".ndjson"
		if lines[file] == nil {
			lines[file] = &bytes.Buffer{}
		}
		lines[file].Write(append(data, '\n'))
		return nil
	}
	for _, c := range m.Terminology.CodeSystems {
		if err := put("codesystem", c.URL, codeSystem{"CodeSystem", c.URL, c.Version, c.HierarchyMeaning, c.Content, concepts(c.Concepts)}); err != nil {
			return nil, err
		}
	}
	for _, v := range m.Terminology.Sets {
		if err := put("valueset", v.URL, valueSet{"ValueSet", v.URL, v.Version, compose{rules(v.Include), rules(v.Exclude)}}); err != nil {
			return nil, err
		}
	}
	index, err := emit.Go(name+"/terminology.go", index())
	if err != nil {
		return nil, err
	}
	files := []emit.File{index}
	for file, b := range lines {
		files = append(files, emit.File{Path: name + "/" + file, Data: b.Bytes()})
	}
	slices.SortFunc(files, func(a, b emit.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// part names the part of the definitions that a URL belongs to, so that each file stays small: the tables of HL7 version 2 and
// 3, and the rest by the first letter of its name.
func part(url string) string {
	last := url[strings.LastIndexByte(url, '/')+1:]
	switch {
	case strings.HasPrefix(last, "v2-"), strings.HasPrefix(last, "v3-"):
		return last[:2]
	case strings.ToLower(last) < "n":
		return "a-m"
	}
	return "n-z"
}

func concepts(list []*model.Concept) []concept {
	var out []concept
	for _, c := range list {
		one := concept{Code: c.Code, Concept: concepts(c.Concepts)}
		for _, code := range c.Also {
			one.Property = append(one.Property, property{"child", code})
		}
		out = append(out, one)
	}
	return out
}

func rules(list []model.SetRule) []rule {
	var out []rule
	for _, r := range list {
		one := rule{System: r.System, Version: r.Version, ValueSet: r.Sets}
		for _, code := range r.Codes {
			one.Concept = append(one.Concept, concept{Code: code})
		}
		for _, f := range r.Filters {
			one.Filter = append(one.Filter, filter(f))
		}
		out = append(out, one)
	}
	return out
}

func index() []byte {
	return []byte(emit.Header(name, from) + `
// Package r4term holds the code systems and value sets of FHIR R4 and the HL7 tables that come with it: small resources, each
// on a line of its own, without displays. internal/fhir/term reads them.
package r4term

import "embed"

// Definitions are the files codesystem-*.ndjson and valueset-*.ndjson.
//
//go:embed *.ndjson
var Definitions embed.FS
`)
}
