package standard

import (
	"slices"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Code systems that several mappers use.
const (
	systemSSN       = "http://hl7.org/fhir/sid/us-ssn"
	systemNPI       = "http://hl7.org/fhir/sid/us-npi"
	systemCLIA      = "urn:oid:2.16.840.1.113883.4.7"
	systemV2Type    = "http://terminology.hl7.org/CodeSystem/v2-0203"
	systemRxNorm    = "http://www.nlm.nih.gov/research/umls/rxnorm"
	systemSNOMED    = "http://snomed.info/sct"
	systemLOINC     = "http://loinc.org"
	systemCVX       = "http://hl7.org/fhir/sid/cvx"
	systemUCUM      = "http://unitsofmeasure.org"
	systemActCode   = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	systemPartType  = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	systemOrgType   = "http://terminology.hl7.org/CodeSystem/organization-type"
	codeSystemOfOur = "https://chartwright.example/fhir/CodeSystem/"
)

// codeTypes are the types of code strings (TYPE:CODE) and their systems. The first type of a system is the one written.
var codeTypes = []struct{ name, system string }{
	{"SNOMED-CT", systemSNOMED},
	{"SNOMED", systemSNOMED},
	{"LOINC", systemLOINC},
	{"RXCUI", systemRxNorm},
	{"RXNORM", systemRxNorm},
	{"NUCC", "http://nucc.org/provider-taxonomy"},
	{"ICD10", "http://hl7.org/fhir/sid/icd-10-cm"},
	{"ICD9", "http://hl7.org/fhir/sid/icd-9-cm"},
	{"ICD10-PCS", "http://www.cms.gov/Medicare/Coding/ICD10"},
	{"CPT4", "http://www.ama-assn.org/go/cpt"},
	{"CVX", systemCVX},
	{"HCPCS", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"},
	{"NCI-CONCEPT-ID", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"},
}

// codings reads TYPE:CODE, several joined by semicolons. A type that we don't know gets a system of ours, so that the text
// comes back as it was sent; a code without a type has no system.
func codings(s string) []r4.Coding {
	var out []r4.Coding
	for part := range strings.SplitSeq(s, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, code, typed := strings.Cut(part, ":")
		if !typed {
			out = append(out, r4.Coding{Code: fhir.NewCode(part)})
			continue
		}
		system := codeSystemOfOur + name
		for _, t := range codeTypes {
			if strings.EqualFold(t.name, name) {
				system = t.system
				break
			}
		}
		out = append(out, r4.Coding{System: fhir.NewURI(system), Code: fhir.NewCode(code)})
	}
	return out
}

// codeType returns the type of a system in code strings; empty if the system has none.
func codeType(system string) string {
	for _, t := range codeTypes {
		if t.system == system {
			return t.name
		}
	}
	name, _ := strings.CutPrefix(system, codeSystemOfOur)
	if name == system {
		return ""
	}
	return name
}

// codeString writes codings as TYPE:CODE joined by semicolons.
func codeString(c *r4.CodeableConcept) string {
	if c == nil {
		return ""
	}
	var parts []string
	for _, x := range c.Coding {
		if x.Code.V == "" {
			continue
		}
		if t := codeType(x.System.V); t != "" {
			parts = append(parts, t+":"+x.Code.V)
		} else {
			parts = append(parts, x.Code.V)
		}
	}
	return strings.Join(parts, ";")
}

// codeMap writes codings as an object keyed by code; nil if there are none.
func codeMap(c *r4.CodeableConcept) *api.CodeMap {
	if c == nil {
		return nil
	}
	m := api.CodeMap{}
	for _, x := range c.Coding {
		if x.Code.V == "" {
			continue
		}
		m[x.Code.V] = api.Code{Code: x.Code.V, Description: x.Display.V, CodeType: maybe(codeType(x.System.V)), System: maybe(x.System.V)}
	}
	if len(m) == 0 {
		return nil
	}
	return &m
}

// concept returns a concept of one coding.
func concept(system, code, display string) r4.CodeableConcept {
	return r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI(system), Code: fhir.NewCode(code), Display: fhir.NewString(display)}}}
}

func conceptPointer(system, code, display string) *r4.CodeableConcept {
	c := concept(system, code, display)
	return &c
}

// wording returns what a concept is called: its text, a display or, failing these, a code.
func wording(c *r4.CodeableConcept) string {
	if c == nil {
		return ""
	}
	if c.Text.V != "" {
		return c.Text.V
	}
	for _, x := range c.Coding {
		if x.Display.V != "" {
			return x.Display.V
		}
	}
	for _, x := range c.Coding {
		if x.Code.V != "" {
			return x.Code.V
		}
	}
	return ""
}

