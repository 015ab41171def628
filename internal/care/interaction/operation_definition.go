package interaction

import (
	"encoding/json"
	"slices"

	"chartwright/gen/r4route"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// The parts of an OperationDefinition that this server fills, in the order of the definition.
type (
	operationDefinition struct {
		ResourceType string               `json:"resourceType"`
		ID           string               `json:"id"`
		URL          string               `json:"url"`
		Name         string               `json:"name"`
		Title        string               `json:"title"`
		Status       string               `json:"status"`
		Kind         string               `json:"kind"`
		Description  string               `json:"description"`
		AffectsState bool                 `json:"affectsState"`
		Code         string               `json:"code"`
		Base         string               `json:"base,omitempty"`
		Resource     []string             `json:"resource,omitempty"`
		System       bool                 `json:"system"`
		Type         bool                 `json:"type"`
		Instance     bool                 `json:"instance"`
		Parameter    []operationParameter `json:"parameter,omitempty"`
	}
	operationParameter struct {
		Name          string `json:"name"`
		Use           string `json:"use"`
		Min           int    `json:"min"`
		Max           string `json:"max"`
		Documentation string `json:"documentation,omitempty"`
		Type          string `json:"type,omitempty"`
	}
)

// definitionType is the resource type of what describes operations.
const definitionType = "OperationDefinition"

// definitionURL is the canonical of the definition of an operation, under which it is served, too: the CapabilityStatement
// names it.
func definitionURL(base string, o *r4route.Operation) string {
	return base + "/" + definitionType + "/" + o.ID
}

// definition returns the OperationDefinition that is called id among those of the operations that this server answers, nil if
// there is none.
//
// https://hl7.org/fhir/R4/operationdefinition.html
func definition(base, id string) (JSON, error) {
	i := slices.IndexFunc(r4route.Operations, func(o r4route.Operation) bool { return o.ID == id })
	if i < 0 {
		return nil, nil
	}
	o := &r4route.Operations[i]
	d := &operationDefinition{
		ResourceType: definitionType, ID: o.ID, URL: definitionURL(base, o), Name: nameOf(o.ID), Title: o.Title, Status: "active",
		Kind: "operation", Description: o.Text, AffectsState: o.Post, Code: o.Code, Base: o.Base, Resource: o.Types,
		System: o.System, Type: o.Type, Instance: o.Instance,
	}
	if len(d.Resource) == 0 && (o.Type || o.Instance) {
		d.Resource = []string{"Resource"}
	}
	for _, p := range o.Parameters {
		out := operationParameter{Name: p.Name, Use: p.Use, Min: p.Min, Max: p.Max, Documentation: p.Text, Type: p.Type}
		if p.Type == "Resource" {
			out.Type = "Any" // https://hl7.org/fhir/R4/valueset-all-types.html names any resource so
		}
		d.Parameter = append(d.Parameter, out)
	}
	body, err := json.Marshal(d)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.definition", err)
	}
	return body, nil
}

// changeable makes sure that key is no definition of an operation that this server answers: those are parts of the program, and what it
// says of itself nobody changes.
//
// Errors: MethodNotAllowed.
func changeable(key chart.Key) error {
	if key.Type == definitionType && slices.ContainsFunc(r4route.Operations, func(o r4route.Operation) bool { return o.ID == key.ID }) {
		return fault.New(fault.MethodNotAllowed, "interaction.definition", "%s describes an operation of this server; it can't be changed", key)
	}
	return nil
}

// nameOf makes a name for programs of an id: Resource-meta-add becomes ResourceMetaAdd.
func nameOf(id string) string {
	var b []byte
	up := true
	for i := range len(id) {
		switch c := id[i]; {
		case c == '-':
			up = true
		case up && 'a' <= c && c <= 'z':
			b, up = append(b, c-'a'+'A'), false
		default:
			b, up = append(b, c), false
		}
	}
	return string(b)
}
