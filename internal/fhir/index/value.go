package index

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// The methods of this file index an element whose type is known only at run time: a choice (value[x]), or a value that a
// site's own search parameter reaches. A type that the kind of parameter cannot index has no rows: the annotations of
// https://hl7.org/fhir/R4/search.html#table say which can.

// TokenValue indexes v as a token. Typed is as in [Rows.TokenIdentifier].
func (x *Rows) TokenValue(param, typed int32, v fhir.Value) {
	switch v := v.(type) {
	case *fhir.Code:
		x.token(param, "", v.V)
	case *fhir.String:
		x.token(param, "", v.V)
	case *fhir.ID:
		x.token(param, "", v.V)
	case *fhir.URI:
		x.token(param, "", v.V)
	case *fhir.URL:
		x.token(param, "", v.V)
	case *fhir.Canonical:
		x.token(param, "", v.V)
	case *fhir.OID:
		x.token(param, "", v.V)
	case *fhir.UUID:
		x.token(param, "", v.V)
	case *fhir.Boolean:
		x.TokenBoolean(param, *v)
	case *r4.Coding:
		x.TokenCoding(param, v)
	case *r4.CodeableConcept:
		x.TokenConcept(param, v)
	case *r4.Identifier:
		x.TokenIdentifier(param, typed, v)
	case *r4.ContactPoint:
		x.TokenContact(param, v)
	}
}

// StringValue indexes v as a string.
func (x *Rows) StringValue(param int32, v fhir.Value) {
	switch v := v.(type) {
	case *fhir.String:
		x.string(param, v.V)
	case *fhir.Markdown:
		x.string(param, v.V)
	case *fhir.Code:
		x.whole(param, v.V)
	case *fhir.ID:
		x.whole(param, v.V)
	case *fhir.URI:
		x.whole(param, v.V)
	case *r4.HumanName:
		x.StringName(param, v)
	case *r4.Address:
		x.StringAddress(param, v)
	case *r4.CodeableConcept:
		x.string(param, v.Text.V)
		for i := range v.Coding {
			x.string(param, v.Coding[i].Display.V)
		}
	case *r4.Coding:
		x.string(param, v.Display.V)
	case *r4.Annotation:
		x.string(param, v.Text.V)
	}
}

// ReferenceValue indexes v as a reference. Identifier is as in [Rows.Reference].
func (x *Rows) ReferenceValue(param, identifier int32, v fhir.Value) {
	switch v := v.(type) {
	case *r4.Reference:
		x.Reference(param, identifier, v)
	case *fhir.Canonical:
		x.ReferenceCanonical(param, *v)
	case *fhir.URI:
		x.ReferenceURI(param, *v)
	case *fhir.URL:
		x.ReferenceURI(param, fhir.URI(*v))
	}
}

// URIValue indexes v as a uri.
func (x *Rows) URIValue(param int32, v fhir.Value) {
	switch v := v.(type) {
	case *fhir.URI:
		x.uri(param, v.V)
	case *fhir.URL:
		x.uri(param, v.V)
	case *fhir.OID:
		x.uri(param, v.V)
	case *fhir.UUID:
		x.uri(param, v.V)
	case *fhir.Canonical:
		x.URICanonical(param, *v)
	}
}

// DateValue indexes v as a date.
func (x *Rows) DateValue(param int32, v fhir.Value) {
	switch v := v.(type) {
	case *fhir.Date:
		x.date(param, v.V)
	case *fhir.DateTime:
		x.date(param, v.V)
	case *fhir.Instant:
		x.date(param, v.V)
	case *r4.Period:
		x.DatePeriod(param, v)
	case *r4.Timing:
		x.DateTiming(param, v)
	}
}

// NumberValue indexes v as a number.
func (x *Rows) NumberValue(param int32, v fhir.Value) {
	switch v := v.(type) {
	case *fhir.Decimal:
		x.NumberDecimal(param, *v)
	case *fhir.Integer:
		x.NumberInteger(param, *v)
	case *fhir.PositiveInt:
		x.NumberInteger(param, fhir.Integer(*v))
	case *fhir.UnsignedInt:
		x.NumberInteger(param, fhir.Integer(*v))
	case *r4.Range:
		x.NumberRange(param, v)
	}
}

// QuantityValue indexes v as a quantity.
func (x *Rows) QuantityValue(param int32, v fhir.Value) {
	switch v := v.(type) {
	case *r4.Quantity:
		x.Quantity(param, v)
	case *r4.Age:
		x.Quantity(param, (*r4.Quantity)(v))
	case *r4.Count:
		x.Quantity(param, (*r4.Quantity)(v))
	case *r4.Distance:
		x.Quantity(param, (*r4.Quantity)(v))
	case *r4.Duration:
		x.Quantity(param, (*r4.Quantity)(v))
	case *r4.Money:
		x.QuantityMoney(param, v)
	case *r4.Range:
		x.QuantityRange(param, v)
	case *r4.SampledData:
		x.QuantitySamples(param, v)
	}
}
