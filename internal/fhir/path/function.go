package path

// call is one call of a function.
type call struct {
	ev    *evaluator
	e     *Call
	focus Collection // what stands before the dot
	s     scope      // of the call: what its plain arguments see
}

// function is one function of FHIRPath: how many arguments it takes, and what it does.
type function struct {
	min, max int
	do       func(*call) (Collection, error)
}

// functions are all functions, by name. https://hl7.org/fhirpath/N1/#functions and
// https://hl7.org/fhir/R4/fhirpath.html#functions
var functions map[string]function

func init() { //nolint:gochecknoinits // the functions evaluate arguments, so a plain initialiser would be a cycle
	functions = map[string]function{
		"empty": {0, 0, empty}, "not": {0, 0, not}, "exists": {0, 1, exists}, "all": {1, 1, all},
		"allTrue": {0, 0, allTrue}, "anyTrue": {0, 0, anyTrue}, "allFalse": {0, 0, allFalse}, "anyFalse": {0, 0, anyFalse},
		"subsetOf": {1, 1, subsetOf}, "supersetOf": {1, 1, supersetOf}, "count": {0, 0, count},
		"distinct": {0, 0, distinct}, "isDistinct": {0, 0, isDistinct},

		"where": {1, 1, where}, "select": {1, 1, selects}, "repeat": {1, 1, repeat}, "ofType": {1, 1, ofTypeCall},
		"is": {1, 1, isCall}, "as": {1, 1, asCall}, "type": {0, 0, typeCall}, "sort": {0, -1, sorts}, "aggregate": {1, 2, aggregate},
		"iif": {2, 3, iif}, "trace": {1, 2, trace}, "coalesce": {1, -1, coalesce},

		"single": {0, 0, singleCall}, "first": {0, 0, first}, "last": {0, 0, last}, "tail": {0, 0, tail}, "skip": {1, 1, skip},
		"take": {1, 1, take}, "intersect": {1, 1, intersect}, "exclude": {1, 1, exclude}, "union": {1, 1, union},
		"combine": {1, 1, combine}, "children": {0, 0, children}, "descendants": {0, 0, descendants},

		"toBoolean": {0, 0, converter(toBoolean)}, "convertsToBoolean": {0, 0, converts(toBoolean)},
		"toInteger": {0, 0, converter(toInteger)}, "convertsToInteger": {0, 0, converts(toInteger)},
		"toDecimal": {0, 0, converter(toDecimal)}, "convertsToDecimal": {0, 0, converts(toDecimal)},
		"toString": {0, 0, converter(toString)}, "convertsToString": {0, 0, converts(toString)},
		"toDate": {0, 0, converter(toDate)}, "convertsToDate": {0, 0, converts(toDate)},
		"toDateTime": {0, 0, converter(toDateTime)}, "convertsToDateTime": {0, 0, converts(toDateTime)},
		"toTime": {0, 0, converter(toTime)}, "convertsToTime": {0, 0, converts(toTime)},
		"toQuantity": {0, 1, toQuantityCall}, "convertsToQuantity": {0, 1, convertsToQuantityCall},

		"length": {0, 0, length}, "indexOf": {1, 1, indexOf}, "lastIndexOf": {1, 1, lastIndexOf}, "substring": {1, 2, substring},
		"startsWith": {1, 1, startsWith}, "endsWith": {1, 1, endsWith}, "contains": {1, 1, contains}, "upper": {0, 0, upper},
		"lower": {0, 0, lower}, "trim": {0, 0, trim}, "replace": {2, 2, replace}, "matches": {1, 1, matches},
		"matchesFull": {1, 1, matchesFull}, "replaceMatches": {2, 2, replaceMatches}, "toChars": {0, 0, toChars},
		"split": {1, 1, split}, "join": {0, 1, join}, "encode": {1, 1, encode}, "decode": {1, 1, decode},
		"escape": {1, 1, escape}, "unescape": {1, 1, unescape},

		"abs": {0, 0, abs}, "ceiling": {0, 0, ceiling}, "floor": {0, 0, floor}, "truncate": {0, 0, truncate}, "round": {0, 1, round},
		"exp": {0, 0, exp}, "ln": {0, 0, ln}, "log": {1, 1, log}, "power": {1, 1, power}, "sqrt": {0, 0, sqrt},
		"lowBoundary": {0, 1, lowBoundary}, "highBoundary": {0, 1, highBoundary}, "precision": {0, 0, precision},
		"comparable": {1, 1, comparableCall},

		"now": {0, 0, now}, "today": {0, 0, today}, "timeOfDay": {0, 0, timeOfDay},

		"extension": {1, 1, extension}, "hasValue": {0, 0, hasValue}, "getValue": {0, 0, getValue}, "resolve": {0, 0, resolve},
		"conformsTo": {1, 1, conformsTo}, "memberOf": {1, 1, memberOf},
	}
}

