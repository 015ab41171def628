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
	Rows  *Rows
}

// ContainedNumber is the number of the resource at a place, from 1, in the list of the resources contained in number.
func ContainedNumber(number int64, place int) int64 { return -(number<<containedBits | int64(place)) }

// Container takes the number of a contained resource apart.
func Container(contained int64) (number int64, place int) {
	return -contained >> containedBits, int(-contained & MaxContained)
}

// ContainedRange are the least and the greatest number of what a resource can contain.
func ContainedRange(number int64) (least, greatest int64) {
	return ContainedNumber(number, MaxContained), ContainedNumber(number, 1)
}

// ContainedParam is the number of a parameter's rows on contained resources.
func ContainedParam(param int32) int32 { return -param }

// AddContained takes over rows that were made for a contained resource alone; id is its local id, without #. The rows are those
// of the container from then on.
func (x *Rows) AddContained(place int, typ, id string, rows *Rows) {
	for i := range rows.Tokens {
		rows.Tokens[i].Param = ContainedParam(rows.Tokens[i].Param)
	}
	for i := range rows.Strings {
		rows.Strings[i].Param = ContainedParam(rows.Strings[i].Param)
	}
	for i := range rows.References {
		rows.References[i].Param = ContainedParam(rows.References[i].Param)
	}
	for i := range rows.URIs {
		rows.URIs[i].Param = ContainedParam(rows.URIs[i].Param)
	}
	for i := range rows.Dates {
		rows.Dates[i].Param = ContainedParam(rows.Dates[i].Param)
	}
	for i := range rows.Numbers {
		rows.Numbers[i].Param = ContainedParam(rows.Numbers[i].Param)
	}
	for i := range rows.Quantities {
		rows.Quantities[i].Param = ContainedParam(rows.Quantities[i].Param)
	}
	for i := range rows.Composites {
		rows.Composites[i].Param = ContainedParam(rows.Composites[i].Param)
	}
	// What has an id of the site is found by a column of the store; what is contained, by a row.
	rows.Tokens = append(rows.Tokens, Token{Param: ContainedParam(fhir.RowNumber(typ, "_id")), Code: id})
	x.Within = append(x.Within, Within{Place: place, Rows: rows})
}

// Contents are the resources that the one whose rows were made last contains.
func (x *Rows) Contents() []fhir.Resource { return x.contained }
