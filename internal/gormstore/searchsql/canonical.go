package searchsql

import (
	"bytes"
	"slices"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// A canonical names a definition by its URL, not by its place: which resource it is, idx_uri tells under the parameter url of
// the definition's type. A canonical with a version names that version alone; one without names every version that is here.
//
// https://hl7.org/fhir/R4/references.html#canonical

// maxCanonicals bounds the different canonicals that one round of includes follows.
const maxCanonicals = 100

// canonical is a URL with a version, or without.
type canonical struct{ url, version string }

// definedBy returns the row number of the parameter code of each type that has canonical URLs: of those that have versions beside
// them. The url of a Device is where it answers in the network.
func (c *compiler) definedBy(types []string, code string) []int64 {
	var list []int64
	for _, typ := range types {
		if url := c.env.Table.Lookup(typ, "url"); url == nil || url.Type != search.URI || c.env.Table.Lookup(typ, "version") == nil {
			continue
		}
		if p := c.env.Table.Lookup(typ, code); p != nil {
			list = append(list, rows(&search.Clause{Param: p})...)
		}
	}
	return list
}

// canonicalTypes are the types of definitions that an include can reach; none if it follows no canonical.
func (r *runner) canonicalTypes(in *search.Include, param *search.Param) []string {
	types := param.Targets
	if in.Target != "" {
		types = slices.DeleteFunc(slices.Clone(types), func(typ string) bool { return typ != in.Target })
	}
	return slices.DeleteFunc(slices.Clone(types), func(typ string) bool { return len(r.definedBy([]string{typ}, "url")) == 0 })
}

// includedParams are the reference parameters that an include follows on the resources of a type.
func (r *runner) includedParams(in *search.Include, typ string) []*search.Param {
	switch {
	case in.Param != nil:
		return []*search.Param{in.Param}
	case in.Source != "" && in.Source != typ:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.env.Table.Of(typ)), func(p *search.Param) bool { return p.Type != search.Reference })
}

// reach is where an include can lead from the resources of a type through canonicals.
type reach struct {
	rows map[int32][]string // row number of a parameter → types of definitions
	// members are how the names of the JSON members begin of which a resource has one if it has any such canonical; nil = that can't
	// be told.
	members [][]byte
	own     bool // a parameter of the site's own is among them
}

func (r *runner) reach(in *search.Include, typ string) *reach {
	reach, told := &reach{rows: map[int32][]string{}}, true
	for _, p := range r.includedParams(in, typ) {
		types := r.canonicalTypes(in, p)
		if len(types) == 0 {
			continue
		}
		for _, row := range p.Rows {
			reach.rows[row] = types
		}
		reach.own = reach.own || p.Revision != 0
		for path := range strings.SplitSeq(p.Expression, "|") {
			name := lastElement(path)
			told = told && name != ""
			reach.members = append(reach.members, []byte(name))
		}
	}
	if !told {
		reach.members = nil
	}
	return reach
}

// concerns reports whether a body may hold a canonical that leads somewhere. Nearly none does, and this look is cheaper than
// decoding.
func (r *reach) concerns(body []byte) bool {
	return len(r.rows) > 0 && (r.members == nil || slices.ContainsFunc(r.members, func(m []byte) bool { return opens(body, m) }))
}

// opens reports whether a string of JSON begins with text. To look for the quote as well would stop at every string.
func opens(body, text []byte) bool {
	for at := 0; ; at++ {
		next := bytes.Index(body[at:], text)
		if next < 0 {
			return false
		}
		if at += next; at > 0 && body[at-1] == '"' {
			return true
		}
	}
}

