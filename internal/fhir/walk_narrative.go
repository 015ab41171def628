package fhir

// WalkNarratives calls fn with the address of every XHTML text in r that has a value: the narrative of the resource, those of
// its sections and of the resources that lie in it. Fn may change the value.
func WalkNarratives(r Resource, fn func(div *string)) { walkNarratives(NodeOf(r), fn) }

func walkNarratives(n Node, fn func(*string)) {
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		if f.Kind != KindComplex && f.Kind != KindResource && f.Type != &xhtmlType {
			continue
		}
		for j := range n.Len(f) {
			child := n.Item(f, j)
			switch {
			case !child.Valid():
			case child.Type != &xhtmlType:
				walkNarratives(child, fn)
			case child.HasValue():
				fn(child.text())
			}
		}
	}
}
