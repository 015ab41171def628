package population

import (
	"strconv"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Short forms of the data types that every record uses.

// code is one coded concept.
type code struct{ system, code, display string }

func (c code) coding() r4.Coding {
	return r4.Coding{System: fhir.NewURI(c.system), Code: fhir.NewCode(c.code), Display: fhir.NewString(c.display)}
}

// concept has the code's display as text.
func concept(c code) *r4.CodeableConcept {
	return &r4.CodeableConcept{Coding: []r4.Coding{c.coding()}, Text: fhir.NewString(c.display)}
}

// term is a concept without text.
func term(system, value, display string) *r4.CodeableConcept {
	return &r4.CodeableConcept{Coding: []r4.Coding{code{system, value, display}.coding()}}
}

func reference(typ, id, display string) *r4.Reference {
	r := &r4.Reference{Reference: fhir.NewString(typ + "/" + id)}
	if display != "" {
		r.Display = fhir.NewString(display)
	}
	return r
}

func quantity(value float64, digits int, unit, ucumCode string) *r4.Quantity {
	return &r4.Quantity{
		Value: fhir.NewDecimal(strconv.FormatFloat(value, 'f', digits, 64)),
		Unit:  fhir.NewString(unit), System: fhir.NewURI(ucum), Code: fhir.NewCode(ucumCode),
	}
}

func money(cents int) *r4.Money {
	return &r4.Money{Value: fhir.NewDecimal(strconv.FormatFloat(float64(cents)/100, 'f', 2, 64)), Currency: fhir.NewCode("USD")}
}

// profile claims one of US Core's.
func profile(name string) *r4.Meta {
	return &r4.Meta{Profile: []fhir.Canonical{{V: usCore + "us-core-" + name}}}
}

// narrative wraps plain text, which must hold no markup characters.
func narrative(text string) *r4.Narrative {
	return &r4.Narrative{
		Status: fhir.NewCode("generated"), Div: fhir.XHTML{V: `<div xmlns="http://www.w3.org/1999/xhtml"><p>` + text + `</p></div>`},
	}
}

func instant(t time.Time) fhir.Instant { return fhir.NewInstant(t.Format(time.RFC3339)) }

func at(t time.Time) *fhir.DateTime {
	d := fhir.NewDateTime(t.Format(time.RFC3339))
	return &d
}

func period(from, to time.Time) *r4.Period { return &r4.Period{Start: *at(from), End: *at(to)} }

func category(system, value, display string) []r4.CodeableConcept {
	return []r4.CodeableConcept{*term(system, value, display)}
}

// The code systems.
const (
	hl7     = "http://terminology.hl7.org/CodeSystem/"
	snomed  = "http://snomed.info/sct"
	loinc   = "http://loinc.org"
	rxnorm  = "http://www.nlm.nih.gov/research/umls/rxnorm"
	cvx     = "http://hl7.org/fhir/sid/cvx"
	icd10   = "http://hl7.org/fhir/sid/icd-10-cm"
	ucum    = "http://unitsofmeasure.org"
	npi     = "http://hl7.org/fhir/sid/us-npi"
	usCore  = "http://hl7.org/fhir/us/core/StructureDefinition/"
	records = "https://population.example.org/mrn"
)