// lastElement is the last element on the plain path with which a FHIRPath expression begins: instantiatesCanonical of
// CarePlan.instantiatesCanonical, resource of Library.relatedArtifact.resource. What has a value there has that element, whose
// member in JSON begins with its name (value may be valueCanonical). Empty if the expression doesn't begin with such a path.
func lastElement(expression string) string {
	if strings.Contains(expression, "union(") || strings.Contains(expression, "combine(") {
		return "" // these add what lies elsewhere
	}
	path := strings.TrimLeft(expression, " (")
	end := strings.IndexFunc(path, func(c rune) bool {
		return c != '.' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	function := end >= 0 && path[end] == '(' // its name is no element
	if end >= 0 {
		path = path[:end]
	}
	if at := strings.LastIndexByte(path, '.'); function && at >= 0 {
		path = path[:at]
	}
	_, path, _ = strings.Cut(path, ".") // the type
	return path[strings.LastIndexByte(path, '.')+1:]
}

// forwardCanonical selects the definitions that canonicals of the resources name. The canonicals are read from the bodies:
// no index leads from a resource to them, since only includes would need it.
func (r *runner) forwardCanonical(in *search.Include, around []*chart.Version, result *chart.Result) ([]expr, error) {
	wanted := map[canonical][]string{} // to the types that it can be
	reaches := map[string]*reach{}
	for _, v := range around {
		if in.Source != "" && v.Type != in.Source {
			continue
		}
		reach := reaches[v.Type]
		if reach == nil {
			reach = r.reach(in, v.Type)
			reaches[v.Type] = reach
		}
		if !reach.concerns(v.Body) {
			continue
		}
		x, err := r.extract(v)
		if err == nil && reach.own && r.env.Own != nil {
			err = r.env.Own(r.env.Table, v.Body, x)
		}
		if err != nil {
			return nil, err
		}
		for _, ref := range x.References {
			if types := reach.rows[ref.Param]; len(types) > 0 && ref.URL != "" && ref.URL[0] != '#' {
				wanted[canonical{ref.URL, ref.Version}] = types
			}
		}
	}
	var parts []expr
	for _, c := range sorted(wanted, result) {
		types, t := wanted[c], r.alias()
		e := sq("SELECT "+t+".rid FROM idx_uri "+t+" WHERE ? AND "+t+".uri = ?", r.d.in(t+".param", r.definedBy(types, "url")), index.Key(c.url))
		if c.version != "" {
			v := r.alias()
			e = sq("? AND ?", e, r.exists(sq("idx_token "+v+" WHERE ? AND "+v+".code = ? AND "+v+".rid = "+t+".rid", r.d.in(v+".param", r.definedBy(types, "version")), index.Key(c.version))))
		}
		parts = append(parts, e)
	}
	return parts, nil
}

// backwardCanonical selects what names the resources, which are definitions, by canonicals.
func (r *runner) backwardCanonical(in *search.Include, around []*chart.Version, result *chart.Result) ([]expr, error) {
	sources := []string{in.Source}
	if in.Source == "" {
		sources = r.env.Types
	}
	named := map[canonical][]int64{} // to the rows that can name it
	for _, v := range around {
		urls, versions := r.definedBy([]string{v.Type}, "url"), r.definedBy([]string{v.Type}, "version")
		if len(urls) == 0 {
			continue
		}
		var params []int64
		for _, source := range sources {
			for _, p := range r.includedParams(in, source) {
				if slices.Contains(r.canonicalTypes(in, p), v.Type) {
					params = append(params, rows(&search.Clause{Param: p})...)
				}
			}
		}
		if len(params) == 0 {
			continue
		}
		x, err := r.extract(v)
		if err != nil {
			return nil, err
		}
		var c canonical
		for _, u := range x.URIs {
			if slices.Contains(urls, int64(u.Param)) {
				c.url = u.URI
			}
		}
		for _, k := range x.Tokens {
			if slices.Contains(versions, int64(k.Param)) {
				c.version = k.Code
			}
		}
		if c.url != "" {
			named[c] = params
		}
	}
	var parts []expr
	for _, c := range sorted(named, result) {
		f, g := r.alias(), r.alias()
		// Every canonical has a row without its version. One that names a version has another with it.
		names := sq("? AND NOT ?", sq(f+".uri = ?", index.Key(c.url)), r.exists(sq("idx_uri "+g+" WHERE "+g+".param = "+f+".param AND "+g+".uri >= ? AND "+g+".uri < ? AND "+g+".rid = "+f+".rid",
			index.Key(c.url+"|"), index.Key(c.url+"}"))))
		if c.version != "" {
			names = or(names, sq(f+".uri = ?", index.Key(c.url+"|"+c.version)))
		}
		parts = append(parts, sq("SELECT "+f+".rid FROM idx_uri "+f+" WHERE ? AND ?", r.d.in(f+".param", named[c]), names))
	}
	return parts, nil
}

// extract is the search index of a resource.
func (r *runner) extract(v *chart.Version) (*index.Rows, error) {
	x := &index.Rows{}
	if r.env.Extract == nil {
		return x, nil
	}
	if err := r.env.Extract(v.Type, v.Body, x); err != nil {
		return nil, fault.Wrap(fault.Internal, "search.include", err)
	}
	return x, nil
}

// sorted lists canonicals, as many as one round follows; the result tells if there are more.
func sorted[T any](all map[canonical]T, result *chart.Result) []canonical {
	list := make([]canonical, 0, len(all))
	for c := range all {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b canonical) int { return strings.Compare(a.url+"|"+a.version, b.url+"|"+b.version) })
	if len(list) > maxCanonicals {
		list, result.MoreIncluded = list[:maxCanonicals], true
	}
	return list
}
