package path

import "strings"

// Expr is a node of a parsed expression. Pos is its offset in bytes from the start of the source; of an operator node, the
// offset of the operator.
type Expr interface {
	Pos() int
	// String writes the node in a form that parses to the same tree: every operator in parentheses.
	String() string
}

// At is the position of a node.
type At int

// Pos implements [Expr].
func (a At) Pos() int { return int(a) }

// The nodes.
type (
	// Name is an element of the input, or at the start of an expression possibly a type: Patient, name.
	Name struct {
		At
		Name string
	}
	// Member is an element of each item of Of: Of.Name.
	Member struct {
		At
		Of   Expr
		Name string
	}
	// Call is a function: Of.Name(Args). Of is nil where the function stands at the start and means the input.
	Call struct {
		At
		Of   Expr
		Name string
		Args []Expr
	}
	// Index is Of[Index].
	Index struct {
		At
		Of, Index Expr
	}
	// Unary is + or - before an operand.
	Unary struct {
		At
		Op string
		X  Expr
	}
	// Binary is an operator between two operands, | among them.
	Binary struct {
		At
		Op   string
		X, Y Expr
	}
	// TypeTest is X is Type or X as Type. The functions is(), as() and ofType() are Calls whose argument is a Name or Member.
	TypeTest struct {
		At
		Op   string // is, as
		X    Expr
		Type string // with its namespace, if written: System.String, FHIR.Patient
	}
	// Literal is a value written in the source.
	Literal struct {
		At
		Kind LiteralKind
		Text string // a string unescaped; a date or time without @ and T; a number as written; of a quantity its number
		Unit string // of a quantity: the UCUM code or calendar word
	}
	// Variable is $this, $index or $total.
	Variable struct {
		At
		Name string
	}
	// Constant is an environment value: %resource, %`ext-x`.
	Constant struct {
		At
		Name string
	}
)

// LiteralKind is the kind of a Literal.
type LiteralKind uint8

// The kinds of literals. NullLiteral is the empty collection {}.
const (
	NullLiteral LiteralKind = iota + 1
	BooleanLiteral
	StringLiteral
	NumberLiteral
	DateLiteral
	DateTimeLiteral
	TimeLiteral
	QuantityLiteral
)

func (n *Name) String() string   { return quoteName(n.Name) }
func (n *Member) String() string { return n.Of.String() + "." + quoteName(n.Name) }

func (n *Call) String() string {
	var b strings.Builder
	if n.Of != nil {
		b.WriteString(n.Of.String() + ".")
	}
	b.WriteString(quoteName(n.Name) + "(")
	for i, a := range n.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.String())
	}
	return b.String() + ")"
}

func (n *Index) String() string    { return n.Of.String() + "[" + n.Index.String() + "]" }
func (n *Unary) String() string    { return "(" + n.Op + n.X.String() + ")" }
func (n *Binary) String() string   { return "(" + n.X.String() + " " + n.Op + " " + n.Y.String() + ")" }
func (n *TypeTest) String() string { return "(" + n.X.String() + " " + n.Op + " " + n.Type + ")" }
func (n *Variable) String() string { return n.Name }
func (n *Constant) String() string { return "%" + quoteName(n.Name) }

func (n *Literal) String() string {
	switch n.Kind {
	case NullLiteral:
		return "{}"
	case StringLiteral:
		return quote('\'', n.Text)
	case DateLiteral:
		return "@" + n.Text
	case DateTimeLiteral:
		if !strings.Contains(n.Text, "T") {
			return "@" + n.Text + "T"
		}
		return "@" + n.Text
	case TimeLiteral:
		return "@T" + n.Text
	case QuantityLiteral:
		if calendar[n.Unit] {
			return n.Text + " " + n.Unit
		}
		return n.Text + " " + quote('\'', n.Unit)
	default:
		return n.Text
	}
}

func quoteName(s string) string {
	if plainName(s) && !operatorWord[s] {
		return s
	}
	return quote('`', s)
}

func plainName(s string) bool {
	for i := range len(s) {
		if !isNameByte(s[i], i > 0) {
			return false
		}
	}
	return s != ""
}

func quote(q byte, s string) string {
	var b strings.Builder
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; c {
		case q, '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\f':
			b.WriteString(`\f`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}

// Format writes an expression the way people do: without parentheses around the whole and around arguments.
func Format(e Expr) string {
	if c, ok := e.(*Call); ok {
		args := make([]string, len(c.Args))
		for i, a := range c.Args {
			args[i] = Format(a)
		}
		s := quoteName(c.Name) + "(" + strings.Join(args, ", ") + ")"
		if c.Of == nil {
			return s
		}
		return inner(c.Of) + "." + s
	}
	switch e := e.(type) {
	case *Member:
		return inner(e.Of) + "." + quoteName(e.Name)
	case *Index:
		return inner(e.Of) + "[" + Format(e.Index) + "]"
	case *Unary:
		return e.Op + inner(e.X)
	case *Binary:
		return inner(e.X) + " " + e.Op + " " + inner(e.Y)
	case *TypeTest:
		return inner(e.X) + " " + e.Op + " " + e.Type
	}
	return e.String()
}

// inner is Format for an operand.
func inner(e Expr) string {
	switch e.(type) {
	case *Unary, *Binary, *TypeTest:
		return "(" + Format(e) + ")"
	}
	return Format(e)
}
