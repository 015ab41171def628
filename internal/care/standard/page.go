package standard

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
)

// Bounds of a page of a collection.
const (
	defaultLimit = 100
	maxLimit     = 200
)

// listing is a request for one page of a collection.
type listing struct {
	op     *form.Operation
	path   string            // as the caller wrote it, below the address of the site's APIs
	values map[string]string // query parameters
	types  []string          // FHIR types of the records, one after the other
	query  url.Values        // FHIR search that finds the candidates
	sort   []sortKey         // what the caller sorts by
	order  string            // FHIR sort keys unless the caller names others
	column columns           // filters by what the rows don't show; may be nil

	limit, offset int
}

// sortKey is one key of _sort.
type sortKey struct {
	name       string
	descending bool
	params     []string // FHIR search parameters that order by it, one for each type of the listing; none = only rows at hand can be ordered
}

// columns returns what a resource says about a filter that its row has no field for.
type columns func(r r4.Resource, name string) string

// list reads the query parameters of a collection; params points to the generated struct. path is that of the operation with
// its parameters filled in; typ names the FHIR type of the records, or several.
func list(op *form.Operation, path, typ string, params any) (*listing, error) {
	l := &listing{op: op, path: path, values: row.Texts(params), types: strings.Fields(typ), query: url.Values{}, limit: defaultLimit}
	most := maxLimit
	if op.Most > 0 {
		l.limit, most = op.Most, op.Most
	}
	limit := l.values["_limit"]
	if max, ok := l.values["_maxresults"]; ok {
		limit = max
	}
	var p form.Problems
	if limit != "" {
		l.limit = natural(limit, "_limit", &p)
	}
	if l.limit == 0 || l.limit > most {
		l.limit = most
	}
	if o := l.values["_offset"]; o != "" {
		l.offset = natural(o, "_offset", &p)
	}
	for key := range strings.SplitSeq(l.values["_sort"], ",") {
		if key == "" {
			continue
		}
		name, descending := strings.CutPrefix(key, "-")
		i := slices.IndexFunc(l.op.Sort, func(k form.Key) bool { return k.Name == name })
		if i < 0 {
			p.Add("_sort", "InArray::NOT_IN_ARRAY", "_sort must be in the defined set of values")
			continue
		}
		l.sort = append(l.sort, sortKey{name, descending, strings.Fields(l.op.Sort[i].Param)})
	}
	return l, p.Err()
}

func natural(s, field string, p *form.Problems) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		p.Add(field, "Numeric::NOT_NUMERIC", field+" must be numeric")
		return 0
	}
	return n
}

// by adds a criterion of the FHIR search.
func (l *listing) by(param, value string) *listing {
	l.query.Add(param, value)
	return l
}

// otherwise sets the order for callers who name none: FHIR sort keys.
func (l *listing) otherwise(order string) *listing {
	l.order = order
	return l
}

// orderOf returns the FHIR sort keys for the type with an index.
func (l *listing) orderOf(i int) string {
	if len(l.sort) == 0 {
		return l.order
	}
	var keys []string
	for _, k := range l.sort {
		if i < len(k.params) {
			keys = append(keys, strings.Repeat("-", map[bool]int{true: 1}[k.descending])+k.params[i])
		}
	}
	return strings.Join(keys, ",")
}

// fieldsOf returns the pointer to the struct whose fields a row has; a row that is encoded already still knows them.
func fieldsOf(t any) any {
	if r, ok := t.(interface{ fields() any }); ok {
		return r.fields()
	}
	return t
}

// before compares rows, pointers to structs, by what the caller sorts by; what lacks a value comes last, as in a FHIR search.
func (l *listing) before(a, b any) int {
	if len(l.sort) == 0 {
		return 0
	}
	a, b = fieldsOf(a), fieldsOf(b)
	for _, k := range l.sort {
		x, y := row.Text(a, k.name), row.Text(b, k.name)
		c := compare(x, y)
		switch {
		case c == 0:
			continue
		case x == "" || y == "":
			return -c
		case k.descending:
			return -c
		}
		return c
	}
	return 0
}

// filters adds the FHIR searches of the filters that the caller uses.
func (l *listing) filters() {
	for _, f := range l.op.Filter {
		v := l.values[f.Name]
		if v == "" || f.Search == "" || strings.Contains(f.Search, "{patient}") {
			continue // a patient by number is looked up by the service
		}
		param, value, _ := strings.Cut(f.Search, "=")
		esc := searchEscaper.Replace(v)
		l.query.Add(param, strings.NewReplacer("{value}", esc, "{gender}", genderOf(v)).Replace(value))
	}
}

// searchEscaper escapes what separates values in a FHIR search. https://hl7.org/fhir/R4/search.html#escaping
var searchEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "$", `\$`, ",", `\,`)

// passes reports whether a row, a pointer to a struct, made of a resource satisfies the caller's filters.
func (l *listing) passes(t any, r r4.Resource) bool {
	for _, f := range l.op.Filter {
		want, asked := l.values[f.Name]
		if !asked || strings.Contains(f.Search, "{patient}") || strings.HasPrefix(f.Search, "_id=") {
			continue
		}
		t, field := fieldsOf(t), orElse(f.Field, f.Name)
		have := row.Text(t, field)
		if l.column != nil && !slices.Contains(row.Names(t), field) {
			have = l.column(r, field)
		}
		if have != want && !sameTime(have, want) && !(f.Contains && strings.Contains(strings.ToLower(have), strings.ToLower(want))) {
			return false
		}
	}
	return true
}

// cut returns the page of rows that are all at hand, ordered by the caller's sort keys.
func cut[T any](ctx context.Context, d *Desk, l *listing, rows []T) ([]T, api.Links) {
	slices.SortStableFunc(rows, func(a, b T) int { return l.before(&a, &b) })
	rows = slices.DeleteFunc(rows, func(t T) bool { return !l.passes(&t, nil) })
	from := min(l.offset, len(rows))
	to := min(from+l.limit, len(rows))
	return rows[from:to:to], l.links(ctx, d, to < len(rows))
}

// compare orders numbers as numbers and everything else as text.
func compare(a, b string) int {
	x, errA := strconv.ParseInt(a, 10, 64)
	y, errB := strconv.ParseInt(b, 10, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// links returns the addresses of this collection's pages.
func (l *listing) links(ctx context.Context, d *Desk, more bool) api.Links {
	q := url.Values{}
	for name, v := range l.values {
		if name != "_limit" && name != "_maxresults" && name != "_offset" {
			q.Set(name, v)
		}
	}
	at := func(offset int) string {
		q.Set("_limit", strconv.Itoa(l.limit))
		q.Set("_offset", strconv.Itoa(offset))
		return d.cfg.Address(ctx) + l.path + "?" + q.Encode()
	}
	links := api.Links{First: at(0)}
	if l.offset > 0 {
		previous := at(max(0, l.offset-l.limit))
		links.Previous = &previous
	}
	if more {
		next := at(l.offset + l.limit)
		links.Next = &next
	}
	return links
}
