package index

import "chartwright/internal/fhir"

// A contained resource is searched by rows of its own, which lie beside those of all resources and meet them nowhere: its number
// is negative and made of that of its container and its place there, and so are the numbers of its parameters.
//
// https://hl7.org/fhir/R4/search.html#contained

const (
	containedBits = 12
	// MaxContained is how many contained resources of one resource are indexed: the first ones.
	MaxContained = 1<<containedBits - 1
)

// Within holds the rows of one contained resource.
type Within struct {
	Place int // in the container's list, from 1
	Type  string
	Rows  *Rows
}

// ContainedNumber is the number of the resource at a place, from 1, in the list of the resources contained in number.
func ContainedNumber(number int64, place int) int64 { return -(number<<containedBits | int64(place)) }

// Container takes the number of a contained resource apart.
func Container(contained int64) (number int64, place int) {
	return -contained >> containedBits, int(-contained & MaxContained)
}

// ContainedDocument is the number of the resource at a place in a version of its container, the one with the sequence number seq:
// they go up with it.
func ContainedDocument(seq int64, place int) int64 { return seq<<containedBits | int64(place) }

// DocumentVersion is the sequence number of the version in which the resource with a document number lies.
func DocumentVersion(document int64) int64 { return document >> containedBits }

// ContainedRange are the least and the greatest number of what a resource can contain.
func ContainedRange(number int64) (least, greatest int64) {
	return ContainedNumber(number, MaxContained), ContainedNumber(number, 1)
}

// ContainedParam is the number of a parameter's rows on contained resources.
func ContainedParam(param int32) int32 { return -param }

// AddContained takes over rows that were made for a contained resource alone; id is its local id, without #. The rows are those
// of the container from then on.
func (x *Rows) AddContained(place int, typ, id string, rows *Rows) {
	rows.contain()
	// What has an id of the site is found by a column of the store; what is contained, by a row.
	rows.Tokens = append(rows.Tokens, Token{Param: ContainedParam(fhir.RowNumber(typ, "_id")), Code: id})
	x.Within = append(x.Within, Within{Place: place, Type: typ, Rows: rows})
}

// Add takes over more rows that were made for the contained resource alone.
func (w *Within) Add(rows *Rows) {
	rows.contain()
	x := w.Rows
	x.Tokens = append(x.Tokens, rows.Tokens...)
	x.Strings = append(x.Strings, rows.Strings...)
	x.References = append(x.References, rows.References...)
	x.URIs = append(x.URIs, rows.URIs...)
	x.Dates = append(x.Dates, rows.Dates...)
	x.Numbers = append(x.Numbers, rows.Numbers...)
	x.Quantities = append(x.Quantities, rows.Quantities...)
	x.Composites = append(x.Composites, rows.Composites...)
	x.Dropped += rows.Dropped
}

// contain gives rows the numbers of contained resources.
func (x *Rows) contain() {
	for i := range x.Tokens {
		x.Tokens[i].Param = ContainedParam(x.Tokens[i].Param)
	}
	for i := range x.Strings {
		x.Strings[i].Param = ContainedParam(x.Strings[i].Param)
	}
	for i := range x.References {
		x.References[i].Param = ContainedParam(x.References[i].Param)
	}
	for i := range x.URIs {
		x.URIs[i].Param = ContainedParam(x.URIs[i].Param)
	}
	for i := range x.Dates {
		x.Dates[i].Param = ContainedParam(x.Dates[i].Param)
	}
	for i := range x.Numbers {
		x.Numbers[i].Param = ContainedParam(x.Numbers[i].Param)
	}
	for i := range x.Quantities {
		x.Quantities[i].Param = ContainedParam(x.Quantities[i].Param)
	}
	for i := range x.Composites {
		x.Composites[i].Param = ContainedParam(x.Composites[i].Param)
	}
}

// Contents are the resources that the one whose rows were made last contains.
func (x *Rows) Contents() []fhir.Resource { return x.contained }
