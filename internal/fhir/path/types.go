package path

import (
	"strings"
)

// is tells whether a single item is of a type or of one that specialises it.
func is(e Expr, of Collection, name string) (Collection, error) {
	if len(of) == 0 {
		return nil, checkType(e, name)
	}
	if len(of) > 1 {
		return nil, errorf(e, "is asks about one item, there are %d", len(of))
	}
	if err := checkType(e, name); err != nil {
		return nil, err
	}
	return Collection{Boolean(isType(of[0], name))}, nil
}

// as keeps a single item if it is of a type.
func as(e Expr, of Collection, name string) (Collection, error) {
	if len(of) > 1 {
		return nil, errorf(e, "as asks about one item, there are %d", len(of))
	}
	return ofType(e, of, name)
}

// ofType keeps the items of a type. A primitive must be of exactly that type: a code is no string here.
func ofType(e Expr, of Collection, name string) (Collection, error) {
	if err := checkType(e, name); err != nil {
		return nil, err
	}
	var out Collection
	for _, i := range of {
		if el, ok := i.(*Element); ok && el.isPrimitive() {
			if strings.TrimPrefix(name, "FHIR.") == el.Node.Type.Name {
				out = append(out, i)
			}
			continue
		}
		if isType(i, name) {
			out = append(out, i)
		}
	}
	return out, nil
}

// parents are the types that others specialise, beside Element, BackboneElement, Resource and DomainResource.
// https://hl7.org/fhir/R4/datatypes.html
var parents = map[string]string{
	"code": "string", "id": "string", "markdown": "string",
	"canonical": "uri", "oid": "uri", "url": "uri", "uuid": "uri",
	"positiveInt": "integer", "unsignedInt": "integer",
	"Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity", "SimpleQuantity": "Quantity",
	"MoneyQuantity": "Quantity",
}

// typeInfo is the type of an item.
func typeInfo(i Item) TypeInfo {
	switch v := i.(type) {
	case Boolean:
		return TypeInfo{"System", "Boolean"}
	case String:
		return TypeInfo{"System", "String"}
	case Integer:
		return TypeInfo{"System", "Integer"}
	case Decimal:
		return TypeInfo{"System", "Decimal"}
	case *Quantity:
		return TypeInfo{"System", "Quantity"}
	case *Temporal:
		return TypeInfo{"System", [...]string{DateKind: "Date", DateTimeKind: "DateTime", TimeKind: "Time"}[v.Kind]}
	case *Element:
		return TypeInfo{"FHIR", v.Node.Type.Name}
	case unresolved:
		return TypeInfo{"FHIR", v.typ}
	}
	return TypeInfo{"System", "Any"}
}

// isType reports whether the item is of the type called name, with or without namespace.
func isType(i Item, name string) bool {
	info := typeInfo(i)
	namespace, bare, qualified := strings.Cut(name, ".")
	if !qualified {
		bare = name
	} else if namespace != info.Namespace {
		return false
	}
	if bare == info.Name {
		return true
	}
	e, ok := i.(*Element)
	if !ok {
		return false
	}
	for t := info.Name; t != ""; t = parents[t] {
		if t == bare {
			return true
		}
	}
	switch bare {
	case "Resource", "DomainResource":
		return e.Node.Type.Is(bare)
	case "Element":
		return !e.Node.Type.Resource
	case "BackboneElement":
		return strings.Contains(info.Name, ".")
	}
	return false
}

// checkType refuses the name of a type that does not exist. A name that begins with a capital is taken as it comes: which
// resource and data types there are is not known here.
func checkType(e Expr, name string) error {
	namespace, bare, qualified := strings.Cut(name, ".")
	if !qualified {
		namespace, bare = "", name
	}
	small := bare[0] < 'A' || bare[0] > 'Z'
	switch {
	case namespace != "" && namespace != "System" && namespace != "FHIR",
		small && (namespace == "System" || !primitiveName(bare)):
		return errorf(e, "there is no type %s", name)
	}
	return nil
}

func typeArgument(e Expr) (string, bool) {
	switch e := e.(type) {
	case *Name:
		return e.Name, true
	case *Member:
		if n, ok := e.Of.(*Name); ok {
			return n.Name + "." + e.Name, true
		}
	}
	return "", false
}
