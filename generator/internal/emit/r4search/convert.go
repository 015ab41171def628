package r4search

import (
	"fmt"

	"chartwright/generator/internal/model"
)

// form says how a call hands the element over.
type form uint8

const (
	byValue   form = iota // a primitive
	byPointer             // a data type
	asValue               // fhir.Value: an open choice
	asResource
)

// conversion is the method of index.Rows for one data type under one type of parameter.
type conversion struct {
	method string
	form   form
	second second // what follows the row number
	many   bool   // one element can have several rows
	truth  bool   // the rows are true and false
	// elements, if there are any, are indexed in place of the data type: each by itself, so that they share their rows with
	// parameters on one of them.
	elements []string
}

// second is the further row number that some methods take.
type second uint8

const (
	noSecond second = iota
	identifierRow
	ofTypeRow
	systemText // not a row: the system that a code's binding implies
)

// conversions holds what R4 says can be indexed, by parameter type and data type; * is an open choice.
//
// https://hl7.org/fhir/R4/search.html#table
var conversions = map[string]map[string]conversion{
	"token": {
		"code":            {method: "TokenCode", second: systemText},
		"string":          {method: "TokenString"},
		"id":              {method: "TokenID"},
		"uri":             {method: "TokenURI"},
		"boolean":         {method: "TokenBoolean", truth: true},
		"Coding":          {method: "TokenCoding", form: byPointer},
		"CodeableConcept": {method: "TokenConcept", form: byPointer, many: true},
		"ContactPoint":    {method: "TokenContact", form: byPointer},
		"Identifier":      {method: "TokenIdentifier", form: byPointer, second: ofTypeRow},
		"*":               {method: "TokenValue", form: asValue, second: ofTypeRow, many: true},
	},
	"string": {
		"string":    {method: "StringString"},
		"markdown":  {method: "StringMarkdown"},
		"HumanName": {elements: []string{"text", "family", "given", "prefix", "suffix"}},
		"Address":   {elements: []string{"text", "line", "city", "district", "state", "postalCode", "country"}},
		"*":         {method: "StringValue", form: asValue, many: true},
	},
	"reference": {
		"Reference": {method: "Reference", form: byPointer, second: identifierRow},
		"canonical": {method: "ReferenceCanonical"},
		"uri":       {method: "ReferenceURI"},
		"Resource":  {method: "ReferenceResource", form: asResource},
		"*":         {method: "ReferenceValue", form: asValue, second: identifierRow},
	},
	"uri": {
		"uri":       {method: "URI"},
		"url":       {method: "URIURL"},
		"canonical": {method: "URICanonical", many: true},
		"*":         {method: "URIValue", form: asValue, many: true},
	},
	"date": {
		"date":     {method: "DateDate"},
		"dateTime": {method: "DateDateTime"},
		"instant":  {method: "DateInstant"},
		"Period":   {method: "DatePeriod", form: byPointer},
		"Timing":   {method: "DateTiming", form: byPointer},
		"*":        {method: "DateValue", form: asValue},
	},
	"number": {
		"decimal": {method: "NumberDecimal"},
		"integer": {method: "NumberInteger"},
		"Range":   {method: "NumberRange", form: byPointer},
		"*":       {method: "NumberValue", form: asValue},
	},
	"quantity": {
		"Quantity":    {method: "Quantity", form: byPointer},
		"Money":       {method: "QuantityMoney", form: byPointer},
		"Range":       {method: "QuantityRange", form: byPointer},
		"SampledData": {method: "QuantitySamples", form: byPointer},
		"*":           {method: "QuantityValue", form: asValue},
	},
}

// conversionAt finds the conversion of what stands at p for a parameter of type kind.
func conversionAt(kind string, p place) (conversion, error) {
	s := p.last()
	if s == nil {
		return conversion{}, fmt.Errorf("a whole resource as %s", kind)
	}
	name := "*"
	switch {
	case s.field.Kind == model.KindResource:
		name = "Resource"
	case s.typ != nil && s.typ.AliasOf != nil:
		name = s.typ.AliasOf.Name
	case s.typ != nil:
		name = s.typ.Name
	}
	c, ok := conversions[kind][name]
	if !ok {
		return conversion{}, fmt.Errorf("%s of type %s cannot be indexed as %s", s.field.Path, name, kind)
	}
	if name == "*" {
		for _, alt := range s.field.Choices {
			if _, ok := conversions[kind][alt.Type.Name]; ok {
				return c, nil
			}
		}
		return conversion{}, fmt.Errorf("no alternative of %s can be indexed as %s", s.field.Path, kind)
	}
	return c, nil
}

// impliedSystem is the code system that the required binding of a code implies, if it is a single one.
func impliedSystem(f *model.Field) string {
	if f.Binding == nil || f.Binding.Strength != "required" || f.Binding.Set == nil {
		return ""
	}
	system := ""
	for _, c := range f.Binding.Set.Codes {
		switch {
		case system == "":
			system = c.System
		case system != c.System:
			return ""
		}
	}
	return system
}
