package index

// Parts is the place where the components of one composite value are collected, each as rows of Param zero. Generated
// extractors fill A, B and, of three-part parameters, C, then call [Rows.EndComposite].
type Parts struct{ A, B, C *Rows }

// kept holds the rows that components point at.
type kept struct {
	parts      Parts
	tokens     []Token
	strings    []String
	references []Reference
	uris       []URI
	dates      []Date
	numbers    []Number
	quantities []Quantity
	split      [3][]Component
}

func (k *kept) reset() {
	k.tokens, k.strings, k.references, k.uris = k.tokens[:0], k.strings[:0], k.references[:0], k.uris[:0]
	k.dates, k.numbers, k.quantities = k.dates[:0], k.numbers[:0], k.quantities[:0]
}

// BeginComposite returns empty parts for the components of one item of a composite parameter.
func (x *Rows) BeginComposite() Parts {
	p := &x.kept.parts
	if p.A == nil {
		p.A, p.B, p.C = &Rows{bare: true}, &Rows{bare: true}, &Rows{bare: true}
	}
	for _, r := range [...]*Rows{p.A, p.B, p.C} {
		r.Reset()
		r.Bases, r.contained = x.Bases, x.contained
	}
	return *p
}

// maxComposites bounds the composite rows of one resource. Combinations grow with the square of the input: a megabyte with
// thousands of codings on both sides would make millions of rows.
const maxComposites = 4096

// EndComposite makes a row of every combination of the components collected since BeginComposite. A part without a value
// means that the item has no value for the parameter: no row. The first n parts count. Beyond a few thousand rows, which no
// honest resource has, it counts what it leaves out in Dropped.
func (x *Rows) EndComposite(param int32, n int) {
	k := &x.kept
	from := [...]*Rows{k.parts.A, k.parts.B, k.parts.C}
	for i := range n {
		k.split[i] = k.components(k.split[i][:0], from[i])
	}
	all := len(k.split[0]) * len(k.split[1])
	if n == 3 {
		all *= len(k.split[2])
	}
	if all > maxComposites-len(x.Composites) {
		x.Dropped += all
		return
	}
	for _, a := range k.split[0] {
		for _, b := range k.split[1] {
			if n == 2 {
				x.Composites = append(x.Composites, Composite{Param: param, A: a, B: b})
				continue
			}
			for _, c := range k.split[2] {
				x.Composites = append(x.Composites, Composite{Param: param, A: a, B: b, C: c})
			}
		}
	}
}

// components keeps the rows of r and appends a Component for each.
func (k *kept) components(dst []Component, r *Rows) []Component {
	for _, v := range r.Tokens {
		if v.Code == "" && v.System == "" {
			continue // only a text
		}
		dst = append(dst, Component{Token: keep(&k.tokens, v)})
	}
	for _, v := range r.Strings {
		dst = append(dst, Component{String: keep(&k.strings, v)})
	}
	for _, v := range r.References {
		dst = append(dst, Component{Reference: keep(&k.references, v)})
	}
	for _, v := range r.URIs {
		dst = append(dst, Component{URI: keep(&k.uris, v)})
	}
	for _, v := range r.Dates {
		dst = append(dst, Component{Date: keep(&k.dates, v)})
	}
	for _, v := range r.Numbers {
		dst = append(dst, Component{Number: keep(&k.numbers, v)})
	}
	for _, v := range r.Quantities {
		dst = append(dst, Component{Quantity: keep(&k.quantities, v)})
	}
	return dst
}

// keep appends v and returns its address, which stays good when the slice grows: the old array lives on.
func keep[T any](s *[]T, v T) *T {
	*s = append(*s, v)
	return &(*s)[len(*s)-1]
}
