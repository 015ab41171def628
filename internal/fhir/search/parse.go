package search

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chartwright/internal/fault"
)

// Parse checks a search against the parameter table. typ is the resource type searched, or empty for a search of the whole
// system, which takes its types from _type.
//
// Nothing is guessed and nothing dropped: an unknown parameter, a modifier that the parameter's type does not have, and a
// value that is not of the parameter's form are errors that name the parameter and say what was expected. With
// [Options.Lenient] parameters that are unknown or not supported are listed in [Query.Ignored] instead.
//
// Errors: Invalid; TooCostly when a limit is passed.
//
// https://hl7.org/fhir/R4/search.html
func Parse(t Table, typ string, params []Parameter, opts Options) (*Query, error) {
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	if opts.DefaultCount <= 0 {
		opts.DefaultCount = DefaultCount
	}
	if opts.MaxChain <= 0 {
		opts.MaxChain = MaxChain
	}
	if len(params) > MaxParams {
		return nil, costly("a search has at most %d parameters", MaxParams)
	}
	p := &parser{table: t, opts: opts, q: &Query{Count: opts.DefaultCount}, once: map[string]bool{}}
	if err := p.chooseTypes(typ, params); err != nil {
		return nil, err
	}
	for _, par := range params {
		before := len(p.q.Clauses)
		value, err := p.parameter(par.Name, par.Value)
		var f *fault.Error
		switch {
		case err == nil:
			for i := range p.q.Clauses[before:] {
				p.q.Clauses[before+i].Asked = par.Name
			}
			p.q.Applied = append(p.q.Applied, Applied{Name: par.Name, Value: value})
		case opts.Lenient && errors.As(err, &f) && f.Op == opUnknown:
			p.q.Ignored = append(p.q.Ignored, fault.Shown(par.Name))
		default:
			return nil, of(par.Name, err)
		}
	}
	if err := p.onePatient(); err != nil {
		return nil, err
	}
	if p.q.Summary == "text" && len(p.q.Include)+len(p.q.RevInclude) > 0 {
		return nil, of("_summary", invalid("_summary: text can't be had together with _include or _revinclude"))
	}
	return p.q, p.searchable()
}

type parser struct {
	table   Table
	opts    Options
	q       *Query
	once    map[string]bool // control parameters that were given
	clauses int
	mixed   bool     // the condition at hand is one of several types, of which the parameter is boolean on some alone
	beside  []string // types of which the condition at hand is as well, beside the one by whose parameter it is read
	// patients names the functional list that is asked for, which is one patient's.
	patients string
}

// chooseTypes settles what is searched before any parameter is looked up, wherever _type stands.
func (p *parser) chooseTypes(typ string, params []Parameter) error {
	if typ != "" {
		if !p.table.IsType(typ) {
			return invalid("%s is not a resource type", fault.Shown(typ))
		}
		p.q.Types = []string{typ}
		return nil
	}
	for _, par := range params {
		if par.Name != "_type" {
			continue
		}
		for t := range strings.SplitSeq(par.Value, ",") {
			if !p.table.IsType(t) {
				return of(par.Name, invalid("_type: %s is not a resource type", fault.Shown(t)))
			}
			if !slices.Contains(p.q.Types, t) {
				p.q.Types = append(p.q.Types, t)
			}
		}
	}
	return nil
}

// parameter reads one parameter and returns its value as understood.
func (p *parser) parameter(name, value string) (string, error) {
	head, mod, hasMod := strings.Cut(name, ":")
	if read := controlOf(head); read != nil {
		if hasMod && head != "_include" && head != "_revinclude" {
			return "", noModifier(head, mod)
		}
		return read(p, head, Modifier(mod), value)
	}
	c, err := p.clause(name, value)
	if err != nil {
		return "", err
	}
	p.q.Clauses = append(p.q.Clauses, c)
	return value, nil
}

