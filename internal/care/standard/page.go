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
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// Bounds of a page of a collection.
const (
	defaultLimit = 100
	maxLimit     = 200
	// batch is how many resources are fetched at once while a filter or an offset passes over some.
	batch = 200
	// maxScanned bounds how many resources one request looks at.
	maxScanned = 20_000
)

// listing is a request for one page of a collection.
type listing struct {
	op     *form.Operation
	path   string            // as the caller wrote it, below the address of the site's APIs
	values map[string]string // query parameters
	types  []string          // FHIR types of the records, one after the other
	query  url.Values        // FHIR search that finds the candidates
	order  string            // FHIR sort keys unless the caller names others

	limit, offset int
}

// list reads the query parameters of a collection; params points to the generated struct. path is that of the operation with
// its parameters filled in; typ names the FHIR type of the records, or several.
func list(op *form.Operation, path, typ string, params any) (*listing, error) {
	l := &listing{op: op, path: path, values: row.Texts(params), types: strings.Fields(typ), query: url.Values{}, limit: defaultLimit}
	limit := l.values["_limit"]
	if max, ok := l.values["_maxresults"]; ok {
		limit = max
	}
	var p form.Problems
	if limit != "" {
		l.limit = natural(limit, "_limit", &p)
	}
	if l.limit == 0 || l.limit > maxLimit {
		l.limit = maxLimit
	}
	if o := l.values["_offset"]; o != "" {
		l.offset = natural(o, "_offset", &p)
	}
	var sort []string
	for key := range strings.SplitSeq(l.values["_sort"], ",") {
		if key == "" {
			continue
		}
		name := strings.TrimPrefix(key, "-")
		i := slices.IndexFunc(l.op.Sort, func(k form.Key) bool { return k.Name == name })
		if i < 0 {
			p.Add("_sort", "InArray::NOT_IN_ARRAY", "_sort must be in the defined set of values")
			continue
		}
		if param := l.op.Sort[i].Param; param != "" {
			sort = append(sort, strings.Repeat("-", len(key)-len(name))+param)
		}
	}
	l.order = strings.Join(sort, ",")
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

// otherwise sets the order for callers who name none.
func (l *listing) otherwise(order string) *listing {
	if l.order == "" {
		l.order = order
	}
	return l
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

// passes reports whether a row, a pointer to a struct, satisfies the caller's filters.
func (l *listing) passes(r any) bool {
	for _, f := range l.op.Filter {
		want, asked := l.values[f.Name]
		if !asked || strings.Contains(f.Search, "{patient}") {
			continue
		}
		have := row.Text(r, orElse(f.Field, f.Name))
		if f.Contains && strings.Contains(strings.ToLower(have), strings.ToLower(want)) || have == want {
			continue
		}
		if f.Search != "" && strings.HasPrefix(f.Search, "_id=") {
			continue
		}
		return false
	}
	return true
}

// collect returns the page of l: the candidates that FHIR finds, made into rows, those that pass. A mapper that returns nil
// leaves its resource out.
func collect[T any](ctx context.Context, d *Desk, l *listing, mapper func(context.Context, r4.Resource, *chart.Version) (*T, error)) ([]T, api.Links, error) {
	l.filters()
	if l.order != "" {
		l.query.Set("_sort", l.order)
	}
	rows := []T{}
	passed, scanned := 0, 0
	for _, typ := range l.types {
		l.query.Set("_count", strconv.Itoa(min(batch, l.offset+l.limit+1)))
		l.query.Del(record.After)
		for {
			found, err := d.book.Find(ctx, typ, l.query)
			if err != nil {
				return nil, api.Links{}, misread(err)
			}
			for i, r := range found.Resources {
				d.keep(r, found.Versions[i])
				t, err := mapper(ctx, r, found.Versions[i])
				if err != nil {
					return nil, api.Links{}, err
				}
				if t == nil || !l.passes(t) {
					continue
				}
				if passed++; passed <= l.offset {
					continue
				}
				if len(rows) == l.limit {
					return rows, l.links(ctx, d, true), nil
				}
				rows = append(rows, *t)
			}
			if found.Next == "" {
				break
			}
			if scanned += len(found.Resources); scanned >= maxScanned {
				return nil, api.Links{}, fault.New(fault.TooCostly, "standard.collect", "the filter passes over too many records: narrow it")
			}
			l.query.Set(record.After, found.Next)
			l.query.Set("_count", strconv.Itoa(batch))
		}
	}
	return rows, l.links(ctx, d, false), nil
}

// misread turns a filter value that FHIR search refuses into a message: what cannot be searched for does not exist, but the
// caller had better know.
func misread(err error) error {
	if fault.Is(err, fault.Invalid) {
		return form.Refuse("query", "InArray::NOT_IN_ARRAY", "query must be in the defined set of values")
	}
	return err
}

// cut returns the page of rows that are all at hand, ordered by the caller's sort keys.
func cut[T any](ctx context.Context, d *Desk, l *listing, rows []T) ([]T, api.Links) {
	keys := strings.Split(l.values["_sort"], ",")
	slices.SortStableFunc(rows, func(a, b T) int {
		for _, key := range keys {
			name := strings.TrimPrefix(key, "-")
			if c := compare(row.Text(&a, name), row.Text(&b, name)); c != 0 {
				if name != key {
					return -c
				}
				return c
			}
		}
		return 0
	})
	rows = slices.DeleteFunc(rows, func(t T) bool { return !l.passes(&t) })
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