func (ev *evaluator) call(e *Call, s scope) (Collection, error) {
	f, ok := functions[e.Name]
	if !ok {
		return nil, errorf(e, "there is no function %s", e.Name)
	}
	if n := len(e.Args); n < f.min || f.max >= 0 && n > f.max {
		return nil, errorf(e, "%s() with %d arguments", e.Name, n)
	}
	focus := s.focus
	if e.Of != nil {
		var err error
		if focus, err = ev.eval(e.Of, s); err != nil {
			return nil, err
		}
	}
	if err := ev.spend(e, len(focus)); err != nil {
		return nil, err
	}
	if ev.env.Strict && unordered(e.Of) {
		switch e.Name {
		case "first", "last", "tail", "skip", "take":
			return nil, errorf(e, "%s() of items that have no order", e.Name)
		}
	}
	return f.do(&call{ev, e, focus, s})
}

// unordered reports whether an expression gives items in no defined order.
func unordered(e Expr) bool {
	c, ok := e.(*Call)
	return ok && (c.Name == "children" || c.Name == "descendants")
}

// arg evaluates argument i in the scope of the call.
func (c *call) arg(i int) (Collection, error) { return c.ev.eval(c.e.Args[i], c.s) }

// each evaluates argument i for item k of the focus.
func (c *call) each(i, k int) (Collection, error) {
	return c.ev.eval(c.e.Args[i], scope{focus: c.focus[k : k+1], index: Collection{Integer(k)}, total: c.s.total})
}

// test evaluates argument i for item k as a condition.
func (c *call) test(i, k int) (bool, error) {
	out, err := c.each(i, k)
	if err != nil {
		return false, err
	}
	b, known, err := truth(c.e.Args[i], out)
	return b && known, err
}

// text is the single string before the dot; ok is false if there is none.
func (c *call) text() (string, bool, error) {
	s, ok, err := single[String](c.e, c.focus, "a string")
	return string(s), ok, err
}

// textArg is argument i as a string; ok is false if it is empty.
func (c *call) textArg(i int) (string, bool, error) {
	v, err := c.arg(i)
	if err != nil {
		return "", false, err
	}
	s, ok, err := single[String](c.e.Args[i], v, "a string")
	return string(s), ok, err
}

// intArg is argument i as an integer; ok is false if it is empty.
func (c *call) intArg(i int) (int, bool, error) {
	v, err := c.arg(i)
	if err != nil {
		return 0, false, err
	}
	n, ok, err := single[Integer](c.e.Args[i], v, "an integer")
	return int(n), ok, err
}

// one is the single item before the dot as a value; nil if there is none.
func (c *call) one() (Item, error) {
	if len(c.focus) > 1 {
		return nil, errorf(c.e, "%s() works on a single item, there are %d", c.e.Name, len(c.focus))
	}
	if len(c.focus) == 0 {
		return nil, nil
	}
	return value(c.focus[0]), nil
}

func boolean(b bool) Collection { return Collection{Boolean(b)} }
