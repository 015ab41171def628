package searchsql

import (
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// What contained resources refer to is included as what other matches refer to is, by their own rows; so is what refers to them, which
// is their container. Where the containers are the matches, what any of the types asked for refers to that lies in one of them is
// included, since all of it is shown. Canonicals in contained resources lead nowhere.
//
// https://hl7.org/fhir/R4/search.html#contained

// insides are the contained resources among the matches of a search, or in these; none in other searches.
type insides struct {
	numbers []int64  // of those that are matches by themselves
	types   []string // that were searched
	all     bool     // whatever lies in a match of these types
}

// shown sorts the matches into resources of their own, those around which is included besides among them, and contained ones.
func (r *runner) shown(result *chart.Result, around []*chart.Version) ([]*chart.Version, insides) {
	if r.within == nil {
		return slices.Concat(result.Matches, around), insides{}
	}
	in := insides{types: r.typesOf(r.query), all: !r.query.ContainedAlone}
	var own []*chart.Version
	for i, v := range result.Matches {
		if i < len(result.Places) && result.Places[i] > 0 {
			in.numbers = append(in.numbers, index.ContainedNumber(v.Number, result.Places[i]))
		} else {
			own = append(own, v)
		}
	}
	return append(own, around...), in
}

// concern reports whether some of the contained resources are of a type; empty = any.
func (i *insides) concern(typ string) bool {
	return (i.all || len(i.numbers) > 0) && (typ == "" || slices.Contains(i.types, typ))
}

// fromInside selects what contained resources refer to, of which those lie in the resources rids that are not matches by themselves.
func (r *runner) fromInside(in *search.Include, inside insides, rids []int64) (expr, []string) {
	f := r.alias()
	from, where := expr{text: "idx_ref " + f}, r.d.in(f+".rid", inside.numbers)
	if inside.all {
		c := r.alias()
		from = expr{text: "resource " + c + r.d.over() + "idx_ref " + f + " ON " + f + ".rid >= -(" + c + ".rid << 12 | 4095) AND " + f + ".rid < -(" + c + ".rid << 12)"}
		where = r.d.in(c+".rid", rids)
	}
	return r.targetsOf(in, f, from, where, func(param int64) int64 { return int64(index.ContainedParam(int32(param))) }) // it was one
}
