package index

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// The methods of this file are written for one parameter each; spec/policy/search-special.yaml says why.

// Deceased indexes Patient.deceased[x] as true or false: "Patient.deceased.exists() and Patient.deceased != false". A date
// of death means true; without the element the patient is not known to have died, which is false.
//
// https://hl7.org/fhir/R4/patient.html#search
func (x *Rows) Deceased(param int32, deceased fhir.Value) {
	b, isBoolean := deceased.(*fhir.Boolean)
	if deceased != nil && (!isBoolean || b.V) {
		x.token(param, "", "true")
		return
	}
	x.token(param, "", "false")
}

// Position indexes the place of a Location for near, as a composite of latitude and longitude.
//
// https://hl7.org/fhir/R4/location.html#positional
func (x *Rows) Position(param int32, p *r4.LocationPosition) {
	if p == nil {
		return
	}
	parts := x.BeginComposite()
	parts.A.NumberDecimal(0, p.Latitude)
	parts.B.NumberDecimal(0, p.Longitude)
	x.EndComposite(param, 2)
}