// clause reads a condition on the types searched.
func (p *parser) clause(name, value string) (Clause, error) {
	types := p.q.Types
	if len(types) == 0 && len(p.opts.Types) > 0 {
		if types = p.opts.Types; !p.common(name) {
			return Clause{}, unknown("%s is not a search parameter of every resource type: say with _type which are searched", fault.Shown(name))
		}
	}
	if len(types) == 0 {
		code, _, _ := strings.Cut(name, ":")
		if code != "_id" && code != "_lastUpdated" {
			return Clause{}, unknown("%s: a search of the whole system needs _type for this parameter", fault.Shown(name))
		}
		return p.clauseOn("", name, value, 0)
	}
	p.mixed = len(types) > 1 && p.booleanOnSome(types, name)
	if !strings.Contains(name, ".") { // a chain is read for each of them
		p.beside = types[1:]
	}
	c, err := p.clauseOn(types[0], name, value, 0)
	p.mixed, p.beside = false, nil
	if err != nil || len(types) == 1 || c.Param == ID || c.Param == LastUpdated {
		return c, err
	}
	switch {
	case c.Has != nil:
		return Clause{}, unknown("%s: _has needs a search of one type", fault.Shown(name))
	case c.Group != nil && c.FullText(): // what has no words of one type would satisfy NOT on it
		return Clause{}, invalid("%s: AND, OR, NOT and parentheses need a search of one type", fault.Shown(name))
	case c.Chain != nil || c.Group != nil:
		return p.shared(c, types[1:], name, value)
	}
	for _, typ := range types[1:] {
		also := lookup(p.table, typ, c.Param.Code)
		if also == nil || also.Type != c.Param.Type {
			return Clause{}, unknown("%s is not a search parameter of %s", fault.Shown(c.Param.Code), typ)
		}
		if err := ready(also); err != nil {
			return Clause{}, err
		}
		c.Also = append(c.Also, also)
	}
	return c, nil
}

// booleanOnSome reports whether the parameter that name begins with has other values than true and false on some of the types: one that
// none of the others understands finds nothing of those, such as type=AMB of OperationDefinition and Encounter.
func (p *parser) booleanOnSome(types []string, name string) bool {
	code, _, _ := strings.Cut(name, ":")
	boolean, other := false, false
	for _, typ := range types {
		if param := lookup(p.table, typ, code); param != nil {
			boolean, other = boolean || param.Boolean, other || !param.Boolean
		}
	}
	return boolean && other
}

// common reports whether every type has the parameter that name begins with: _has has one of another type.
func (p *parser) common(name string) bool {
	code, _, _ := strings.Cut(name, ".")
	if code, _, _ = strings.Cut(code, ":"); code == "_has" {
		return true
	}
	return !slices.ContainsFunc(p.opts.Types, func(typ string) bool { return lookup(p.table, typ, code) == nil })
}

// shared reads a condition that first says of the first type on the others as well, all of which must know it: what is chained may
// be another parameter on each. Every type's condition holds for its own resources alone.
func (p *parser) shared(first Clause, others []string, name, value string) (Clause, error) {
	all := []Clause{first}
	for _, typ := range others {
		c, err := p.clauseOn(typ, name, value, 0)
		if err != nil {
			return Clause{}, err
		}
		all = append(all, c)
	}
	return Clause{Group: &Group{Op: Or, Clauses: all}}, nil
}

// counted counts one condition more. Errors: TooCostly.
func (p *parser) counted() error {
	if p.clauses++; p.clauses > MaxClauses {
		return costly("the search asks for more than %d conditions, counting every type that a chain may reach; name the type, as in subject:Patient.name", MaxClauses)
	}
	return nil
}

// clauseOn reads a condition on one type. depth counts the references followed so far.
func (p *parser) clauseOn(typ, name, value string, depth int) (Clause, error) {
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		if err := p.counted(); err != nil {
			return Clause{}, err
		}
		return p.has(typ, rest, value, depth)
	}
	head, tail, chained := strings.Cut(name, ".")
	code, mod, hasMod := strings.Cut(head, ":")
	if code == "_has" { // known, so lenient handling does not pass over it
		return Clause{}, hasForm()
	}
	param := lookup(p.table, typ, code)
	if param == nil {
		return Clause{}, unknown("%s", p.unknownOn(typ, code))
	}
	// Counted where the type knows the parameter: most of those that a chain may reach do not, and cost nothing then.
	if err := p.counted(); err != nil {
		return Clause{}, err
	}
	if err := ready(param); err != nil {
		return Clause{}, err
	}
	if hasMod && mod == "" {
		return Clause{}, invalid("%s: a modifier is expected after the colon", code)
	}
	if chained {
		return p.chain(param, mod, tail, value, depth)
	}
	if !param.FullText() && (param.Type == Special && code != "near" || len(param.Rows) == 0 && param != ID && param != LastUpdated) {
		return Clause{}, unknown("%s is not supported", code)
	}
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
		return Clause{}, invalid("%s: the value is not valid text", code)
	}
	c := Clause{Param: param, Modifier: Modifier(mod)}
	if err := p.modifier(&c); err != nil {
		return Clause{}, err
	}
	if c.Modifier == MissingModif {
		switch value {
		case "true", "false":
			missing := value == "true"
			if param == ID || param == LastUpdated {
				return always(!missing), nil
			}
			c.Missing = &missing
			return c, nil
		}
		return Clause{}, invalid("%s:missing: true or false is expected", code)
	}
	raws := split(value, ',')
	if len(raws) > MaxValues {
		return Clause{}, costly("%s: at most %d values are allowed", code, MaxValues)
	}
	if slices.Contains(raws, "") {
		return Clause{}, invalid("%s: a value is empty", code)
	}
	switch {
	case param.FullText() && slices.ContainsFunc(raws, isExpression):
		return p.expressions(c, raws)
	case c.Modifier == Below && param.Type == Token && mimeTypes(param):
		c.Modifier = StartsWith
	case p.versioned(&c) && slices.ContainsFunc(raws, hasVersion):
		return p.versions(c, raws)
	}
	for _, raw := range raws {
		v, err := p.value(&c, param.Type, raw)
		if err != nil {
			return Clause{}, err
		}
		c.Values = append(c.Values, v)
	}
	return c, nil
}

