package search

import (
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// Parameter is one parameter of a search as the client sent it, percent-decoded. Order matters: it is kept in the self link
// and among sort keys.
type Parameter struct{ Name, Value string }

// ParseForm splits the query of a URL, or a body of type application/x-www-form-urlencoded, into parameters in the order
// given. Errors: Invalid for bad percent-encoding or a parameter without a name.
func ParseForm(raw string) ([]Parameter, error) {
	var list []Parameter
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		place := n
		if place == "" {
			place = "url"
		}
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		switch {
		case err != nil:
			return nil, fault.AtParam("search.form", place, "the search parameters are not properly percent-encoded")
		case n == "":
			return nil, fault.AtParam("search.form", place, "a search parameter has no name")
		}
		list = append(list, Parameter{Name: n, Value: value})
	}
	return list, nil
}

// FromValues turns values without an order into parameters sorted by name.
func FromValues(v url.Values) []Parameter {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	var list []Parameter
	for _, name := range names {
		for _, value := range v[name] {
			list = append(list, Parameter{Name: name, Value: value})
		}
	}
	return list
}

// EncodeForm is the inverse of [ParseForm]: the query of a self link from [Query.Applied].
func EncodeForm(list []Applied) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
	}
	return b.String()
}
