package index

import (
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// StringString indexes a string.
func (x *Rows) StringString(param int32, s fhir.String) { x.string(param, s.V) }

// StringMarkdown indexes markdown as it is written, marks included.
func (x *Rows) StringMarkdown(param int32, s fhir.Markdown) { x.string(param, s.V) }

// StringName indexes every part of a name, each by itself.
//
// https://hl7.org/fhir/R4/patient.html#search
func (x *Rows) StringName(param int32, n *r4.HumanName) {
	if n == nil {
		return
	}
	x.string(param, n.Text.V)
	x.string(param, n.Family.V)
	x.strings(param, n.Given)
	x.strings(param, n.Prefix)
	x.strings(param, n.Suffix)
}

// StringAddress indexes every part of an address, each by itself.
func (x *Rows) StringAddress(param int32, a *r4.Address) {
	if a == nil {
		return
	}
	x.string(param, a.Text.V)
	x.strings(param, a.Line)
	x.string(param, a.City.V)
	x.string(param, a.District.V)
	x.string(param, a.State.V)
	x.string(param, a.PostalCode.V)
	x.string(param, a.Country.V)
}

func (x *Rows) strings(param int32, list []fhir.String) {
	for i := range list {
		x.string(param, list[i].V)
	}
}

const (
	// maxLater bounds the later words by which a text is found, laterLength the bytes that are kept from each on.
	maxLater    = 16
	laterLength = 64
)

// string indexes s and what begins with its later words. Components of composites are found by their beginning alone.
func (x *Rows) string(param int32, s string) {
	if s == "" {
		return
	}
	norm := x.fold(s)
	x.Strings = append(x.Strings, String{param, norm, s})
	if x.bare {
		return
	}
	for range maxLater {
		at := strings.IndexByte(norm, ' ')
		if at < 0 {
			return
		}
		norm = norm[at+1:]
		later, _ := Head(norm, laterLength)
		x.Strings = append(x.Strings, String{Param: param, Norm: strings.TrimSuffix(later, " ")})
	}
}

// whole indexes s, which has no words.
func (x *Rows) whole(param int32, s string) {
	if s != "" {
		x.Strings = append(x.Strings, String{param, x.fold(s), s})
	}
}
