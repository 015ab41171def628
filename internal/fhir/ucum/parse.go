package ucum

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Unit is a unit in terms of base units.
type Unit struct {
	// Canonical is the product of base units that the unit measures in, such as g.m-3; 1 for a pure number. Two units
	// compare if and only if their Canonical is the same.
	Canonical string
	Factor    float64 // what one of the unit is worth in Canonical
	Offset    float64 // what zero of it is worth; not zero for temperature scales only
}

// Base converts a value in this unit to base units.
func (u Unit) Base(v float64) float64 { return v*u.Factor + u.Offset }

// Parse reads a UCUM code (case sensitive). It reports false for what is not one, and for units that do not convert. Safe for
// concurrent use; the codes met most are remembered.
func Parse(code string) (Unit, bool) {
	if e, ok := seen.Load(code); ok {
		u := e.(entry) // the map holds nothing else
		return u.unit, u.ok
	}
	d, ok := parse(code, 0)
	u := Unit{}
	if ok {
		u = Unit{Canonical: d.canonical(), Factor: d.factor, Offset: d.offset}
		ok = !math.IsInf(u.Factor, 0) && !math.IsNaN(u.Factor) && u.Factor != 0
	}
	if seenCount.Load() < maxSeen && len(code) <= maxCode {
		seenCount.Add(1)
		seen.Store(strings.Clone(code), entry{u, ok})
	}
	return u, ok
}

// The memory of codes is bounded: whoever sends made-up codes fills it once and gains nothing.
const maxSeen = 2048

type entry struct {
	unit Unit
	ok   bool
}

var (
	seen      sync.Map // code → entry
	seenCount atomic.Int64
)

const (
	maxCode  = 100 // bytes of a code
	maxDepth = 10  // parentheses and definitions within each other
)

// dimension is a product of powers of base units.
type dimension struct {
	factor    float64
	offset    float64
	power     [len(bases)]int8
	arbitrary string // an arbitrary unit takes part
	arbPower  int8
}

