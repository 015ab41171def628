package fhir

import "strconv"

// stringShaped are the primitives that are strings in JSON.
type stringShaped interface {
	Base64Binary | Canonical | Code | Date | DateTime | ID | Instant | Markdown | OID | String | Time | URI | URL | UUID | XHTML
}

// Of returns the primitive T with value v: fhir.Of[fhir.Date]("2020-02"). The value is not checked; see package validate.
func Of[T stringShaped](v string) T { return T(String{V: v}) }

// NewString returns the string v; an empty one is an absent element.
func NewString(v string) String { return String{V: v} }

// NewCode returns the code v.
func NewCode(v string) Code { return Code{V: v} }

// NewURI returns the uri v.
func NewURI(v string) URI { return URI{V: v} }

// NewDateTime returns the dateTime v as written.
func NewDateTime(v string) DateTime { return DateTime{V: v} }

// NewDate returns the date v as written.
func NewDate(v string) Date { return Date{V: v} }

// NewInstant returns the instant v as written.
func NewInstant(v string) Instant { return Instant{V: v} }

// NewMarkdown returns the markdown text v.
func NewMarkdown(v string) Markdown { return Markdown{V: v} }

// NewID returns the id v.
func NewID(v string) ID { return ID{V: v} }

// NewBoolean returns a boolean that is present.
func NewBoolean(v bool) Boolean { return Boolean{V: v, Set: true} }

// NewInteger returns an integer that is present.
func NewInteger(v int32) Integer { return Integer{V: v, Set: true} }

// NewPositiveInt returns a positiveInt that is present.
func NewPositiveInt(v int32) PositiveInt { return PositiveInt{V: v, Set: true} }

// NewUnsignedInt returns an unsignedInt that is present.
func NewUnsignedInt(v int32) UnsignedInt { return UnsignedInt{V: v, Set: true} }

// NewDecimal returns the decimal with the given literal, such as 1.10.
func NewDecimal(literal string) Decimal { return Decimal{V: literal} }

// DecimalOf returns v as the shortest decimal that reads back as v. FHIR has no NaN and no infinity: those are absent.
func DecimalOf(v float64) Decimal {
	if v != v || v-v != 0 {
		return Decimal{}
	}
	return Decimal{V: strconv.FormatFloat(v, 'f', -1, 64)}
}

// Float returns the nearest float64; false if d is absent or no number.
func (d Decimal) Float() (float64, bool) {
	v, err := strconv.ParseFloat(d.V, 64)
	return v, err == nil
}
