package tsclient

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// declare writes the type of a schema.
func (p *printer) declare(name string, s *schema) {
	p.line("")
	p.comment("", s.Description)
	if len(s.Properties) == 0 || len(s.AllOf) > 0 || s.Nullable {
		p.line("export type %s = %s;", name, typeOf(s))
		return
	}
	p.line("export interface %s {", name)
	for _, m := range s.Properties {
		p.comment("  ", m.Value.Description)
		p.line("  %s", property(m, s.Required))
	}
	p.line("}")
}

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func property(m member[*schema], required []string) string {
	name := m.Name
	if !word.MatchString(name) {
		name = quote(name)
	}
	if !slices.Contains(required, m.Name) {
		name += "?"
	}
	return name + ": " + typeOf(m.Value) + ";"
}

// typeOf returns the type of a schema in TypeScript.
func typeOf(s *schema) string {
	t := plain(s)
	if s.Nullable {
		t += " | null"
	}
	return t
}

func plain(s *schema) string {
	switch {
	case s.Ref != "":
		return last(s.Ref)
	case len(s.AllOf) > 0:
		return intersection(s.AllOf)
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = quote(v)
		}
		return strings.Join(values, " | ")
	case len(s.Properties) > 0:
		var parts []string
		for _, m := range s.Properties {
			parts = append(parts, strings.TrimSuffix(property(m, s.Required), ";"))
		}
		return "{ " + strings.Join(parts, "; ") + " }"
	case s.AdditionalProperties != nil:
		return "{ [key: string]: " + typeOf(s.AdditionalProperties) + " }"
	}
	switch s.Type {
	case "array":
		return list(s)
	case "string":
		if s.Format == "binary" {
			return "Blob"
		}
		return "string"
	case "integer", "number":
		return "number"
	case "boolean":
		return "boolean"
	case "object":
		return "{ [key: string]: unknown }"
	}
	return "unknown"
}

func list(s *schema) string {
	if s.MaxItems != nil && *s.MaxItems == 0 {
		return "never[]"
	}
	item := "unknown"
	if s.Items != nil {
		item = typeOf(s.Items)
	}
	if strings.ContainsAny(item, "|&") {
		item = "(" + item + ")"
	}
	return item + "[]"
}

// intersection is all of the parts. A part that only requires makes members of those before it required.
func intersection(parts []*schema) string {
	var out []string
	for _, part := range parts {
		if len(part.Required) == 0 || len(part.Properties) > 0 || len(out) == 0 {
			out = append(out, typeOf(part))
			continue
		}
		names := make([]string, len(part.Required))
		for i, name := range part.Required {
			names[i] = quote(name)
		}
		out = append(out, fmt.Sprintf("Required<Pick<%s, %s>>", strings.Join(out, " & "), strings.Join(names, " | ")))
	}
	return strings.Join(out, " & ")
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // what was read from JSON can be written in JSON
	}
	return string(b)
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