func (d *dimension) canonical() string {
	var b strings.Builder
	add := func(name string, power int8) {
		if power == 0 {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
		if power != 1 {
			b.WriteString(strconv.Itoa(int(power)))
		}
	}
	// mass before length before time reads as usual: g.m-3, g.s-1
	for _, i := range [...]int{2, 7, 0, 1, 3, 4, 5, 6} {
		add(bases[i], d.power[i])
	}
	add(d.arbitrary, d.arbPower)
	if b.Len() == 0 {
		return "1"
	}
	return b.String()
}

// times multiplies d by o to the power n. It reports false where that has no meaning: a scale with a zero point of its own in
// a product, or two arbitrary units.
func (d *dimension) times(o dimension, n int) bool {
	if n == 0 || n < -30 || n > 30 || o.offset != 0 && n != 1 {
		return false
	}
	d.factor *= pow(o.factor, n)
	for i, p := range o.power {
		sum := int(d.power[i]) + int(p)*n
		if sum < -99 || sum > 99 {
			return false
		}
		d.power[i] = int8(sum) // bounded above
	}
	if o.arbitrary != "" {
		if d.arbitrary != "" && d.arbitrary != o.arbitrary {
			return false
		}
		sum := int(d.arbPower) + int(o.arbPower)*n
		if sum < -99 || sum > 99 {
			return false
		}
		d.arbitrary, d.arbPower = o.arbitrary, int8(sum) // bounded above
	}
	return true
}

// pow keeps powers of ten exact where multiplication would not.
func pow(x float64, n int) float64 {
	switch {
	case n == 1:
		return x
	case n == -1:
		return 1 / x
	case x == 10:
		return math.Pow10(n)
	}
	return math.Pow(x, float64(n))
}

// parse reads a whole code.
func parse(code string, depth int) (dimension, bool) {
	if code == "" || len(code) > maxCode || depth > maxDepth {
		return dimension{}, false
	}
	p := parser{src: code, depth: depth}
	d, ok := p.term()
	return d, ok && p.pos == len(p.src)
}

type parser struct {
	src   string
	pos   int
	depth int
}

// term reads factors joined by . and /. A leading / divides one by what follows.
//
// https://ucum.org/ucum#section-Syntax-Rules
func (p *parser) term() (dimension, bool) {
	d := dimension{factor: 1}
	sign := 1
	if p.at('/') {
		p.pos++
		sign = -1
	}
	scale := false // a factor with a zero point of its own
	for n := 1; ; n++ {
		c, ok := p.component()
		if !ok || !d.times(c, sign) {
			return d, false
		}
		if c.offset != 0 {
			scale, d.offset = true, c.offset
		}
		if scale && (n > 1 || sign < 0) {
			return d, false
		}
		switch {
		case p.at('.'):
			sign = 1
		case p.at('/'):
			sign = -1
		default:
			return d, true
		}
		p.pos++
	}
}

func (p *parser) at(c byte) bool { return p.pos < len(p.src) && p.src[p.pos] == c }

// component reads (term), an annotation, a number, or a unit with prefix and exponent.
func (p *parser) component() (dimension, bool) {
	one := dimension{factor: 1}
	switch {
	case p.at('('):
		if p.depth++; p.depth > maxDepth {
			return one, false
		}
		p.pos++
		d, ok := p.term()
		if !ok || !p.at(')') {
			return d, false
		}
		p.pos++
		p.depth--
		return p.annotated(d)
	case p.at('{'):
		return p.annotated(one)
	}
	start := p.pos
	for p.pos < len(p.src) && !strings.ContainsRune("./(){}", rune(p.src[p.pos])) {
		if p.src[p.pos] == '[' { // brackets protect what is in them
			i := strings.IndexByte(p.src[p.pos:], ']')
			if i < 0 {
				return one, false
			}
			p.pos += i
		}
		p.pos++
	}
	d, ok := p.simple(p.src[start:p.pos])
	if !ok {
		return one, false
	}
	return p.annotated(d)
}

// annotated passes over annotations, which carry no meaning: 10*3/uL{cells}.
func (p *parser) annotated(d dimension) (dimension, bool) {
	for p.at('{') {
		i := strings.IndexByte(p.src[p.pos:], '}')
		if i < 0 {
			return d, false
		}
		p.pos += i + 1
	}
	return d, true
}

// simple reads a number or a unit with an exponent.
func (p *parser) simple(s string) (dimension, bool) {
	d := dimension{factor: 1}
	if s == "" {
		return d, false
	}
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		d.factor = float64(n)
		return d, n > 0
	}
	name, power := exponent(s)
	u, ok := p.unit(name)
	if !ok {
		return d, false
	}
	if power == 1 {
		return u, true
	}
	return d, u.offset == 0 && d.times(u, power)
}

// exponent splits m-2 into m and -2. The digits of 10* and 10^ belong to the name.
func exponent(s string) (name string, power int) {
	i := len(s)
	for i > 0 && '0' <= s[i-1] && s[i-1] <= '9' {
		i--
	}
	if i > 0 && i < len(s) && (s[i-1] == '-' || s[i-1] == '+') {
		i--
	}
	if i == len(s) || i == 0 {
		return s, 1
	}
	n, err := strconv.Atoi(s[i:])
	if err != nil {
		return s, 1
	}
	return s[:i], n
}

// unit finds an atom, with a prefix if it takes one.
func (p *parser) unit(name string) (dimension, bool) {
	if d, _, ok := p.atom(name); ok {
		return d, true
	}
	for n := 2; n >= 1; n-- {
		if len(name) <= n {
			continue
		}
		scale, ok := prefixes[name[:n]]
		if !ok {
			continue
		}
		if d, metric, ok := p.atom(name[n:]); ok && metric {
			d.factor *= scale
			return d, true
		}
	}
	return dimension{}, false
}

func (p *parser) atom(name string) (d dimension, metric, ok bool) {
	for i, b := range bases {
		if b == name {
			d.factor = 1
			d.power[i] = 1
			return d, true, true
		}
	}
	if metric, ok := arbitrary[name]; ok {
		if name == "[IU]" {
			name = "[iU]"
		}
		return dimension{factor: 1, arbitrary: name, arbPower: 1}, metric, true
	}
	a, ok := atoms[name]
	if !ok || a.Unit == "" {
		return d, false, false
	}
	if a.Unit == "1" {
		return dimension{factor: a.Value}, a.Metric, true
	}
	if d, ok = parse(a.Unit, p.depth+1); !ok {
		return d, false, false
	}
	d.factor *= a.Value
	d.offset = a.Offset
	return d, a.Metric, true
}
