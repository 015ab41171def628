package index

import (
	"cmp"
	"slices"
	"strings"
)

// Reset empties x for the next resource and keeps its memory. Bases stay.
func (x *Rows) Reset() {
	x.Tokens, x.Strings, x.References, x.URIs = x.Tokens[:0], x.Strings[:0], x.References[:0], x.URIs[:0]
	x.Dates, x.Numbers, x.Quantities = x.Dates[:0], x.Numbers[:0], x.Quantities[:0]
	clear(x.Composites)
	x.Composites = x.Composites[:0]
	x.contained = nil
	x.kept.reset()
}

// Len is the number of rows of all kinds.
func (x *Rows) Len() int {
	return len(x.Tokens) + len(x.Strings) + len(x.References) + len(x.URIs) + len(x.Dates) + len(x.Numbers) +
		len(x.Quantities) + len(x.Composites)
}

// Sort orders the rows of each kind by parameter and value and drops the ones that repeat.
func (x *Rows) Sort() {
	x.Tokens = unique(x.Tokens, compareToken)
	x.Strings = unique(x.Strings, compareString)
	x.References = unique(x.References, compareReference)
	x.URIs = unique(x.URIs, compareURI)
	x.Dates = unique(x.Dates, compareDate)
	x.Numbers = unique(x.Numbers, compareNumber)
	x.Quantities = unique(x.Quantities, compareQuantity)
	x.Composites = unique(x.Composites, compareComposite)
}

func unique[T any](s []T, order func(a, b *T) int) []T {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, func(a, b T) int { return order(&a, &b) })
	return slices.CompactFunc(s, func(a, b T) bool { return order(&a, &b) == 0 })
}

func compareToken(a, b *Token) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), strings.Compare(a.Code, b.Code), strings.Compare(a.System, b.System),
		strings.Compare(a.Text, b.Text))
}

func compareString(a, b *String) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), strings.Compare(a.Norm, b.Norm), strings.Compare(a.Exact, b.Exact))
}

func compareReference(a, b *Reference) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID),
		strings.Compare(a.URL, b.URL), strings.Compare(a.Version, b.Version))
}

func compareURI(a, b *URI) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), strings.Compare(a.URI, b.URI))
}

func compareDate(a, b *Date) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
}

func compareNumber(a, b *Number) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
}

func compareQuantity(a, b *Quantity) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi),
		strings.Compare(a.Code, b.Code), strings.Compare(a.System, b.System), strings.Compare(a.Unit, b.Unit))
}

func compareComposite(a, b *Composite) int {
	return cmp.Or(cmp.Compare(a.Param, b.Param), compareComponent(&a.A, &b.A), compareComponent(&a.B, &b.B),
		compareComponent(&a.C, &b.C))
}

func compareComponent(a, b *Component) int {
	return cmp.Or(comparePointer(a.Token, b.Token, compareToken), comparePointer(a.String, b.String, compareString),
		comparePointer(a.Reference, b.Reference, compareReference), comparePointer(a.Date, b.Date, compareDate),
		comparePointer(a.Number, b.Number, compareNumber), comparePointer(a.Quantity, b.Quantity, compareQuantity),
		comparePointer(a.URI, b.URI, compareURI))
}

func comparePointer[T any](a, b *T, order func(a, b *T) int) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return order(a, b)
}
