package resolve

import (
	"slices"
	"strconv"
	"strings"

	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

const systemString = "http://hl7.org/fhirpath/System.String"

// elements adds the elements of the differential of d to t and to the backbone types that lie in it.
func (r *resolver) elements(t *model.Type, d *load.StructureDefinition) {
	owners := map[string]*model.Type{t.Name: t}
	for i := range d.Differential.Element {
		e := &d.Differential.Element[i]
		if e.Path == t.Name {
			continue
		}
		if e.SliceName != "" {
			r.unsupported(e.Path, "a slice in a type definition", e.Place)
			continue
		}
		cut := strings.LastIndexByte(e.Path, '.')
		if cut < 0 {
			r.fail(e.Place, "%s: an element path of %s starts elsewhere", e.Path, t.Name)
			continue
		}
		owner := owners[e.Path[:cut]]
		if owner == nil {
			r.fail(e.Place, "%s: its parent is not an element with children", e.Path)
			continue
		}
		f := r.field(owner, e, strings.TrimSuffix(e.Path[cut+1:], "[x]"), owners)
		if f == nil {
			continue
		}
		if i := slices.IndexFunc(owner.Fields, func(o *model.Field) bool { return o.Name == f.Name }); i >= 0 {
			if !owner.Fields[i].Inherited {
				r.fail(e.Place, "%s is defined twice", e.Path)
				continue
			}
			owner.Fields[i] = f
			continue
		}
		owner.Fields = append(owner.Fields, f)
	}
}

// field builds the field of one element; nil after a finding.
func (r *resolver) field(owner *model.Type, e *load.Element, name string, owners map[string]*model.Type) *model.Field {
	f := &model.Field{
		Path: e.Path, Name: name, GoName: gonames.Field(name),
		Short: e.Short, Summary: e.IsSummary, Modifier: e.IsModifier,
	}
	if e.Min != nil {
		f.Min = *e.Min
	}
	switch max, err := strconv.Atoi(e.Max); {
	case e.Max == "*":
	case err == nil && max > 0:
		f.Max = max
	default:
		r.unsupported(e.Path, "max "+strconv.Quote(e.Max), e.Place)
		return nil
	}
	if b := e.Binding; b != nil {
		f.Binding = &model.Binding{Strength: b.Strength, ValueSet: b.ValueSet}
	}
	if e.ContentReference != "" {
		f.Kind = model.KindComplex
		r.refs = append(r.refs, contentReference{f, strings.TrimPrefix(e.ContentReference, "#"), e.Place})
		return f
	}
	if len(e.Type) == 0 {
		r.unsupported(e.Path, "an element without type", e.Place)
		return nil
	}
	if strings.HasSuffix(e.Path, "[x]") {
		return r.choice(f, e)
	}
	code := e.Type[0].Code
	for _, t := range e.Type {
		if t.Code != code {
			r.unsupported(e.Path, "several types without [x]", e.Place)
			return nil
		}
		f.Targets = append(f.Targets, targets(t)...)
	}
	f.Targets = anyTarget(f.Targets)
	for _, t := range f.Targets {
		if r.types[t] == nil {
			r.unsupported(e.Path, "a reference to "+t, e.Place)
		}
	}
	f.Canonical = code == "canonical" && len(f.Targets) > 0
	switch code {
	case systemString:
		// Element.id and Extension.url are XML attributes: no id, no extensions, a plain string. Resource.id is defined the
		// same way in R4 but is an id in every other respect. https://hl7.org/fhir/R4/resource.html#id
		if owner.Name == "Resource" {
			f.Kind, f.Type = model.KindPrimitive, r.types["id"]
			return f
		}
		f.Kind, f.Type = model.KindRaw, r.types[rawType(e)]
		if f.Type == nil || f.List() {
			r.unsupported(e.Path, "this use of "+systemString, e.Place)
			return nil
		}
	case "Resource":
		f.Kind = model.KindResource
	case "BackboneElement", "Element":
		b := r.backbone(owner, e.Path, code)
		owners[e.Path] = b
		b.Short = e.Short
		f.Kind, f.Type = model.KindComplex, b
	default:
		t := r.types[code]
		if t == nil || abstract[code] {
			r.unsupported(e.Path, "type "+code, e.Place)
			return nil
		}
		f.Type, f.Kind = t, model.KindComplex
		if t.Kind == model.Primitive {
			f.Kind = model.KindPrimitive
		}
	}
	return f
}

// choice completes the field of an element whose name ends in [x].
func (r *resolver) choice(f *model.Field, e *load.Element) *model.Field {
	f.Kind = model.KindChoice
	if f.List() {
		r.unsupported(e.Path, "a choice that repeats", e.Place)
		return nil
	}
	for _, et := range e.Type {
		t := r.types[et.Code]
		if t == nil || abstract[et.Code] || t.Kind == model.Resource {
			r.unsupported(e.Path, "type "+et.Code+" in a choice", e.Place)
			return nil
		}
		if i := slices.IndexFunc(f.Choices, func(c *model.Choice) bool { return c.Type == t }); i >= 0 {
			f.Choices[i].Targets = append(f.Choices[i].Targets, targets(et)...)
			continue
		}
		f.Choices = append(f.Choices, &model.Choice{
			Type: t, Key: f.Name + strings.ToUpper(et.Code[:1]) + et.Code[1:], Targets: targets(et),
		})
	}
	for _, c := range f.Choices {
		c.Targets = anyTarget(c.Targets)
	}
	return f
}

// backbone declares the type of an element with elements of its own and gives it those of its base.
func (r *resolver) backbone(owner *model.Type, path, base string) *model.Type {
	r.build(base)
	b := &model.Type{
		Name: path, GoName: gonames.Type(path), Package: "r4", Kind: model.Backbone, Base: base,
		Doc: owner.Outer.Doc, URL: owner.Outer.URL, Outer: owner.Outer,
	}
	for _, f := range r.types[base].Fields {
		c := *f
		c.Inherited = true
		c.Path = path + f.Path[strings.IndexByte(f.Path, '.'):]
		b.Fields = append(b.Fields, &c)
	}
	r.types[path] = b
	r.m.Types = append(r.m.Types, b)
	return b
}

// resolveReferences gives the elements with a contentReference their types.
func (r *resolver) resolveReferences() {
	for _, ref := range r.refs {
		t := r.types[ref.target]
		if t == nil || t.Kind != model.Backbone {
			r.fail(ref.at, "%s: contentReference to %s, which has no elements", ref.field.Path, ref.target)
			continue
		}
		ref.field.Type = t
	}
}

// rawType is the FHIR type behind a plain string.
func rawType(e *load.Element) string {
	for _, x := range e.Type[0].Extension {
		if x.URL == structurePrefix+"structuredefinition-fhir-type" {
			return x.ValueURL
		}
	}
	return ""
}

// targets are the resource types of the target profiles of t, in the order of the definition.
func targets(t load.ElementType) []string {
	out := make([]string, 0, len(t.TargetProfile))
	for _, p := range t.TargetProfile {
		out = append(out, strings.TrimPrefix(p, structurePrefix))
	}
	return out
}

// anyTarget sorts targets; a target of any resource makes the list empty.
func anyTarget(list []string) []string {
	if len(list) == 0 || slices.Contains(list, "Resource") {
		return nil
	}
	slices.Sort(list)
	return slices.Compact(list)
}
