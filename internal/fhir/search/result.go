package search

import (
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/fault"
)

// control reads a parameter that shapes the result instead of choosing resources, and returns its value as understood.
type control func(p *parser, name string, mod Modifier, value string) (string, error)

// controlOf returns the reader of a control parameter, nil if name is none.
// https://hl7.org/fhir/R4/search.html#return
func controlOf(name string) control {
	switch name {
	case "_type":
		return (*parser).typeParam
	case "_sort":
		return (*parser).sortParam
	case "_count":
		return (*parser).countParam
	case "_total":
		return (*parser).totalParam
	case "_summary":
		return (*parser).summaryParam
	case "_elements":
		return (*parser).elementsParam
	case "_include", "_revinclude":
		return (*parser).includeParam
	case "_contained":
		return (*parser).containedParam
	case "_list":
		return (*parser).listParam
	case "_filter":
		return (*parser).filterParam
	case "_explain":
		return (*parser).explainParam
	case "_containedType":
		return (*parser).containedTypeParam
	case "_query":
		return (*parser).queryParam
	case "_format", "_pretty": // the form of the answer is not the search's business
		return (*parser).passParam
	}
	return nil
}

// single refuses the second occurrence of a parameter of which only one can hold.
func (p *parser) single(name string) error {
	if p.once[name] {
		return invalid("%s is given more than once", name)
	}
	p.once[name] = true
	return nil
}

func (p *parser) passParam(_ string, _ Modifier, value string) (string, error) { return value, nil }

// queryParam refuses _query, lenient or not: what a named query would have found is not known.
// https://hl7.org/fhir/R4/search.html#query
func (p *parser) queryParam(name string, _ Modifier, _ string) (string, error) {
	return "", coded(fault.Invalid, "search.parse", "not-supported", "%s: there are no named queries here", name)
}

// typeParam only checks the place of _type; its value has been read by chooseTypes.
func (p *parser) typeParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	for t := range strings.SplitSeq(value, ",") {
		if !slices.Contains(p.q.Types, t) {
			return "", invalid("_type: the search is of %s", strings.Join(p.q.Types, ", "))
		}
	}
	return value, nil
}

// countParam reads _count. A page larger than [MaxCount] is answered with one of that size, which R4 allows.
// https://hl7.org/fhir/R4/search.html#count
func (p *parser) countParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return "", invalid("_count: a number from 0 is expected")
	}
	p.q.Count = int(min(n, MaxCount)) // at most MaxCount
	return strconv.Itoa(p.q.Count), nil
}

// explainParam reads _explain, a parameter of this server.
func (p *parser) explainParam(name string, _ Modifier, value string) (string, error) {
	if !p.opts.Explain {
		return "", unknown("%s is not supported here", name)
	}
	if err := p.single(name); err != nil {
		return "", err
	}
	switch value {
	case "true", "false":
		p.q.Explain = value == "true"
		return value, nil
	}
	return "", invalid("%s: true or false is expected", name)
}

func (p *parser) totalParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	switch t := Total(value); t {
	case TotalNone, TotalEstimate, TotalAccurate:
		p.q.Total = t
		return value, nil
	}
	return "", invalid("_total: none, estimate or accurate is expected")
}

// summaryParam reads _summary. https://hl7.org/fhir/R4/search.html#summary
func (p *parser) summaryParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	switch value {
	case "true", "false", "text", "data", "count":
		p.q.Summary = value
		return value, nil
	}
	return "", invalid("_summary: true, false, text, data or count is expected")
}

// elementsParam reads _elements. https://hl7.org/fhir/R4/search.html#elements
func (p *parser) elementsParam(_ string, _ Modifier, value string) (string, error) {
	for e := range strings.SplitSeq(value, ",") {
		// Type.element, as a search of several types may say, and nested elements are passed on.
		if !isElement(e) {
			return "", invalid("_elements: names of elements, joined by commas, are expected")
		}
		p.q.Elements = append(p.q.Elements, e)
	}
	return value, nil
}

func isElement(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := range len(part) {
			c := part[i] | 0x20
			if (c < 'a' || c > 'z') && (i == 0 || part[i] < '0' || part[i] > '9') {
				return false
			}
		}
	}
	return len(s) <= 128
}

// sortParam reads _sort: parameters joined by commas, each with a minus sign for descending order. Another _sort adds inner keys.
// https://hl7.org/fhir/R4/search.html#sort
func (p *parser) sortParam(_ string, _ Modifier, value string) (string, error) {
	keys := strings.Split(value, ",")
	if len(p.q.Sort)+len(keys) > maxSortKeys {
		return "", costly("_sort: at most %d keys are allowed", maxSortKeys)
	}
	var list []Sort
	for _, key := range keys {
		code, desc := strings.CutPrefix(key, "-")
		param, err := p.sortKey(code)
		if err != nil {
			return "", err
		}
		list = append(list, Sort{Param: param, Descending: desc})
	}
	p.q.Sort = append(p.q.Sort, list...)
	return value, nil
}

func (p *parser) sortKey(code string) (*Param, error) {
	typ := ""
	if len(p.q.Types) == 1 {
		typ = p.q.Types[0]
	}
	param := lookup(p.table, typ, code)
	switch {
	case code == "":
		return nil, invalid("_sort: names of search parameters, joined by commas, are expected")
	case param == nil && typ == "":
		return nil, unknown("_sort: a search of several types is sorted by _id or _lastUpdated only")
	case param == nil:
		return nil, unknown("_sort: %s", p.unknownOn(typ, code))
	case param.Type == Composite || param.Type == Special || param.FullText():
		return nil, unknown("_sort: %s has no order", code)
	case typ == "" && param != ID && param != LastUpdated:
		return nil, unknown("_sort: a search of several types is sorted by _id or _lastUpdated only")
	}
	return param, ready(param)
}
