// Package stdfhir declares some of FHIR's types in the way encoding/json wants them: pointers for what may be absent, a field
// for each alternative of a choice, a field for each primitive's twin. They hold what the generated types hold, and are what the
// codec is measured against.
package stdfhir

import "encoding/json"

// Element is what every data type has.
type Element struct {
	ID        string      `json:"id,omitempty"`
	Extension []Extension `json:"extension,omitempty"`
}

// Extension is the data type.
type Extension struct {
	Element
	URL                  string           `json:"url,omitempty"`
	ValueString          *string          `json:"valueString,omitempty"`
	ValueCode            *string          `json:"valueCode,omitempty"`
	ValueURI             *string          `json:"valueUri,omitempty"`
	ValueBoolean         *bool            `json:"valueBoolean,omitempty"`
	ValueInteger         *int32           `json:"valueInteger,omitempty"`
	ValueDecimal         *json.Number     `json:"valueDecimal,omitempty"`
	ValueDateTime        *string          `json:"valueDateTime,omitempty"`
	ValueCoding          *Coding          `json:"valueCoding,omitempty"`
	ValueCodeableConcept *CodeableConcept `json:"valueCodeableConcept,omitempty"`
	ValueAddress         *Address         `json:"valueAddress,omitempty"`
	ValueQuantity        *Quantity        `json:"valueQuantity,omitempty"`
	ValueReference       *Reference       `json:"valueReference,omitempty"`
}

// Meta is the data type.
type Meta struct {
	Element
	VersionID   *string  `json:"versionId,omitempty"`
	LastUpdated *string  `json:"lastUpdated,omitempty"`
	Source      *string  `json:"source,omitempty"`
	Profile     []string `json:"profile,omitempty"`
	Security    []Coding `json:"security,omitempty"`
	Tag         []Coding `json:"tag,omitempty"`
}

// Narrative is the data type.
type Narrative struct {
	Element
	Status *string `json:"status,omitempty"`
	Div    *string `json:"div,omitempty"`
}

// Coding is the data type.
type Coding struct {
	Element
	System       *string  `json:"system,omitempty"`
	Version      *string  `json:"version,omitempty"`
	Code         *string  `json:"code,omitempty"`
	Display      *string  `json:"display,omitempty"`
	DisplayX     *Element `json:"_display,omitempty"`
	UserSelected *bool    `json:"userSelected,omitempty"`
}

// CodeableConcept is the data type.
type CodeableConcept struct {
	Element
	Coding []Coding `json:"coding,omitempty"`
	Text   *string  `json:"text,omitempty"`
	TextX  *Element `json:"_text,omitempty"`
}

// Period is the data type.
type Period struct {
	Element
	Start *string `json:"start,omitempty"`
	End   *string `json:"end,omitempty"`
}

// Reference is the data type.
type Reference struct {
	Element
	Reference  *string     `json:"reference,omitempty"`
	Type       *string     `json:"type,omitempty"`
	Identifier *Identifier `json:"identifier,omitempty"`
	Display    *string     `json:"display,omitempty"`
}

// Identifier is the data type.
type Identifier struct {
	Element
	Use      *string          `json:"use,omitempty"`
	Type     *CodeableConcept `json:"type,omitempty"`
	System   *string          `json:"system,omitempty"`
	Value    *string          `json:"value,omitempty"`
	ValueX   *Element         `json:"_value,omitempty"`
	Period   *Period          `json:"period,omitempty"`
	Assigner *Reference       `json:"assigner,omitempty"`
}

// Quantity is the data type.
type Quantity struct {
	Element
	Value      *json.Number `json:"value,omitempty"`
	ValueX     *Element     `json:"_value,omitempty"`
	Comparator *string      `json:"comparator,omitempty"`
	Unit       *string      `json:"unit,omitempty"`
	System     *string      `json:"system,omitempty"`
	Code       *string      `json:"code,omitempty"`
}

// Range is the data type.
type Range struct {
	Element
	Low  *Quantity `json:"low,omitempty"`
	High *Quantity `json:"high,omitempty"`
}

// Annotation is the data type.
type Annotation struct {
	Element
	AuthorString *string `json:"authorString,omitempty"`
	Time         *string `json:"time,omitempty"`
	Text         *string `json:"text,omitempty"`
}

// HumanName is the data type.
type HumanName struct {
	Element
	Use     *string    `json:"use,omitempty"`
	Text    *string    `json:"text,omitempty"`
	Family  *string    `json:"family,omitempty"`
	FamilyX *Element   `json:"_family,omitempty"`
	Given   []*string  `json:"given,omitempty"`
	GivenX  []*Element `json:"_given,omitempty"`
	Prefix  []string   `json:"prefix,omitempty"`
	Suffix  []string   `json:"suffix,omitempty"`
	Period  *Period    `json:"period,omitempty"`
}

// ContactPoint is the data type.
type ContactPoint struct {
	Element
	System *string `json:"system,omitempty"`
	Value  *string `json:"value,omitempty"`
	Use    *string `json:"use,omitempty"`
	Rank   *int32  `json:"rank,omitempty"`
	Period *Period `json:"period,omitempty"`
}

// Address is the data type.
type Address struct {
	Element
	Use        *string  `json:"use,omitempty"`
	Type       *string  `json:"type,omitempty"`
	Text       *string  `json:"text,omitempty"`
	Line       []string `json:"line,omitempty"`
	City       *string  `json:"city,omitempty"`
	District   *string  `json:"district,omitempty"`
	State      *string  `json:"state,omitempty"`
	PostalCode *string  `json:"postalCode,omitempty"`
	Country    *string  `json:"country,omitempty"`
	Period     *Period  `json:"period,omitempty"`
}
