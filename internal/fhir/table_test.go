package fhir_test

import (
	"reflect"
	"testing"
	"unsafe"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// TestTablesMatchStructs holds every row of the generated tables against the struct that it describes. The codec reads memory
// as the rows say, so a row that says otherwise than the compiler would corrupt it.
func TestTablesMatchStructs(t *testing.T) {
	t.Parallel()
	checked := map[*fhir.Type]bool{}
	for _, typ := range r4.Schema.Resources() {
		match(t, typ, reflect.TypeOf(typ.AsResource(typ.New())).Elem(), checked)
	}
	if len(checked) < len(r4.Schema.Resources())+400 {
		t.Errorf("only %d types were reached from the resources", len(checked))
	}
}

func match(t *testing.T, typ *fhir.Type, s reflect.Type, checked map[*fhir.Type]bool) {
	t.Helper()
	if checked[typ] {
		return
	}
	checked[typ] = true
	if typ.Size != s.Size() {
		t.Errorf("%s: %d bytes in the table, %d in Go", typ.Name, typ.Size, s.Size())
	}
	members := map[uintptr]reflect.Type{}
	for f := range s.Fields() {
		if _, twice := members[f.Offset]; twice {
			t.Fatalf("%s: two fields of %s share a place", typ.Name, s)
		}
		members[f.Offset] = f.Type
	}
	for _, f := range typ.Fields {
		at, ok := members[f.Offset]
		if !ok {
			t.Errorf("%s.%s: no field begins at %d of %s", typ.Name, f.Name, f.Offset, s)
			continue
		}
		delete(members, f.Offset)
		if f.List {
			if at.Kind() != reflect.Slice {
				t.Errorf("%s.%s repeats, and its field is a %s", typ.Name, f.Name, at)
				continue
			}
			at = at.Elem()
		} else if f.Kind == fhir.KindComplex && f.Type.Kind == fhir.KindComplex && at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		if !holds(at, f.Kind) {
			t.Errorf("%s.%s: a %s can't be read as kind %d", typ.Name, f.Name, at, f.Kind)
		} else if f.Kind == fhir.KindComplex {
			match(t, f.Type, at, checked)
		}
	}
	for _, at := range members {
		t.Errorf("%s: a field of type %s is in no row", typ.Name, at)
	}
}

// holds reports whether memory of type at can be read as kind.
func holds(at reflect.Type, kind fhir.Kind) bool {
	same := func(shape reflect.Type) bool {
		return at.ConvertibleTo(shape) && at.Kind() == shape.Kind() && at.Size() == shape.Size()
	}
	switch kind {
	case fhir.KindString:
		return same(reflect.TypeFor[fhir.String]())
	case fhir.KindBoolean:
		return same(reflect.TypeFor[fhir.Boolean]())
	case fhir.KindInteger:
		return same(reflect.TypeFor[fhir.Integer]())
	case fhir.KindDecimal:
		return same(reflect.TypeFor[fhir.Decimal]())
	case fhir.KindRaw:
		return at.Kind() == reflect.String && at.Size() == unsafe.Sizeof("")
	case fhir.KindComplex:
		return at.Kind() == reflect.Struct
	case fhir.KindChoice:
		return at == reflect.TypeFor[fhir.Value]()
	case fhir.KindResource:
		return at == reflect.TypeFor[fhir.Resource]()
	}
	return false
}
