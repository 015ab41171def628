package resolve

import (
	"slices"
	"strings"

	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

const structurePrefix = "http://hl7.org/fhir/StructureDefinition/"

// buildState guards against types that inherit from themselves.
type buildState uint8

const (
	unbuilt buildState = iota
	building
	built
)

// contentReference is an element that shares the definition of another one; it is resolved when all types are known.
type contentReference struct {
	field  *model.Field
	target string
	at     load.Place
}

// abstract types only lend their elements.
var abstract = map[string]bool{"Element": true, "BackboneElement": true, "Resource": true, "DomainResource": true}

// handWritten are the types that package fhir declares itself, beside the primitives.
var handWritten = map[string]bool{"Extension": true}

// shapes are the primitives that are not strings in JSON.
var shapes = map[string]string{
	"boolean": "boolean", "integer": "integer", "positiveInt": "integer", "unsignedInt": "integer", "decimal": "decimal",
}

// structures builds every type. Constraints (SimpleQuantity, MoneyQuantity, profiles) are no types: an element that uses one
// names the type it constrains. Logical models are no part of the exchange format.
func (r *resolver) structures() {
	for _, d := range r.in.Structures {
		if d.Derivation == "constraint" || d.Kind == "logical" {
			continue
		}
		if d.FHIRVersion != "" && d.FHIRVersion != FHIRVersion {
			r.fail(d.Place, "%s: definition of FHIR %s, wanted %s", d.ID, d.FHIRVersion, FHIRVersion)
			continue
		}
		if _, twice := r.defs[d.ID]; twice {
			r.fail(d.Place, "%s is defined twice", d.ID)
			continue
		}
		r.defs[d.ID] = d
	}
	names := make([]string, 0, len(r.defs))
	for name := range r.defs {
		names = append(names, name)
	}
	slices.Sort(names)
	// Declare all first, so that elements can name types in any order.
	for _, name := range names {
		r.declare(r.defs[name])
	}
	for _, name := range names {
		r.build(name)
	}
	r.resolveReferences()
	goNames := gonames.Unique{}
	for _, name := range names {
		if t := r.types[name]; !abstract[name] {
			r.m.Types = append(r.m.Types, t)
		}
	}
	for _, t := range r.m.Types {
		if err := goNames.Add(t.Package+"."+t.GoName, t.Name); err != nil {
			r.fail(r.defs[t.Outer.Name].Place, "%v", err)
		}
		r.finish(t)
	}
}

func (r *resolver) declare(d *load.StructureDefinition) {
	t := &model.Type{
		Name:    d.ID,
		GoName:  gonames.Type(d.ID),
		Package: "r4",
		Base:    strings.TrimPrefix(d.BaseDefinition, structurePrefix),
		URL:     d.URL,
		Doc:     docLink(d),
	}
	t.Outer = t
	switch d.Kind {
	case "primitive-type":
		t.Kind, t.Package, t.Shape = model.Primitive, "fhir", "string"
		if s, ok := shapes[d.ID]; ok {
			t.Shape = s
		}
	case "complex-type":
		t.Kind = model.Complex
	case "resource":
		t.Kind = model.Resource
	default:
		r.unsupported(d.ID, "kind "+d.Kind, d.Place)
	}
	if handWritten[d.ID] {
		t.Package = "fhir"
	}
	if len(d.Differential.Element) > 0 {
		t.Short = d.Differential.Element[0].Short
	}
	r.types[d.ID] = t
}

// build gives the type its fields, base first.
func (r *resolver) build(name string) {
	d, t := r.defs[name], r.types[name]
	switch r.state[name] {
	case built:
		return
	case building:
		r.fail(d.Place, "%s inherits from itself", name)
		return
	}
	r.state[name] = building
	defer func() { r.state[name] = built }()
	if t.Kind == model.Primitive {
		t.Regex = primitiveRegex(d)
		return
	}
	if t.Base != "" {
		base := r.types[t.Base]
		if base == nil {
			r.fail(d.Place, "%s: unknown base %s", name, d.BaseDefinition)
			return
		}
		r.build(t.Base)
		t.Fields = inherit(t.Name, base.Fields)
		if base.Kind == model.Complex && !abstract[base.Name] {
			t.AliasOf = base
		}
	}
	r.elements(t, d)
	if t.AliasOf != nil && len(t.Fields) != len(t.AliasOf.Fields) {
		r.unsupported(name, "a specialisation of "+t.Base+" with elements of its own", d.Place)
	}
}

// inherit copies fields for the type called name.
func inherit(name string, fields []*model.Field) []*model.Field {
	out := make([]*model.Field, len(fields))
	for i, f := range fields {
		c := *f
		c.Inherited = true
		c.Path = name + f.Path[strings.IndexByte(f.Path, '.'):]
		out[i] = &c
	}
	return out
}

// finish checks the field names of t and marks the types that choices name.
func (r *resolver) finish(t *model.Type) {
	names := gonames.Unique{}
	for _, f := range t.Fields {
		if err := names.Add(f.GoName, f.Path); err != nil {
			r.fail(r.defs[t.Outer.Name].Place, "%s: %v", f.Path, err)
		}
		for _, c := range f.Choices {
			c.Type.InChoice = true
		}
		if f.Kind != model.KindComplex || f.Type != nil { // else its content reference is a finding already
			f.GoType = goType(f)
		}
	}
}

func goType(f *model.Field) string {
	list := ""
	if f.List() {
		list = "[]"
	}
	switch f.Kind {
	case model.KindRaw:
		return "string"
	case model.KindChoice:
		return "fhir.Value"
	case model.KindResource:
		return list + "fhir.Resource"
	case model.KindPrimitive:
		return list + f.Type.GoRef()
	}
	if f.List() {
		return "[]" + f.Type.GoRef()
	}
	return "*" + f.Type.GoRef()
}

func primitiveRegex(d *load.StructureDefinition) string {
	for _, e := range d.Differential.Element {
		if !strings.HasSuffix(e.Path, ".value") {
			continue
		}
		for _, t := range e.Type {
			for _, x := range t.Extension {
				if x.URL == structurePrefix+"regex" {
					return x.ValueString
				}
			}
		}
	}
	return ""
}

// pages are the data types that are defined outside datatypes.html.
var pages = map[string]string{
	"Reference": "references.html#Reference", "Narrative": "narrative.html#Narrative", "Extension": "extensibility.html#Extension",
	"Meta": "resource.html#Meta", "ElementDefinition": "elementdefinition.html", "Dosage": "dosage.html",
	"ContactDetail": "metadatatypes.html#ContactDetail", "Contributor": "metadatatypes.html#Contributor",
	"DataRequirement": "metadatatypes.html#DataRequirement", "Expression": "metadatatypes.html#Expression",
	"ParameterDefinition": "metadatatypes.html#ParameterDefinition", "RelatedArtifact": "metadatatypes.html#RelatedArtifact",
	"TriggerDefinition": "metadatatypes.html#TriggerDefinition", "UsageContext": "metadatatypes.html#UsageContext",
	"MarketingStatus": "marketingstatus.html", "Population": "population.html", "ProdCharacteristic": "prodcharacteristic.html",
	"ProductShelfLife": "productshelflife.html", "SubstanceAmount": "substanceamount.html",
}

func docLink(d *load.StructureDefinition) string {
	const base = "https://hl7.org/fhir/R4/"
	switch {
	case d.Kind == "resource":
		return base + strings.ToLower(d.ID) + ".html"
	case pages[d.ID] != "":
		return base + pages[d.ID]
	}
	return base + "datatypes.html#" + d.ID
}
