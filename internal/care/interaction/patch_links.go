package interaction

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/patch"
)

// links replaces those in the values of the operations; what kind of element a value is, its path tells.
func (p *jsonPatch) links(fn func(fhir.Link, string) string) error {
	for _, operation := range p.operations {
		raw := operation["value"]
		pointer, err := operation.Path()
		if raw == nil || err != nil {
			continue // whoever needs it says that it is missing
		}
		replaced, err := replaceLinks(p.typ, namesOf(pointer), *raw, fn)
		if err != nil {
			return err
		}
		*raw = replaced
	}
	return nil
}

func (p *mergePatch) links(fn func(fhir.Link, string) string) (err error) {
	p.body, err = replaceLinks(p.typ, nil, p.body, fn)
	return err
}

// links replaces those in the values of the operations, also where a Reference.reference or narrative is given as a mere string.
func (p *fhirPathPatch) links(fn func(fhir.Link, string) string) (err error) {
	replace := func(kind fhir.Link) func(*string) {
		return func(text *string) { *text = fn(kind, *text) }
	}
	for i := range p.text.Parameter {
		var name string
		var value *fhir.String
		for j := range p.text.Parameter[i].Part {
			part := &p.text.Parameter[i].Part[j]
			text, _ := part.Value.(*fhir.String)
			switch {
			case text == nil:
			case part.Name.V == "path" && name == "":
				name = lastName(text.V)
			case part.Name.V == "name":
				name = text.V
			case part.Name.V == "value":
				value = text
			}
		}
		switch {
		case value == nil:
		case name == "reference":
			replace(fhir.LinkReference)(&value.V)
		case name == "div":
			replace(fhir.LinkNarrative)(&value.V)
		}
	}
	fhir.WalkReferences(p.text, replace(fhir.LinkReference))
	fhir.WalkLinks(p.text, replace(fhir.LinkAddress))
	fhir.WalkNarratives(p.text, replace(fhir.LinkNarrative))
	p.parsed, err = patch.Parse(p.text)
	return err
}

// replaceLinks replaces the links in text, JSON that a patch puts at path into a resource of type typ. Where there is none to
// replace, text is returned as it is.
func replaceLinks(typ string, path []string, text []byte, fn func(fhir.Link, string) string) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return text, nil //nolint:nilerr // whoever applies the patch says what is wrong with it
	}
	replaced := false
	tree = r4.Schema.ReplaceLinks(r4.TypeByName(typ), path, tree, func(kind fhir.Link, link string) string {
		final := fn(kind, link)
		replaced = replaced || final != link
		return final
	})
	if !replaced {
		return text, nil
	}
	out, err := json.Marshal(tree)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.patch", err)
	}
	return out, nil
}

// namesOf lists the names of elements in a JSON Pointer, from the outside in, without the places in lists.
func namesOf(pointer string) []string {
	var names []string
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if _, err := strconv.ParseUint(token, 10, 31); err != nil && token != "-" && token != "" {
			names = append(names, token)
		}
	}
	return names
}

// lastName is the name of the element that a FHIRPath expression ends with; empty if it ends with something else.
func lastName(path string) string {
	path = strings.TrimSpace(path)
	if open := strings.LastIndexByte(path, '['); open > 0 && strings.HasSuffix(path, "]") {
		path = path[:open]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}
