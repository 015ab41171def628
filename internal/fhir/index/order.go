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
	x.Within, x.contained, x.Dropped = nil, nil, 0
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

func unique[T any](s []T, order func(a, b T) int) []T {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, order)
	return slices.CompactFunc(s, func(a, b T) bool { return order(a, b) == 0 })
}

// The orders take values, not addresses: what sorting hands to a function it doesn't know would have to live on the heap.

func compareToken(a, b Token) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	if c := strings.Compare(a.System, b.System); c != 0 {
		return c
	}
	return strings.Compare(a.Text, b.Text)
}

func compareString(a, b String) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := strings.Compare(a.Norm, b.Norm); c != 0 {
		return c
	}
	return strings.Compare(a.Exact, b.Exact)
}

func compareReference(a, b Reference) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := strings.Compare(a.Type, b.Type); c != 0 {
		return c
	}
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	if c := strings.Compare(a.URL, b.URL); c != 0 {
		return c
	}
	return strings.Compare(a.Version, b.Version)
}

func compareURI(a, b URI) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	return strings.Compare(a.URI, b.URI)
}

func compareDate(a, b Date) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Lo, b.Lo); c != 0 {
		return c
	}
	return cmp.Compare(a.Hi, b.Hi)
}

func compareNumber(a, b Number) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Value, b.Value); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Lo, b.Lo); c != 0 {
		return c
	}
	return cmp.Compare(a.Hi, b.Hi)
}

func compareQuantity(a, b Quantity) int {
	if c := compareNumber(Number{a.Param, a.Value, a.Lo, a.Hi}, Number{b.Param, b.Value, b.Lo, b.Hi}); c != 0 {
		return c
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	if c := strings.Compare(a.System, b.System); c != 0 {
		return c
	}
	return strings.Compare(a.Unit, b.Unit)
}

func compareComposite(a, b Composite) int {
	if c := cmp.Compare(a.Param, b.Param); c != 0 {
		return c
	}
	if c := compareComponent(a.A, b.A); c != 0 {
		return c
	}
	if c := compareComponent(a.B, b.B); c != 0 {
		return c
	}
	return compareComponent(a.C, b.C)
}

func compareComponent(a, b Component) int {
	if c := comparePointer(a.Token, b.Token, compareToken); c != 0 {
		return c
	}
	if c := comparePointer(a.String, b.String, compareString); c != 0 {
		return c
	}
	if c := comparePointer(a.Reference, b.Reference, compareReference); c != 0 {
		return c
	}
	if c := comparePointer(a.Date, b.Date, compareDate); c != 0 {
		return c
	}
	if c := comparePointer(a.Number, b.Number, compareNumber); c != 0 {
		return c
	}
	if c := comparePointer(a.Quantity, b.Quantity, compareQuantity); c != 0 {
		return c
	}
	return comparePointer(a.URI, b.URI, compareURI)
}

func comparePointer[T any](a, b *T, order func(a, b T) int) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return order(*a, *b)
}
