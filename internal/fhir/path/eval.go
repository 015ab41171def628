package path

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chartwright/internal/fhir"
)

// Env is what an expression sees beside its input. The zero value serves expressions that ask for nothing else.
type Env struct {
	// Resource is %resource, the resource that contains the input, and RootResource %rootResource, the one that contains that;
	// each is the input's own root if nil.
	Resource, RootResource *Element
	// Constants are further values by name: %name.
	Constants map[string]Collection
	// Now is the instant of now() and today(); one evaluation sees one instant. The zero value is the epoch.
	Now time.Time
	// Resolve finds the resource that a reference names, nil if it can't. Without it resolve() finds contained resources only,
	// and of others knows the type that the reference names.
	Resolve func(ctx context.Context, reference string) (fhir.Resource, error)
	// Conforms reports whether an element conforms to a profile; false for ok if the profile is not known. Without it
	// conformsTo() knows the base definitions only.
	Conforms func(ctx context.Context, e *Element, profile string) (conforms, ok bool)
	// MemberOf reports whether a code is in a value set; false for ok if that can't be told.
	MemberOf func(ctx context.Context, system, code, valueSet string) (member, ok bool)
	// Trace is called by trace(); nothing happens without it.
	Trace func(name string, items Collection)
	// Strict makes a name that no item's type has an error, as a static check would; otherwise it leads to nothing.
	Strict bool
	// Steps bounds the work: the number of items that evaluation may touch. 0 means a million.
	Steps int
}

// Error says where evaluation failed.
type Error struct {
	At     int // offset in the expression
	Detail string
	// Budget reports whether the expression was fine but asked for more work than Env.Steps allows.
	Budget bool
}

// maxDetail bounds how much of an expression a message repeats, in bytes.
const maxDetail = 200

// Error implements error. What is long is told by its beginning: the expression may be anybody's.
func (e *Error) Error() string {
	detail := e.Detail
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "") + "…"
	}
	return fmt.Sprintf("FHIRPath at offset %d: %s", e.At, detail)
}

// Eval evaluates an expression on an input. Errors: *[Error], or what a function of Env returned.
//
// It is safe for concurrent use on one expression, and on one resource as long as nobody changes it.
func Eval(ctx context.Context, e Expr, input Collection, env *Env) (Collection, error) {
	if env == nil {
		env = &Env{}
	}
	ev := &evaluator{ctx: ctx, env: env, input: input, left: env.Steps}
	if ev.left == 0 {
		ev.left = 1_000_000
	}
	return ev.eval(e, scope{focus: input})
}

// Test evaluates a condition: true or false if the result is a single boolean, false for none, true for a single item of any
// other kind.
//
// https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
func Test(ctx context.Context, e Expr, input Collection, env *Env) (bool, error) {
	out, err := Eval(ctx, e, input, env)
	if err != nil {
		return false, err
	}
	b, known, err := truth(e, out)
	return b && known, err
}

type evaluator struct {
	ctx   context.Context // lives as long as one call of Eval
	env   *Env
	input Collection
	left  int
}

// scope is what names and variables mean at one point of an expression. In the argument of where() and the like it is that
// of one item; elsewhere it is that of the whole expression.
type scope struct {
	focus Collection // what names start from, and $this if it is a single item
	index Collection // $index
	total Collection // $total
}

func errorf(e Expr, format string, args ...any) error {
	return &Error{At: e.Pos(), Detail: fmt.Sprintf(format, args...)}
}

// spend counts work.
func (ev *evaluator) spend(e Expr, n int) error {
	before := ev.left
	if ev.left -= n + 1; ev.left < 0 {
		return &Error{At: e.Pos(), Detail: "the expression takes too much work", Budget: true}
	}
	const every = 1024 // items between two looks at the context
	if before/every != ev.left/every {
		return ev.ctx.Err()
	}
	return nil
}

func (ev *evaluator) eval(e Expr, s scope) (Collection, error) {
	if err := ev.spend(e, 0); err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *Literal:
		return literal(e)
	case *Name:
		return ev.name(e, s)
	case *Member:
		of, err := ev.eval(e.Of, s)
		if err != nil {
			return nil, err
		}
		return ev.members(e, of, e.Name)
	case *Call:
		return ev.call(e, s)
	case *Index:
		return ev.item(e, s)
	case *Variable:
		switch e.Name {
		case "$index":
			return s.index, nil
		case "$total":
			return s.total, nil
		}
		return s.focus, nil
	case *Constant:
		return ev.constant(e)
	case *Unary:
		return ev.unary(e, s)
	case *Binary:
		return ev.binary(e, s)
	case *TypeTest:
		of, err := ev.eval(e.X, s)
		if err != nil {
			return nil, err
		}
		if e.Op == "is" {
			return is(e, of, e.Type)
		}
		return as(e, of, e.Type)
	}
	return nil, errorf(e, "unknown expression")
}

