package demo

import (
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Short forms of the data types that every record uses.

func reference(typ, id, display string) *r4.Reference {
	return &r4.Reference{Reference: fhir.NewString(typ + "/" + id), Display: fhir.NewString(display)}
}

func (c code) coding() r4.Coding {
	return r4.Coding{System: fhir.NewURI(c.system), Code: fhir.NewCode(c.code), Display: fhir.NewString(c.display)}
}

// concept is a CodeableConcept of the codes, with the first one's display as text.
func concept(codes ...code) *r4.CodeableConcept {
	cc := &r4.CodeableConcept{Text: fhir.NewString(codes[0].display)}
	for _, c := range codes {
		cc.Coding = append(cc.Coding, c.coding())
	}
	return cc
}

// term is a CodeableConcept of one code of an HL7 code system, without text.
func term(system, c, display string) *r4.CodeableConcept {
	return &r4.CodeableConcept{Coding: []r4.Coding{code{system, c, display}.coding()}}
}

func quantity(value float64, digits int, unit, ucumCode string) *r4.Quantity {
	return &r4.Quantity{
		Value: fhir.NewDecimal(strconv.FormatFloat(value, 'f', digits, 64)),
		Unit:  fhir.NewString(unit), System: fhir.NewURI(ucum), Code: fhir.NewCode(ucumCode),
	}
}

func dateTime(s string) *fhir.DateTime { d := fhir.NewDateTime(s); return &d }

func period(start, end string) *r4.Period {
	return &r4.Period{Start: fhir.NewDateTime(start), End: fhir.NewDateTime(end)}
}

// narrative wraps plain text, which must hold no markup characters, as the generated summary of a resource.
func narrative(text string) *r4.Narrative {
	return &r4.Narrative{
		Status: fhir.NewCode("generated"),
		Div:    fhir.XHTML{V: `<div xmlns="http://www.w3.org/1999/xhtml"><p>` + escape.Replace(text) + `</p></div>`},
	}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// The HL7 code systems of statuses and categories.
const (
	hl7          = "http://terminology.hl7.org/CodeSystem/"
	obsCategory  = hl7 + "observation-category"
	clinical     = hl7 + "condition-clinical"
	verification = hl7 + "condition-ver-status"
)
