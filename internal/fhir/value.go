package fhir

// The primitive types are value structs. An element that is absent is the zero value; X carries what JSON keeps in the
// underscore twin (id and extensions) and may be set while V is absent.
// https://hl7.org/fhir/R4/json.html#primitive

// Element is what a primitive may carry beside its value.
type Element struct {
	ID        string
	Extension []Extension
}

// Extension is the one complex type that the language itself needs, because every primitive can carry it.
// https://hl7.org/fhir/R4/extensibility.html#Extension
type Extension struct {
	ID        string
	Extension []Extension
	URL       string
	Value     Value // any of the types that Extension.value[x] allows, or nil
}

// String is a FHIR string. An empty string is an absent one: FHIR forbids empty strings.
// Every other primitive that is a string in JSON has the same shape under its own name.
type String struct {
	V string
	X *Element
}

// The string-shaped primitives. https://hl7.org/fhir/R4/datatypes.html#primitive
type (
	Base64Binary String
	Canonical    String
	Code         String
	Date         String // YYYY, YYYY-MM or YYYY-MM-DD, as written
	DateTime     String // a Date or a full instant, as written
	ID           String
	Instant      String
	Markdown     String
	OID          String
	Time         String
	URI          String
	URL          String
	UUID         String
	XHTML        String
)

// Boolean is a FHIR boolean; Set tells false from absent.
type Boolean struct {
	V, Set bool
	X      *Element
}

// Integer is a FHIR integer; Set tells 0 from absent.
type Integer struct {
	V   int32
	Set bool
	X   *Element
}

// The integer-shaped primitives.
type (
	PositiveInt Integer
	UnsignedInt Integer
)

// Decimal is a FHIR decimal: the JSON number literal exactly as written, so that precision survives (1.10 is not 1.1).
type Decimal struct {
	V string
	X *Element
}

// Value is an element of a choice type (value[x]): a pointer to a primitive of this package or to a generated data type.
type Value interface {
	// Type describes the concrete type; its Name is the FHIR type name, such as Quantity or dateTime.
	Type() *Type
}
