package index

import (
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Contained tells x which resources a #fragment can name; Reset forgets them.
func (x *Rows) Contained(list []fhir.Resource) { x.contained = list }

// Reference indexes where a Reference points, and under identifier, if that is not zero, by which identifier it names its
// target.
//
// https://hl7.org/fhir/R4/search.html#reference
func (x *Rows) Reference(param, identifier int32, r *r4.Reference) {
	if r == nil {
		return
	}
	if r.Reference.V != "" {
		x.reference(param, r.Reference.V, typeOf(r))
	}
	if identifier != 0 && r.Identifier != nil {
		x.TokenIdentifier(identifier, 0, r.Identifier)
	}
}

// ReferenceIdentifier indexes the identifier of a Reference, but not where it points, for parameters whose rows another
// parameter keeps. Only is the resource type that the parameter is limited to, empty if it isn't: a Reference that is known
// to name another type is passed over.
func (x *Rows) ReferenceIdentifier(identifier int32, r *r4.Reference, only string) {
	if r == nil || r.Identifier == nil {
		return
	}
	if only != "" {
		known := typeOf(r)
		if r.Reference.V != "" {
			known = x.locate(r.Reference.V, known).Type
		}
		if known != "" && known != only {
			return
		}
	}
	x.TokenIdentifier(identifier, 0, r.Identifier)
}

// ReferenceOnly is [Rows.Reference] for expressions with where(resolve() is Type), where no parameter without that limit
// keeps the row.
func (x *Rows) ReferenceOnly(param, identifier int32, r *r4.Reference, only string) {
	if r == nil {
		return
	}
	if r.Reference.V != "" {
		if row := x.locate(r.Reference.V, typeOf(r)); row.Type == only {
			row.Param = param
			x.References = append(x.References, row)
		}
	}
	x.ReferenceIdentifier(identifier, r, only)
}

// ReferenceCanonical indexes a canonical: the resource's URL, and its version apart.
func (x *Rows) ReferenceCanonical(param int32, c fhir.Canonical) {
	if c.V != "" {
		url, version, _ := strings.Cut(c.V, "|")
		x.reference(param, url, "")
		x.References[len(x.References)-1].Version += version
	}
}

// ReferenceURI indexes a uri that names a resource.
func (x *Rows) ReferenceURI(param int32, u fhir.URI) {
	if u.V != "" {
		x.reference(param, u.V, "")
	}
}

// ReferenceResource indexes a resource that lies inside this one, such as the first entry of a document: by its type and id.
func (x *Rows) ReferenceResource(param int32, r fhir.Resource, only string) {
	res, ok := r.(r4.Resource)
	if !ok || res == nil {
		return
	}
	if name := res.Type().Name; name == only {
		if id := res.IDField().V; id != "" {
			x.References = append(x.References, Reference{Param: param, Type: name, ID: id})
		}
	}
}

func (x *Rows) reference(param int32, ref, typ string) {
	row := x.locate(ref, typ)
	row.Param = param
	x.References = append(x.References, row)
}

// locate says where ref points. Typ is what Reference.type says, often nothing.
func (x *Rows) locate(ref, typ string) Reference {
	if ref[0] == '#' {
		place, of := x.placeOf(ref[1:], typ)
		return Reference{Type: of, URL: ref, Place: place}
	}
	for _, base := range x.Bases {
		if rest, ok := strings.CutPrefix(ref, base); ok {
			ref = rest
			break
		}
	}
	base, t, id, version := SplitReference(ref)
	switch {
	case t == "":
		return Reference{Type: typ, URL: ref}
	case base == "":
		return Reference{Type: t, ID: id, Version: version}
	}
	return Reference{Type: t, URL: ref[:len(base)+len(t)+1+len(id)], Version: version}
}

// placeOf finds the contained resource with a local id, which has index rows up to [MaxContained]; typ is what else is known of its
// type.
func (x *Rows) placeOf(id, typ string) (place int, of string) {
	list := x.contained
	if x.Siblings != nil {
		list = x.Siblings
	}
	for i, c := range list {
		if r, ok := c.(r4.Resource); ok && r != nil && r.IDField().V == id && id != "" {
			if i >= MaxContained {
				return 0, r.Type().Name
			}
			return i + 1, r.Type().Name
		}
	}
	return 0, typ
}

// SplitReference takes [base/]Type/id[/_history/version] apart; base keeps its last slash and is empty for a relative
// reference. Typ is empty if ref does not have that form, with a resource type of R4.
//
// https://hl7.org/fhir/R4/references.html#literal
func SplitReference(ref string) (base, typ, id, version string) {
	rest := ref
	if i := strings.Index(rest, "/_history/"); i >= 0 {
		rest, version = rest[:i], rest[i+len("/_history/"):]
		if !isID(version) {
			return "", "", "", ""
		}
	}
	i := strings.LastIndexByte(rest, '/')
	if i <= 0 || !isID(rest[i+1:]) {
		return "", "", "", ""
	}
	id, rest = rest[i+1:], rest[:i]
	j := strings.LastIndexByte(rest, '/') + 1
	if typ = rest[j:]; r4.TypeByName(typ) == nil {
		return "", "", "", ""
	}
	return rest[:j], typ, id, version
}

// isID reports whether s is an id. https://hl7.org/fhir/R4/datatypes.html#id
func isID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// typeOf is the resource type that Reference.type names, which may be written as the address of its definition.
func typeOf(r *r4.Reference) string {
	return strings.TrimPrefix(r.Type_.V, "http://hl7.org/fhir/StructureDefinition/")
}
