package path

import (
	"slices"
	"sort"
)

func empty(c *call) (Collection, error) { return boolean(len(c.focus) == 0), nil }

func not(c *call) (Collection, error) {
	b, known, err := truth(c.e, c.focus)
	if err != nil || !known {
		return nil, err
	}
	return boolean(!b), nil
}

func exists(c *call) (Collection, error) {
	if len(c.e.Args) == 0 {
		return boolean(len(c.focus) > 0), nil
	}
	for k := range c.focus {
		if ok, err := c.test(0, k); err != nil || ok {
			return boolean(ok), err
		}
	}
	return boolean(false), nil
}

func all(c *call) (Collection, error) {
	for k := range c.focus {
		if ok, err := c.test(0, k); err != nil || !ok {
			return boolean(false), err
		}
	}
	return boolean(true), nil
}

// booleans reports whether every item, or any, is want.
func (c *call) booleans(want, every bool) (Collection, error) {
	for _, i := range c.focus {
		b, ok := value(i).(Boolean)
		if !ok {
			return nil, errorf(c.e, "%s() works on booleans, there is a %s", c.e.Name, typeInfo(i).Name)
		}
		if (bool(b) == want) != every {
			return boolean(!every), nil
		}
	}
	return boolean(every), nil
}

func allTrue(c *call) (Collection, error)  { return c.booleans(true, true) }
func anyTrue(c *call) (Collection, error)  { return c.booleans(true, false) }
func allFalse(c *call) (Collection, error) { return c.booleans(false, true) }
func anyFalse(c *call) (Collection, error) { return c.booleans(false, false) }

// within reports whether every item of a is in b.
func (c *call) within(a, b Collection) (Collection, error) {
	for _, i := range a {
		if err := c.ev.spend(c.e, len(b)); err != nil {
			return nil, err
		}
		if !member(i, b) {
			return boolean(false), nil
		}
	}
	return boolean(true), nil
}

func subsetOf(c *call) (Collection, error) {
	other, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.within(c.focus, other)
}

func supersetOf(c *call) (Collection, error) {
	other, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.within(other, c.focus)
}

func count(c *call) (Collection, error) { return Collection{Integer(len(c.focus))}, nil }

func distinct(c *call) (Collection, error) { return c.ev.distinct(c.e, c.focus) }

func isDistinct(c *call) (Collection, error) {
	d, err := c.ev.distinct(c.e, c.focus)
	return boolean(len(d) == len(c.focus)), err
}

func where(c *call) (Collection, error) {
	var out Collection
	for k := range c.focus {
		ok, err := c.test(0, k)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, c.focus[k])
		}
	}
	return out, nil
}

