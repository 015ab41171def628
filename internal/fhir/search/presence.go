package search

import (
	"slices"
	"strings"

	"chartwright/internal/fhir/index"
)

// Presence is how the index tells which parameters a resource has values of, so that :missing reads what it finds: each resource has
// one token row whose code says it of all parameters of the standard on its type, and one for each parameter of the site's own. Of the
// codes there are few, since the resources of a type are alike, and how many resources have each is counted as for any code.
//
// https://hl7.org/fhir/R4/search.html#missing
type Presence struct {
	// Row is the number of the token rows. It follows from the parameters, so that rows which a program with others has written are
	// never taken for those of this one.
	Row int32

	params []*Param
	at     map[int32][]int // by row number: which of params have a value by such a row
}

// presenceDigits are the digits of a code, each of which stands for presenceBits parameters.
const (
	presenceDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
	presenceBits   = 6
)

// PresenceOf is the presence of those of a type's parameters that are the standard's.
func PresenceOf(typ string, all []*Param) *Presence {
	var params []*Param
	var codes []string
	for _, p := range all {
		if p.Revision == 0 && len(p.Rows) > 0 {
			params = append(params, p)
		}
	}
	slices.SortFunc(params, func(a, b *Param) int { return strings.Compare(a.Code, b.Code) })
	for _, p := range params {
		codes = append(codes, p.Code)
	}
	return newPresence(RowNumber(typ, ":presence("+strings.Join(codes, ",")+")"), params)
}

// PresenceRow is the number of the token rows that tell whether a resource has values of a parameter of the site's own.
func (p *Param) PresenceRow() int32 {
	return RowNumber(p.Base, revised(p.Code, p.Revision)+":presence")
}

// PresenceIn is the presence that tells of the parameter, nil if none does.
func (p *Param) PresenceIn(t Table) *Presence {
	switch {
	case p.Within || len(p.Rows) == 0:
		return nil
	case p.Revision != 0:
		return newPresence(p.PresenceRow(), []*Param{p})
	}
	return PresenceOf(p.Base, t.Of(p.Base))
}

func newPresence(row int32, params []*Param) *Presence {
	p := &Presence{Row: row, params: params, at: map[int32][]int{}}
	for i, param := range params {
		for _, n := range param.Rows {
			p.at[n] = append(p.at[n], i)
		}
		if param.Type == Reference {
			n := param.IdentifierRow()
			p.at[n] = append(p.at[n], i)
		}
	}
	return p
}

// Add adds the row that tells of all others, those of contained resources aside.
func (p *Presence) Add(x *index.Rows) {
	code := []byte(strings.Repeat(presenceDigits[:1], (len(p.params)+presenceBits-1)/presenceBits))
	bits := make([]byte, len(code))
	set := func(row int32) {
		for _, i := range p.at[row] {
			bits[i/presenceBits] |= 1 << (i % presenceBits)
		}
	}
	for i := range x.Tokens {
		set(x.Tokens[i].Param)
	}
	for i := range x.Strings {
		set(x.Strings[i].Param)
	}
	for i := range x.URIs {
		set(x.URIs[i].Param)
	}
	for i := range x.Dates {
		set(x.Dates[i].Param)
	}
	for i := range x.Numbers {
		set(x.Numbers[i].Param)
	}
	for i := range x.Quantities {
		set(x.Quantities[i].Param)
	}
	for i := range x.Composites {
		set(x.Composites[i].Param)
	}
	for n := range x.References {
		r := &x.References[n]
		for _, i := range p.at[r.Param] {
			if refers(r, p.params[i].RowTypes) {
				bits[i/presenceBits] |= 1 << (i % presenceBits)
			}
		}
	}
	for i, b := range bits {
		code[i] = presenceDigits[b]
	}
	x.Tokens = append(x.Tokens, index.Token{Param: p.Row, Code: string(code)})
}

// refers reports whether a reference is a value of a parameter that is narrowed to types: then it names a resource of one of them, here,
// on another server or within the resource itself.
func refers(r *index.Reference, types []string) bool {
	named := r.URL != "" || r.Place > 0 || r.Type != "" && r.ID != ""
	return named && (len(types) == 0 || slices.Contains(types, r.Type))
}

// Digit says where the code of a row tells of a parameter: in its digit at a place, from 1, which is one of digits where the resource
// has a value. The last result is false if the row tells nothing of it.
func (p *Presence) Digit(param *Param) (place int, digits string, ok bool) {
	i := slices.IndexFunc(p.params, func(q *Param) bool { return q.Code == param.Code && q.Base == param.Base })
	if i < 0 {
		return 0, "", false
	}
	var b strings.Builder
	for n := range presenceDigits {
		if n&(1<<(i%presenceBits)) != 0 {
			b.WriteByte(presenceDigits[n])
		}
	}
	return i/presenceBits + 1, b.String(), true
}
