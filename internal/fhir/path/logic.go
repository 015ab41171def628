package path

// truth is the boolean that a collection stands for; known is false for an empty one. A single item that is no boolean
// stands for true.
//
// https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
func truth(e Expr, c Collection) (b, known bool, err error) {
	switch len(c) {
	case 0:
		return false, false, nil
	case 1:
		switch v := value(c[0]).(type) {
		case Boolean:
			return bool(v), true, nil
		case nil:
			return false, false, nil
		}
		return true, true, nil
	}
	return false, false, errorf(e, "want one boolean, there are %d items", len(c))
}

// single is the one item of c as a T; ok is false if c is empty.
func single[T Item](e Expr, c Collection, what string) (v T, ok bool, err error) {
	switch len(c) {
	case 0:
		return v, false, nil
	case 1:
		i := value(c[0])
		if i == nil {
			return v, false, nil
		}
		if v, ok = i.(T); ok {
			return v, true, nil
		}
		return v, false, errorf(e, "want %s, have a %s", what, typeInfo(c[0]).Name)
	}
	return v, false, errorf(e, "want %s, there are %d items", what, len(c))
}

// logic is and, or, xor and implies, in the logic of three values. https://hl7.org/fhirpath/N1/#boolean-logic
func (ev *evaluator) logic(e *Binary, s scope) (Collection, error) {
	x, err := ev.eval(e.X, s)
	if err != nil {
		return nil, err
	}
	a, aKnown, err := truth(e.X, x)
	if err != nil {
		return nil, err
	}
	if aKnown { // what decides alone
		switch {
		case e.Op == "and" && !a:
			return Collection{Boolean(false)}, nil
		case e.Op == "or" && a, e.Op == "implies" && !a:
			return Collection{Boolean(true)}, nil
		}
	}
	y, err := ev.eval(e.Y, s)
	if err != nil {
		return nil, err
	}
	b, bKnown, err := truth(e.Y, y)
	if err != nil {
		return nil, err
	}
	switch {
	case aKnown && bKnown:
		switch e.Op {
		case "and":
			return Collection{Boolean(a && b)}, nil
		case "or":
			return Collection{Boolean(a || b)}, nil
		case "xor":
			return Collection{Boolean(a != b)}, nil
		}
		return Collection{Boolean(!a || b)}, nil
	case bKnown && e.Op == "and" && !b:
		return Collection{Boolean(false)}, nil
	case bKnown && (e.Op == "or" || e.Op == "implies") && b:
		return Collection{Boolean(true)}, nil
	}
	return nil, nil
}

func (ev *evaluator) binary(e *Binary, s scope) (Collection, error) {
	switch e.Op {
	case "and", "or", "xor", "implies":
		return ev.logic(e, s)
	}
	x, err := ev.eval(e.X, s)
	if err != nil {
		return nil, err
	}
	y, err := ev.eval(e.Y, s)
	if err != nil {
		return nil, err
	}
	if err := ev.spend(e, len(x)+len(y)); err != nil {
		return nil, err
	}
	switch e.Op {
	case "|":
		return ev.distinct(e, append(append(Collection(nil), x...), y...))
	case "=", "!=":
		if len(x) == 0 || len(y) == 0 {
			return nil, nil
		}
		eq, known := equal(x, y)
		if !known {
			return nil, nil
		}
		return Collection{Boolean(eq == (e.Op == "="))}, nil
	case "~", "!~":
		if err := ev.spend(e, len(x)*len(y)); err != nil {
			return nil, err
		}
		return Collection{Boolean(equivalent(x, y) == (e.Op == "~"))}, nil
	case "<", ">", "<=", ">=":
		return compare(e, x, y)
	case "in", "contains":
		one, many := x, y
		if e.Op == "contains" {
			one, many = y, x
		}
		if len(one) == 0 {
			return nil, nil
		}
		if len(one) > 1 {
			return nil, errorf(e, "%s asks about one item, there are %d", e.Op, len(one))
		}
		return Collection{Boolean(member(one[0], many))}, nil
	}
	return arithmetic(e, x, y)
}

func member(i Item, of Collection) bool {
	for _, j := range of {
		if eq, known := equalItems(i, j); eq && known {
			return true
		}
	}
	return false
}

// distinct drops the items that repeat. It keeps the first of each.
func (ev *evaluator) distinct(e Expr, in Collection) (Collection, error) {
	var out, others Collection // others: what is no string
	strings := map[String]bool{}
	for _, i := range in {
		if s, ok := value(i).(String); ok { // equals strings alone, of which there may be thousands
			if err := ev.spend(e, 0); err != nil {
				return nil, err
			}
			if !strings[s] {
				strings[s] = true
				out = append(out, i)
			}
			continue
		}
		if err := ev.spend(e, len(others)); err != nil {
			return nil, err
		}
		if !member(i, others) {
			out, others = append(out, i), append(others, i)
		}
	}
	return out, nil
}
