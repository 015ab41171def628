package path

import (
	"fmt"
)

// The bounds of an expression, so that hostile input cannot exhaust the stack.
const (
	maxDepth  = 200 // parentheses, arguments, operators within each other
	maxSource = 65536
)

// SyntaxError says where an expression departs from the grammar.
type SyntaxError struct {
	Src    string
	At     int // offset in bytes
	Detail string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("FHIRPath at offset %d: %s", e.At, e.Detail) }

// Parse reads one expression. Errors are of type *[SyntaxError].
//
// https://hl7.org/fhirpath/N1/grammar.html
func Parse(src string) (Expr, error) {
	if len(src) > maxSource {
		return nil, &SyntaxError{Src: src, At: maxSource, Detail: "the expression is too long"}
	}
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, toks: toks}
	e, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.errorf(t, "unexpected %q", t.text)
	}
	return e, nil
}

type parser struct {
	src   string
	toks  []token
	next  int
	depth int
}

// The binary operators and how tightly they bind. https://hl7.org/fhirpath/N1/#operator-precedence
var precedence = map[string]int{
	"implies": 1,
	"or":      2, "xor": 2,
	"and": 3,
	"in":  4, "contains": 4,
	"=": 5, "~": 5, "!=": 5, "!~": 5,
	"<": 6, ">": 6, "<=": 6, ">=": 6,
	"|":  7,
	"is": 8, "as": 8,
	"+": 9, "-": 9, "&": 9,
	"*": 10, "/": 10, "div": 10, "mod": 10,
}

func (p *parser) peek() token { return p.toks[p.next] }

func (p *parser) take() token {
	t := p.toks[p.next]
	if t.kind != tokEnd {
		p.next++
	}
	return t
}

func (p *parser) accept(symbol string) bool {
	if t := p.peek(); t.kind == tokSymbol && t.text == symbol {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(symbol string) error {
	if !p.accept(symbol) {
		t := p.peek()
		return p.errorf(t, "want %q, have %q", symbol, t.text)
	}
	return nil
}

func (p *parser) errorf(t token, format string, args ...any) error {
	return &SyntaxError{Src: p.src, At: t.pos, Detail: fmt.Sprintf(format, args...)}
}

// expression reads operators that bind tighter than level.
func (p *parser) expression(level int) (Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf(p.peek(), "nested too deeply")
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		if t.kind != tokSymbol && t.kind != tokName {
			return x, nil
		}
		bind := precedence[t.text]
		if bind <= level {
			return x, nil
		}
		p.take()
		if t.text == "is" || t.text == "as" {
			typ, err := p.typeName()
			if err != nil {
				return nil, err
			}
			x = &TypeTest{At(t.pos), t.text, x, typ}
			continue
		}
		y, err := p.expression(bind)
		if err != nil {
			return nil, err
		}
		x = &Binary{At(t.pos), t.text, x, y}
	}
}

func (p *parser) unary() (Expr, error) {
	t := p.peek()
	if t.kind != tokSymbol || t.text != "-" && t.text != "+" {
		return p.postfix()
	}
	p.take()
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf(t, "nested too deeply")
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &Unary{At(t.pos), t.text, x}, nil
}

func (p *parser) postfix() (Expr, error) {
	x, err := p.term()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		switch {
		case p.accept("."):
			if x, err = p.invocation(x); err != nil {
				return nil, err
			}
		case p.accept("["):
			i, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			x = &Index{At(t.pos), x, i}
		default:
			return x, nil
		}
	}
}

// invocation reads a name, a function or a variable; of is what stands before the dot, nil at the start.
func (p *parser) invocation(of Expr) (Expr, error) {
	t := p.take()
	switch t.kind {
	case tokVariable:
		if t.text != "$this" && t.text != "$index" && t.text != "$total" {
			return nil, p.errorf(t, "unknown variable %s", t.text)
		}
		if of != nil {
			return nil, p.errorf(t, "%s after a dot", t.text)
		}
		return &Variable{At(t.pos), t.text}, nil
	case tokName, tokQuotedName:
	default:
		return nil, p.errorf(t, "want a name, have %q", t.text)
	}
	if p.accept("(") {
		args, err := p.arguments()
		if err != nil {
			return nil, err
		}
		return &Call{At(t.pos), of, t.text, args}, nil
	}
	if of == nil {
		return &Name{At(t.pos), t.text}, nil
	}
	return &Member{At(t.pos), of, t.text}, nil
}

func (p *parser) arguments() ([]Expr, error) {
	if p.accept(")") {
		return nil, nil
	}
	var args []Expr
	for {
		a, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		if p.accept(",") {
			continue
		}
		return args, p.expect(")")
	}
}

func (p *parser) term() (Expr, error) {
	t := p.peek()
	at := At(t.pos)
	switch t.kind {
	case tokString:
		p.take()
		return &Literal{At: at, Kind: StringLiteral, Text: t.text}, nil
	case tokNumber:
		p.take()
		return p.number(t), nil
	case tokDate:
		p.take()
		return &Literal{At: at, Kind: DateLiteral, Text: t.text}, nil
	case tokDateTime:
		p.take()
		return &Literal{At: at, Kind: DateTimeLiteral, Text: t.text}, nil
	case tokTime:
		p.take()
		return &Literal{At: at, Kind: TimeLiteral, Text: t.text}, nil
	case tokName:
		if t.text == "true" || t.text == "false" {
			p.take()
			return &Literal{At: at, Kind: BooleanLiteral, Text: t.text}, nil
		}
		return p.invocation(nil)
	case tokQuotedName, tokVariable:
		return p.invocation(nil)
	case tokEnd:
		return nil, p.errorf(t, "the expression ends where an operand should be")
	case tokSymbol:
	}
	switch {
	case p.accept("("):
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	case p.accept("{"):
		return &Literal{At: at, Kind: NullLiteral}, p.expect("}")
	case p.accept("%"):
		n := p.take()
		if n.kind != tokName && n.kind != tokQuotedName && n.kind != tokString {
			return nil, p.errorf(n, "want a name after %%, have %q", n.text)
		}
		return &Constant{at, n.text}, nil
	}
	return nil, p.errorf(t, "unexpected %q", t.text)
}

// number reads what makes a number a quantity: a unit in quotes or a calendar word.
func (p *parser) number(t token) Expr {
	n := &Literal{At: At(t.pos), Kind: NumberLiteral, Text: t.text}
	u := p.peek()
	if u.kind == tokString || u.kind == tokName && calendar[u.text] {
		p.take()
		n.Kind, n.Unit = QuantityLiteral, u.text
	}
	return n
}

// typeName reads Patient, System.String or FHIR.`Patient`.
func (p *parser) typeName() (string, error) {
	name, err := p.typePart()
	if err == nil && p.accept(".") {
		var part string
		part, err = p.typePart()
		name += "." + part
	}
	return name, err
}

func (p *parser) typePart() (string, error) {
	t := p.take()
	if t.kind != tokName && t.kind != tokQuotedName || !plainName(t.text) {
		return "", p.errorf(t, "want a type, have %q", t.text)
	}
	return t.text, nil
}