func literal(e *Literal) (Collection, error) {
	switch e.Kind {
	case NullLiteral:
		return nil, nil
	case BooleanLiteral:
		return Collection{Boolean(e.Text == "true")}, nil
	case StringLiteral:
		return Collection{String(e.Text)}, nil
	case NumberLiteral:
		if i, ok := parseInteger(e.Text); ok {
			return Collection{i}, nil
		}
		d, err := parseDecimal(e.Text)
		if err != nil {
			return nil, errorf(e, "%s is no number", e.Text)
		}
		return Collection{d}, nil
	case QuantityLiteral:
		d, err := parseDecimal(e.Text)
		if err != nil {
			return nil, errorf(e, "%s is no number", e.Text)
		}
		return Collection{newQuantity(d.Decimal, e.Unit)}, nil
	case DateLiteral, DateTimeLiteral, TimeLiteral:
		kind := map[LiteralKind]TemporalKind{DateLiteral: DateKind, DateTimeLiteral: DateTimeKind, TimeLiteral: TimeKind}[e.Kind]
		t, ok := parseTemporal(e.Text, kind)
		if !ok {
			return nil, errorf(e, "%s is no date or time", e.Text)
		}
		return Collection{t}, nil
	}
	return nil, errorf(e, "unknown literal")
}

// name is the start of a path: the items of that type, or their elements of that name.
func (ev *evaluator) name(e *Name, s scope) (Collection, error) {
	if c := e.Name[0]; 'A' <= c && c <= 'Z' {
		var out Collection
		for _, i := range s.focus {
			if el, ok := i.(*Element); ok && isType(el, e.Name) {
				out = append(out, i)
			}
		}
		if out != nil || len(s.focus) == 0 {
			return out, nil
		}
	}
	return ev.members(e, s.focus, e.Name)
}

// members are the elements called name of all items.
func (ev *evaluator) members(e Expr, of Collection, name string) (Collection, error) {
	if err := ev.spend(e, len(of)); err != nil {
		return nil, err
	}
	var out Collection
	known := !ev.env.Strict || len(of) == 0
	for _, i := range of {
		switch i := i.(type) {
		case *Element:
			out = i.children(out, name)
			known = known || i.has(name)
		case TypeInfo:
			switch name {
			case "namespace":
				out = append(out, String(i.Namespace))
			case "name":
				out = append(out, String(i.Name))
			}
			known = true
		}
	}
	if !known {
		return nil, errorf(e, "there is no element %s", name)
	}
	return out, nil
}

func (ev *evaluator) item(e *Index, s scope) (Collection, error) {
	of, err := ev.eval(e.Of, s)
	if err != nil {
		return nil, err
	}
	at, err := ev.eval(e.Index, s)
	if err != nil {
		return nil, err
	}
	n, ok, err := single[Integer](e, at, "an index")
	if err != nil || !ok || n < 0 || int(n) >= len(of) {
		return nil, err
	}
	return of[n : n+1], nil
}

// constant is an environment value. https://hl7.org/fhir/R4/fhirpath.html#vars
func (ev *evaluator) constant(e *Constant) (Collection, error) {
	if c, ok := ev.env.Constants[e.Name]; ok {
		return c, nil
	}
	switch e.Name {
	case "context":
		return ev.input, nil
	case "resource", "rootResource":
		root := ev.env.Resource
		if e.Name == "rootResource" && ev.env.RootResource != nil {
			root = ev.env.RootResource
		}
		if root != nil {
			return Collection{root}, nil
		}
		return ev.roots(e.Name == "rootResource"), nil
	case "ucum":
		return Collection{String(ucumURL)}, nil
	case "sct":
		return Collection{String("http://snomed.info/sct")}, nil
	case "loinc":
		return Collection{String("http://loinc.org")}, nil
	}
	if name, ok := strings.CutPrefix(e.Name, "vs-"); ok {
		return Collection{String("http://hl7.org/fhir/ValueSet/" + name)}, nil
	}
	if name, ok := strings.CutPrefix(e.Name, "ext-"); ok {
		return Collection{String(structurePrefix + name)}, nil
	}
	return nil, errorf(e, "unknown constant %%%s", e.Name)
}

// roots are the resources that contain the input: the nearest, or the outermost.
func (ev *evaluator) roots(outermost bool) Collection {
	if len(ev.input) == 0 {
		return nil
	}
	e, ok := ev.input[0].(*Element)
	if !ok {
		return nil
	}
	var found *Element
	for ; e != nil; e = e.Parent {
		if e.Node.Type.Resource && (found == nil || outermost) {
			found = e
		}
	}
	if found == nil {
		return nil
	}
	return Collection{found}
}