// always is the condition that every resource satisfies, or none, since each has an id and a time: to have another id than the empty
// one, which none has, or that.
func always(holds bool) Clause {
	c := Clause{Param: ID, Values: []Value{{}}}
	if holds {
		c.Modifier = Not
	}
	return c
}

// value reads one value. This is the one place that knows which file reads which type.
func (p *parser) value(c *Clause, typ ParamType, raw string) (Value, error) {
	if c.Param.FullText() {
		return p.words(c, raw)
	}
	switch typ {
	case Token:
		return p.token(c, raw)
	case String:
		return p.str(c, raw)
	case Reference:
		return p.reference(c, raw)
	case Date:
		return p.date(c, raw)
	case Number:
		return p.number(c, raw)
	case Quantity:
		return p.quantity(c, raw)
	case URI:
		return p.uri(c, raw)
	case Composite:
		return p.composite(c, raw)
	case Special:
		return p.near(c, raw)
	default:
		return Value{}, unknown("%s is not supported", c.Param.Code)
	}
}

// modifiers are those of each parameter type beside :missing, and beside :[type] of a reference.
// https://hl7.org/fhir/R4/search.html#modifiers
var modifiers = map[ParamType][]Modifier{
	Token: {Text, Not, Above, Below, In, NotIn, OfType},
	// R4 has :text for tokens only; on strings it is understood as :contains, since clients send it.
	String:    {Exact, Contains, Text},
	Reference: {Identifier},
	URI:       {Above, Below},
}

// modifier checks the modifier of c and sorts out :[type].
func (p *parser) modifier(c *Clause) error {
	m := c.Modifier
	switch {
	case m == NoModifier:
		return nil
	case c.Param.FullText():
	case c.Param == ID || c.Param == LastUpdated:
		if m == MissingModif || m == Not && c.Param == ID {
			return nil
		}
	case m == MissingModif && c.Param.Type != Composite:
		return nil
	case slices.Contains(modifiers[c.Param.Type], m):
		return nil
	case c.Param.Type == Reference && (m == Above || m == Below) && p.ranked(c.Param, m):
		return nil
	case c.Param.Type == Reference && p.table.IsType(string(m)):
		if targets := p.targets(c.Param); len(targets) > 0 && !slices.Contains(targets, string(m)) {
			return invalid("%s does not refer to %s", c.Param.Code, m)
		}
		c.Modifier, c.TypeMod = ResourceTypeM, string(m)
		return nil
	}
	return noModifier(c.Param.Code, string(m))
}

// opUnknown marks the errors that handling=lenient passes over.
const opUnknown = "search.unknown"

func unknown(format string, args ...any) error {
	return coded(fault.Invalid, opUnknown, "not-supported", format, args...)
}

// ready refuses a parameter whose rows are not complete.
func ready(p *Param) error {
	if p.Pending {
		return coded(fault.Invalid, opUnknown, "incomplete", "%s of %s is being indexed; it can be used when its re-index job is done", p.Code, p.Base)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return coded(fault.Invalid, "search.parse", "invalid", format, args...)
}

func costly(format string, args ...any) error {
	return coded(fault.TooCostly, "search.parse", "too-costly", format, args...)
}

// noModifier refuses a modifier. A server must never ignore one, lenient or not: the modifier changes what the parameter
// means. https://hl7.org/fhir/R4/search.html#modifiers
func noModifier(code, mod string) error {
	return coded(fault.Invalid, "search.parse", "not-supported", "%s does not have the modifier :%s", code, fault.Shown(mod))
}

func coded(kind fault.Kind, op, code, format string, args ...any) error {
	e := fault.New(kind, op, format, args...)
	e.Issues = []fault.Issue{{Code: code, Detail: e.Detail}}
	return e
}

// of makes err, where it says no place of its own, one about the parameter name.
func of(name string, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for i := range f.Issues {
			if f.Issues[i].Expression == "" {
				f.Issues[i].Expression = fault.ParamExpression(name)
			}
		}
	}
	return err
}
