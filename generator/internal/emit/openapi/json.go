package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a JSON object whose members keep their order: Swagger UI shows paths and operations in the order of the document.
type object []member

type member struct {
	name  string
	value any // object, list, string, int, bool or literal
}

type list []any

// literal is a JSON value as text.
type literal string

func (o *object) set(name string, value any) { *o = append(*o, member{name, value}) }

// at returns the object under a name and makes it if there is none.
func (o *object) at(name string) *object {
	for i := range *o {
		if m := &(*o)[i]; m.name == name {
			return m.value.(*object) // what at made
		}
	}
	inner := &object{}
	o.set(name, inner)
	return inner
}

func (o object) has(name string) bool {
	for _, m := range o {
		if m.name == name {
			return true
		}
	}
	return false
}

func ref(section, name string) object {
	return object{{"$ref", "#/components/" + section + "/" + name}}
}

func words(items ...string) list {
	out := make(list, len(items))
	for i, s := range items {
		out[i] = s
	}
	return out
}

// render writes the document; the members of objects begin lines, levels deep, so that a change shows as a change.
func render(v any, levels int) ([]byte, error) {
	var b bytes.Buffer
	if err := write(&b, v, levels); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func write(b *bytes.Buffer, v any, levels int) error {
	switch v := v.(type) {
	case *object:
		return write(b, *v, levels)
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if levels > 0 {
				b.WriteByte('\n')
			}
			if err := write(b, m.name, 0); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := write(b, m.value, levels-1); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
		b.WriteByte('}')
	case list:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := write(b, item, 0); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case literal:
		b.WriteString(string(v))
	case string:
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // the line break
	case int:
		fmt.Fprint(b, v)
	case bool:
		fmt.Fprint(b, v)
	default:
		return fmt.Errorf("a %T has no form in a document", v)
	}
	return nil
}
