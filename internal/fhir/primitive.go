package fhir

import "unsafe"

// The primitive types. They have no fields: their id and extensions lie in X.
// https://hl7.org/fhir/R4/datatypes.html#primitive
var (
	base64BinaryType = newPrimitive[Base64Binary]("base64Binary", KindString, isBase64Binary)
	booleanType      = newPrimitive[Boolean]("boolean", KindBoolean, nil)
	canonicalType    = newPrimitive[Canonical]("canonical", KindString, isURI)
	codeType         = newPrimitive[Code]("code", KindString, isCode)
	dateType         = newPrimitive[Date]("date", KindString, isDate)
	dateTimeType     = newPrimitive[DateTime]("dateTime", KindString, isDateTime)
	decimalType      = newPrimitive[Decimal]("decimal", KindDecimal, isDecimal)
	idType           = newPrimitive[ID]("id", KindString, isID)
	instantType      = newPrimitive[Instant]("instant", KindString, isInstant)
	integerType      = newPrimitive[Integer]("integer", KindInteger, nil)
	markdownType     = newPrimitive[Markdown]("markdown", KindString, nil)
	oidType          = newPrimitive[OID]("oid", KindString, isOID)
	positiveIntType  = newPrimitive[PositiveInt]("positiveInt", KindInteger, nil)
	stringType       = newPrimitive[String]("string", KindString, nil)
	timeType         = newPrimitive[Time]("time", KindString, isTime)
	unsignedIntType  = newPrimitive[UnsignedInt]("unsignedInt", KindInteger, nil)
	uriType          = newPrimitive[URI]("uri", KindString, isURI)
	urlType          = newPrimitive[URL]("url", KindString, isURI)
	uuidType         = newPrimitive[UUID]("uuid", KindString, isUUID)
	xhtmlType        = newPrimitive[XHTML]("xhtml", KindString, nil)
)

// newPrimitive describes the primitive whose value struct is T.
func newPrimitive[T any, P interface {
	*T
	Value
}](name string, kind Kind, format func(string) bool) Type {
	return Type{
		Name: name, Kind: kind, Index: -1, Size: unsafe.Sizeof(*new(T)), Format: format,
		New:     func() unsafe.Pointer { return unsafe.Pointer(new(T)) },
		Append:  appender(unsafe.Sizeof(*new(T)), Make[T], Move[T]),
		AsValue: func(p unsafe.Pointer) Value { return P((*T)(p)) },
		plan:    &plan{make: Make[T], move: Move[T]},
	}
}

// Primitive returns the primitive type called name, nil if there is none.
func Primitive(name string) *Type {
	switch name {
	case "base64Binary":
		return &base64BinaryType
	case "boolean":
		return &booleanType
	case "canonical":
		return &canonicalType
	case "code":
		return &codeType
	case "date":
		return &dateType
	case "dateTime":
		return &dateTimeType
	case "decimal":
		return &decimalType
	case "id":
		return &idType
	case "instant":
		return &instantType
	case "integer":
		return &integerType
	case "markdown":
		return &markdownType
	case "oid":
		return &oidType
	case "positiveInt":
		return &positiveIntType
	case "string":
		return &stringType
	case "time":
		return &timeType
	case "unsignedInt":
		return &unsignedIntType
	case "uri":
		return &uriType
	case "url":
		return &urlType
	case "uuid":
		return &uuidType
	case "xhtml":
		return &xhtmlType
	}
	return nil
}

// Type implements [Value].
func (*Base64Binary) Type() *Type { return &base64BinaryType }

// Type implements [Value].
func (*Boolean) Type() *Type { return &booleanType }

// Type implements [Value].
func (*Canonical) Type() *Type { return &canonicalType }

// Type implements [Value].
func (*Code) Type() *Type { return &codeType }

// Type implements [Value].
func (*Date) Type() *Type { return &dateType }

// Type implements [Value].
func (*DateTime) Type() *Type { return &dateTimeType }

// Type implements [Value].
func (*Decimal) Type() *Type { return &decimalType }

// Type implements [Value].
func (*ID) Type() *Type { return &idType }

// Type implements [Value].
func (*Instant) Type() *Type { return &instantType }

// Type implements [Value].
func (*Integer) Type() *Type { return &integerType }

// Type implements [Value].
func (*Markdown) Type() *Type { return &markdownType }

// Type implements [Value].
func (*OID) Type() *Type { return &oidType }

// Type implements [Value].
func (*PositiveInt) Type() *Type { return &positiveIntType }

// Type implements [Value].
func (*String) Type() *Type { return &stringType }

// Type implements [Value].
func (*Time) Type() *Type { return &timeType }

// Type implements [Value].
func (*UnsignedInt) Type() *Type { return &unsignedIntType }

// Type implements [Value].
func (*URI) Type() *Type { return &uriType }

// Type implements [Value].
func (*URL) Type() *Type { return &urlType }

// Type implements [Value].
func (*UUID) Type() *Type { return &uuidType }

// Type implements [Value].
func (*XHTML) Type() *Type { return &xhtmlType }
