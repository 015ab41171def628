package fhir

// WalkReferences calls fn with the address of every Reference.reference in r that has a value, however deep: in backbone
// elements, extensions, contained resources and the entries of a Bundle. Fn may change the value.
func WalkReferences(r Resource, fn func(ref *string)) {
	w := walker{reference: fn}
	w.node(NodeOf(r))
}

// WalkLinks is [WalkReferences] for every element that may name a resource by its address: beside references all elements of
// type uri, url, canonical, oid and uuid. Those are the places where a transaction replaces urn:uuid addresses.
// https://hl7.org/fhir/R4/http.html#transaction
func WalkLinks(r Resource, fn func(link *string)) {
	w := walker{reference: fn, address: fn}
	w.node(NodeOf(r))
}

// WalkInner calls fn for every resource that lies in r: contained ones and the entries of a Bundle or Parameters, outer
// before inner, r itself not.
func WalkInner(r Resource, fn func(Resource)) {
	w := walker{inner: fn}
	w.node(NodeOf(r))
}

type walker struct {
	reference func(*string)
	address   func(*string)
	inner     func(Resource)
}

// node visits everything below n.
func (w *walker) node(n Node) {
	if x := n.Twin(); x.Valid() {
		w.node(x)
	}
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		for j := range n.Len(f) {
			child := n.Item(f, j)
			if !child.Valid() {
				continue
			}
			switch {
			case f.Kind == KindRaw:
				continue
			case f.Kind == KindResource && w.inner != nil:
				w.inner(child.Resource())
			case f.Kind == KindString && w.reference != nil && f.Name == "reference" && n.Type.Name == "Reference":
				if child.HasValue() {
					w.reference(child.text())
				}
			case w.address != nil && isAddress(child.Type) && child.HasValue():
				w.address(child.text())
			}
			w.node(child)
		}
	}
}

// isAddress reports whether the values of t are addresses.
func isAddress(t *Type) bool {
	switch t {
	case &uriType, &urlType, &canonicalType, &oidType, &uuidType:
		return true
	}
	return false
}
