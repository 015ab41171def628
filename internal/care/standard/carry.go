package standard

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/care/standard/row"
	"chartwright/internal/fhir"
)

// fieldsURL names the extension that keeps fields without a home in FHIR. It is complex: each of its extensions has the name
// of a field as url, and a string or an integer as value. It may stand on any resource that a record of the Standard API is
// made of, and on the concepts of a list.
const fieldsURL = "https://chartwright.example/fhir/StructureDefinition/standard-fields"

// fieldSet names fields that have a home in FHIR.
type fieldSet map[string]bool

// fields makes a set of the names in a text.
func fields(names string) fieldSet {
	s := fieldSet{}
	for n := range strings.FieldsSeq(names) {
		s[n] = true
	}
	return s
}

// carry keeps in extensions the fields of the struct that in points to, but for those of home. A field that is not sent stays
// as it is, an empty one goes.
func carry(extensions []fhir.Extension, in any, home fieldSet) []fhir.Extension {
	kept := carrier(extensions)
	row.Each(in, func(name string, value any) {
		if !home[name] {
			kept.put(name, value)
		}
	})
	return kept.back(extensions)
}

// recarry is [carry] for a body that replaces the record: a field that is not sent goes.
func recarry(extensions []fhir.Extension, in any, home fieldSet) []fhir.Extension {
	kept := carrier(extensions)
	for _, name := range row.Names(in) {
		kept.put(name, "")
	}
	return carry(kept.back(extensions), in, home)
}

// carried gives the fields of the struct that out points to what extensions keep.
func carried(extensions []fhir.Extension, out any) {
	for _, x := range carrier(extensions).fields {
		switch v := x.Value.(type) {
		case *fhir.String:
			row.Set(out, x.URL, v.V)
		case *fhir.Integer:
			row.Set(out, x.URL, int64(v.V))
		}
	}
}

// carriedText returns one field as text; empty if it is not kept.
func carriedText(extensions []fhir.Extension, name string) string {
	for _, x := range carrier(extensions).fields {
		if x.URL != name {
			continue
		}
		switch v := x.Value.(type) {
		case *fhir.String:
			return v.V
		case *fhir.Integer:
			return strconv.Itoa(int(v.V))
		}
	}
	return ""
}

// keep sets one field.
func keep(extensions []fhir.Extension, name, value string) []fhir.Extension {
	kept := carrier(extensions)
	kept.put(name, value)
	return kept.back(extensions)
}

// carriage is the content of the extension.
type carriage struct{ fields []fhir.Extension }

func carrier(extensions []fhir.Extension) *carriage {
	for i := range extensions {
		if extensions[i].URL == fieldsURL {
			return &carriage{slices.Clone(extensions[i].Extension)}
		}
	}
	return &carriage{}
}

func (c *carriage) put(name string, value any) {
	var v fhir.Value
	switch x := value.(type) {
	case string:
		if x != "" {
			s := fhir.NewString(x)
			v = &s
		}
	case int64:
		if x < math.MinInt32 || x > math.MaxInt32 {
			s := fhir.NewString(strconv.FormatInt(x, 10))
			v = &s
		} else {
			n := fhir.NewInteger(int32(x))
			v = &n
		}
	}
	i := slices.IndexFunc(c.fields, func(x fhir.Extension) bool { return x.URL == name })
	switch {
	case v == nil && i >= 0:
		c.fields = slices.Delete(c.fields, i, i+1)
	case v == nil:
	case i >= 0:
		c.fields[i].Value = v
	default:
		c.fields = append(c.fields, fhir.Extension{URL: name, Value: v})
	}
}

// back returns extensions with this content.
func (c *carriage) back(extensions []fhir.Extension) []fhir.Extension {
	out := slices.DeleteFunc(slices.Clone(extensions), func(x fhir.Extension) bool { return x.URL == fieldsURL })
	if len(c.fields) > 0 {
		out = append(out, fhir.Extension{URL: fieldsURL, Extension: c.fields})
	}
	return out
}
