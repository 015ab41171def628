// Package searchtest is a small parameter table for tests of searches, with at least one parameter of every type and of
// every way in which parameters share index rows.
package searchtest

import (
	"slices"
	"strings"

	"chartwright/internal/fhir/search"
)

// Table implements [search.Table] over a handful of resource types.
type Table struct{ params map[string][]*search.Param }

// New returns the table.
func New() *Table {
	t := &Table{params: map[string][]*search.Param{}}
	for line := range strings.Lines(definitions) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		t.add(f[0], f[1], f[2], f[3:])
	}
	for _, typ := range t.Types() {
		for line := range strings.Lines(everywhere) {
			if f := strings.Fields(line); len(f) > 0 {
				t.add(typ, f[0], f[1], f[2:])
			}
		}
	}
	return t
}

// Each line is Type code type and options: one (a single value), >Type,… (targets), =code,… (rows read), ?Type (row type),
// $type:code (component), @expression.
const definitions = `
Patient name string
Patient family string
Patient given string
Patient address string
Patient birthdate date one
Patient gender token one
Patient active token one
Patient identifier token
Patient phone token
Patient organization reference one >Organization
Patient general-practitioner reference >Organization,Practitioner,PractitionerRole
Patient link reference >Patient,RelatedPerson
Organization name string
Organization partof reference one >Organization
Organization identifier token
Practitioner name string
Practitioner identifier token
PractitionerRole practitioner reference one >Practitioner
RelatedPerson patient reference one >Patient
RelatedPerson name string
Location name string
Location near special
Encounter subject reference one >Patient,Group
Encounter patient reference one >Patient =subject ?Patient
Encounter status token one
Encounter class token one
Encounter date date one
Encounter participant reference >Practitioner,RelatedPerson
Encounter length quantity one
Observation subject reference one >Patient,Group,Device,Location
Observation patient reference one >Patient =subject ?Patient
Observation encounter reference one >Encounter
Observation performer reference >Practitioner,Organization,Patient
Observation has-member reference >Observation
Observation code token
Observation component-code token
Observation combo-code token =code,component-code
Observation category token
Observation status token one
Observation date date one
Observation value-quantity quantity one
Observation component-value-quantity quantity
Observation combo-value-quantity quantity =value-quantity,component-value-quantity
Observation value-string string one
Observation code-value-quantity composite $token:code $quantity:value-quantity
Observation code-value-string composite $token:code $string:value-string
List item reference
Group member reference >Patient,Practitioner
Device identifier token
Provenance target reference
Provenance recorded date one
Coverage beneficiary reference one >Patient
Coverage period date
RiskAssessment subject reference one >Patient
RiskAssessment probability number
DocumentReference contenttype token @DocumentReference.content.attachment.contentType
ValueSet url uri one
ValueSet version token one
ValueSet date date one
Questionnaire derived-from reference >Questionnaire
Questionnaire url uri one
Questionnaire version token one
Questionnaire status token one
MolecularSequence chromosome token one
MolecularSequence window composite $token:chromosome $number:window-start $number:window-end
MolecularSequence window-start number
MolecularSequence window-end number
`

const everywhere = `
_tag token
_security token
_profile uri
_source uri one
_text string
_content string
`

func (t *Table) add(typ, code, kind string, options []string) {
	p := &search.Param{ID: search.RowNumber(typ, code), Base: typ, Code: code, Type: kinds[kind], Multiple: true}
	p.URL = "http://hl7.org/fhir/SearchParameter/" + typ + "-" + code
	if (p.Type != search.Special || code == "near") && code != search.Narrative && code != search.Content {
		p.Rows = []int32{p.ID}
	}
	for _, o := range options {
		switch list := strings.Split(o[1:], ","); {
		case o == "one":
			p.Multiple = false
		case o[0] == '>':
			p.Targets = list
		case o[0] == '@':
			p.Expression = o[1:]
		case o[0] == '?':
			p.RowTypes = list
		case o[0] == '=':
			p.Rows = nil
			for _, code := range list {
				p.Rows = append(p.Rows, search.RowNumber(typ, code))
			}
		case o[0] == '$':
			kind, code, _ := strings.Cut(o[1:], ":")
			p.Components = append(p.Components, search.Component{Type: kinds[kind], Code: code})
		}
	}
	t.params[typ] = append(t.params[typ], p)
}

var kinds = map[string]search.ParamType{
	"token": search.Token, "string": search.String, "reference": search.Reference, "date": search.Date, "number": search.Number,
	"quantity": search.Quantity, "uri": search.URI, "composite": search.Composite, "special": search.Special,
}

// Lookup implements [search.Table].
func (t *Table) Lookup(typ, code string) *search.Param {
	for _, p := range t.params[typ] {
		if p.Code == code {
			return p
		}
	}
	return nil
}

// Of implements [search.Table].
func (t *Table) Of(typ string) []*search.Param { return t.params[typ] }

// IsType implements [search.Table].
func (t *Table) IsType(name string) bool { return t.params[name] != nil }

// Types are all resource types of the table, sorted.
func (t *Table) Types() []string {
	var names []string
	for name := range t.params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