func selects(c *call) (Collection, error) {
	var out Collection
	for k := range c.focus {
		got, err := c.each(0, k)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// repeat selects from the input, then from what that gives, until nothing new comes.
func repeat(c *call) (Collection, error) {
	var out Collection
	for next := c.focus; len(next) > 0; {
		var found Collection
		step := *c
		step.focus = next
		for k := range next {
			got, err := step.each(0, k)
			if err != nil {
				return nil, err
			}
			for _, i := range got {
				if err := c.ev.spend(c.e, len(out)); err != nil {
					return nil, err
				}
				if !same(i, out) {
					out = append(out, i)
					found = append(found, i)
				}
			}
		}
		next = found
	}
	return out, nil
}

// same reports whether i is in the collection: the very element, or an equal value.
func same(i Item, of Collection) bool {
	e, isElement := i.(*Element)
	for _, j := range of {
		f, ok := j.(*Element)
		if ok != isElement {
			continue
		}
		if isElement && e.Node == f.Node || !isElement && member(i, Collection{j}) {
			return true
		}
	}
	return false
}

func ofTypeCall(c *call) (Collection, error) { return c.typed(ofType) }
func isCall(c *call) (Collection, error)     { return c.typed(is) }
func asCall(c *call) (Collection, error)     { return c.typed(as) }

func (c *call) typed(do func(Expr, Collection, string) (Collection, error)) (Collection, error) {
	name, ok := typeArgument(c.e.Args[0])
	if !ok {
		return nil, errorf(c.e.Args[0], "want the name of a type")
	}
	return do(c.e, c.focus, name)
}

func typeCall(c *call) (Collection, error) {
	var out Collection
	for _, i := range c.focus {
		out = append(out, typeInfo(i))
	}
	return out, nil
}

// sorts orders by its arguments, or by the items themselves; a minus before an argument turns the order round.
func sorts(c *call) (Collection, error) {
	type row struct {
		item Item
		keys []Item
	}
	args := c.e.Args
	rows := make([]row, len(c.focus))
	down := make([]bool, max(1, len(args)))
	for k, i := range c.focus {
		rows[k].item = i
		if len(args) == 0 {
			rows[k].keys = []Item{value(i)}
		}
		for a, arg := range args {
			if u, ok := arg.(*Unary); ok && u.Op == "-" {
				down[a], arg = true, u.X
			}
			got, err := c.ev.eval(arg, scope{focus: c.focus[k : k+1], index: Collection{Integer(k)}})
			if err != nil {
				return nil, err
			}
			if len(got) > 1 {
				return nil, errorf(arg, "a sort key of %d items", len(got))
			}
			var key Item
			if len(got) == 1 {
				key = value(got[0])
			}
			rows[k].keys = append(rows[k].keys, key)
		}
	}
	var failed error
	sort.SliceStable(rows, func(i, j int) bool {
		for k := range rows[i].keys {
			a, b := rows[i].keys[k], rows[j].keys[k]
			switch { // nothing is greater than anything
			case a == nil && b == nil:
				continue
			case a == nil || b == nil:
				return (b == nil) != down[k]
			}
			o, _, ok := order(a, b)
			if !ok {
				failed = errorf(c.e, "a %s and a %s have no order", typeInfo(a).Name, typeInfo(b).Name)
			}
			if o != 0 {
				return (o < 0) != down[k]
			}
		}
		return false
	})
	out := make(Collection, len(rows))
	for k := range rows {
		out[k] = rows[k].item
	}
	return out, failed
}

func aggregate(c *call) (Collection, error) {
	var total Collection
	if len(c.e.Args) == 2 {
		var err error
		if total, err = c.arg(1); err != nil {
			return nil, err
		}
	}
	for k := range c.focus {
		var err error
		total, err = c.ev.eval(c.e.Args[0], scope{
			focus: c.focus[k : k+1], index: Collection{Integer(k)}, total: total,
		})
		if err != nil {
			return nil, err
		}
	}
	return total, nil
}

// iif evaluates only the branch that it takes.
func iif(c *call) (Collection, error) {
	s := c.s
	if c.e.Of != nil {
		if len(c.focus) > 1 {
			return nil, errorf(c.e, "iif() works on a single item, there are %d", len(c.focus))
		}
		s = scope{focus: c.focus, index: c.s.index, total: c.s.total}
	}
	cond, err := c.ev.eval(c.e.Args[0], s)
	if err != nil {
		return nil, err
	}
	yes, _, err := single[Boolean](c.e.Args[0], cond, "a boolean")
	if err != nil {
		return nil, err
	}
	switch {
	case bool(yes):
		return c.ev.eval(c.e.Args[1], s)
	case len(c.e.Args) == 3:
		return c.ev.eval(c.e.Args[2], s)
	}
	return nil, nil
}

func trace(c *call) (Collection, error) {
	name, _, err := c.textArg(0)
	if err != nil || c.ev.env.Trace == nil {
		return c.focus, err
	}
	shown := c.focus
	if len(c.e.Args) == 2 {
		shown = nil
		for k := range c.focus {
			got, err := c.each(1, k)
			if err != nil {
				return nil, err
			}
			shown = append(shown, got...)
		}
	}
	c.ev.env.Trace(name, shown)
	return c.focus, nil
}

func coalesce(c *call) (Collection, error) {
	for i := range c.e.Args {
		if got, err := c.arg(i); err != nil || len(got) > 0 {
			return got, err
		}
	}
	return nil, nil
}

func singleCall(c *call) (Collection, error) {
	if len(c.focus) > 1 {
		return nil, errorf(c.e, "single() of %d items", len(c.focus))
	}
	return c.focus, nil
}

func first(c *call) (Collection, error) { return c.focus[:min(1, len(c.focus))], nil }
func last(c *call) (Collection, error)  { return c.focus[max(0, len(c.focus)-1):], nil }
func tail(c *call) (Collection, error)  { return c.focus[min(1, len(c.focus)):], nil }

func skip(c *call) (Collection, error) {
	n, _, err := c.intArg(0)
	return c.focus[min(max(n, 0), len(c.focus)):], err
}

func take(c *call) (Collection, error) {
	n, _, err := c.intArg(0)
	return c.focus[:min(max(n, 0), len(c.focus))], err
}

func intersect(c *call) (Collection, error) {
	other, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	var both Collection
	for _, i := range c.focus {
		if err := c.ev.spend(c.e, len(other)); err != nil {
			return nil, err
		}
		if member(i, other) {
			both = append(both, i)
		}
	}
	return c.ev.distinct(c.e, both)
}

func exclude(c *call) (Collection, error) {
	other, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	var out Collection
	for _, i := range c.focus {
		if err := c.ev.spend(c.e, len(other)); err != nil {
			return nil, err
		}
		if !member(i, other) {
			out = append(out, i)
		}
	}
	return out, nil
}

func union(c *call) (Collection, error) {
	other, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.ev.distinct(c.e, slices.Concat(c.focus, other))
}

func combine(c *call) (Collection, error) {
	other, err := c.arg(0)
	return slices.Concat(c.focus, other), err
}

func children(c *call) (Collection, error) {
	var out Collection
	for _, i := range c.focus {
		if e, ok := i.(*Element); ok {
			out = e.children(out, "")
		}
	}
	return out, c.ev.spend(c.e, len(out))
}

func descendants(c *call) (Collection, error) {
	var out Collection
	for _, i := range c.focus {
		e, ok := i.(*Element)
		if !ok {
			continue
		}
		from := len(out)
		out = e.children(out, "")
		for ; from < len(out); from++ { // what is appended is visited in its turn
			if err := c.ev.spend(c.e, 1); err != nil {
				return nil, err
			}
			out = out[from].(*Element).children(out, "") // children are elements
		}
	}
	return out, nil
}