// titled returns a concept with a text and the codes of a code string; nil if it would say nothing. Codings that were there
// and are named again keep their display.
func titled(old *r4.CodeableConcept, title, codes string) *r4.CodeableConcept {
	c := &r4.CodeableConcept{Text: fhir.NewString(title), Coding: codings(codes)}
	if old != nil {
		c.ID, c.Extension = old.ID, old.Extension
		for i, x := range c.Coding {
			if j := slices.IndexFunc(old.Coding, func(o r4.Coding) bool { return o.System.V == x.System.V && o.Code.V == x.Code.V }); j >= 0 {
				c.Coding[i] = old.Coding[j]
			}
		}
	}
	if title == "" && len(c.Coding) == 0 {
		return nil
	}
	return c
}

// codeIn returns the first code of system in the concepts.
func codeIn(concepts []r4.CodeableConcept, system string) string {
	for _, c := range concepts {
		for _, x := range c.Coding {
			if x.System.V == system {
				return x.Code.V
			}
		}
	}
	return ""
}

// hasCode reports whether one of the concepts has the code.
func hasCode(concepts []r4.CodeableConcept, system, code string) bool {
	for _, c := range concepts {
		for _, x := range c.Coding {
			if x.System.V == system && x.Code.V == code {
				return true
			}
		}
	}
	return false
}

// identified returns the value of the identifier of a system.
func identified(ids []r4.Identifier, system string) string {
	for _, i := range ids {
		if i.System.V == system && i.Value.V != "" {
			return i.Value.V
		}
	}
	return ""
}

// identify sets the value of the identifier of a system; an empty one removes it. typ is its type in v2-0203, if it has one.
func identify(ids []r4.Identifier, system, typ, value string) []r4.Identifier {
	i := slices.IndexFunc(ids, func(x r4.Identifier) bool { return x.System.V == system })
	switch {
	case value == "" && i >= 0:
		return slices.Delete(ids, i, i+1)
	case value == "":
		return ids
	case i >= 0:
		ids[i].Value = fhir.NewString(value)
		return ids
	}
	x := r4.Identifier{Use: fhir.NewCode("official"), System: fhir.NewURI(system), Value: fhir.NewString(value)}
	if typ != "" {
		x.Type_ = conceptPointer(systemV2Type, typ, "")
	}
	return append(ids, x)
}

// contact returns the value of the contact point of a system and use.
func contact(points []r4.ContactPoint, system, use string) string {
	for _, p := range points {
		if p.System.V == system && p.Use.V == use {
			return p.Value.V
		}
	}
	return ""
}

// reach sets the value of the contact point of a system and use; an empty one removes it.
func reach(points []r4.ContactPoint, system, use, value string) []r4.ContactPoint {
	i := slices.IndexFunc(points, func(p r4.ContactPoint) bool { return p.System.V == system && p.Use.V == use })
	switch {
	case value == "" && i >= 0:
		return slices.Delete(points, i, i+1)
	case value == "":
		return points
	case i >= 0:
		points[i].Value = fhir.NewString(value)
		return points
	}
	return append(points, r4.ContactPoint{System: fhir.NewCode(system), Use: fhir.NewCode(use), Value: fhir.NewString(value)})
}

// place is an address as the Standard API has it.
type place struct{ street, street2, city, county, state, postal, country *string }

// settle changes the parts of an address that p has; nil parts stay. It returns nil if nothing is left.
func settle(a *r4.Address, p place) *r4.Address {
	if a == nil {
		a = &r4.Address{}
	}
	for i, line := range []*string{p.street, p.street2} {
		if line == nil {
			continue
		}
		for len(a.Line) <= i {
			a.Line = append(a.Line, fhir.String{})
		}
		a.Line[i] = fhir.NewString(*line)
	}
	for len(a.Line) > 0 && a.Line[len(a.Line)-1].V == "" && a.Line[len(a.Line)-1].X == nil {
		a.Line = a.Line[:len(a.Line)-1]
	}
	for _, part := range []struct {
		to   *fhir.String
		from *string
	}{{&a.City, p.city}, {&a.District, p.county}, {&a.State, p.state}, {&a.PostalCode, p.postal}, {&a.Country, p.country}} {
		if part.from != nil {
			*part.to = fhir.NewString(*part.from)
		}
	}
	if len(a.Line) == 0 && a.City.V+a.District.V+a.State.V+a.PostalCode.V+a.Country.V+a.Text.V == "" && a.Extension == nil {
		return nil
	}
	return a
}

// line returns line i of an address.
func line(a *r4.Address, i int) string {
	if a == nil || i >= len(a.Line) {
		return ""
	}
	return a.Line[i].V
}
