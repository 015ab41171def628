package r4search

import (
	"cmp"
	"slices"

	"chartwright/generator/internal/model"
)

// node is one step on the way from the resource to the values, with everything that happens there. All parameters of a type
// hang in one tree, so that a list is walked once for all of them.
type node struct {
	step     step
	children []*node
	calls    []call
	blocks   []block
}

// call indexes the element at a node.
type call struct {
	conv   conversion
	row    string // constant of the row number; "0" inside a composite
	second string // the further argument after it: a row number, or a system
	last   string // the further argument after the element: a resource type
}

// block collects and ties the components of a composite at a node.
type block struct {
	row   string
	parts []*node // roots
	// absolute marks the parts that start at the resource again.
	absolute []bool
}

// at returns the node at the end of steps, which it makes where needed.
func (n *node) at(steps []step) *node {
	for _, s := range steps {
		i := slices.IndexFunc(n.children, func(c *node) bool { return c.step.key() == s.key() })
		if i < 0 {
			n.children = append(n.children, &node{step: s})
			i = len(n.children) - 1
		}
		n = n.children[i]
	}
	return n
}

// groups returns the children by element, in alphabetical order.
func (n *node) groups() [][]*node {
	sorted := slices.Clone(n.children)
	slices.SortStableFunc(sorted, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.step.field.Name, b.step.field.Name), cmp.Compare(a.step.key(), b.step.key()))
	})
	var out [][]*node
	for i, c := range sorted {
		if i == 0 || c.step.field != sorted[i-1].step.field {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], c)
	}
	return out
}

// tree builds the tree of all parameters of a type.
func tree(params []*param) *node {
	root := &node{}
	for _, p := range params {
		own := map[string]bool{}
		for _, l := range p.own {
			own[l.key()] = true
			if l.parts != nil {
				at := root.at(l.place.steps)
				at.blocks = append(at.blocks, newBlock(rowConst(p.typ, p.def.Code), l))
				continue
			}
			at := root.at(l.place.steps)
			at.calls = append(at.calls, p.call(l))
		}
		for _, l := range p.leaves { // the identifiers of references whose rows another parameter keeps
			if !own[l.key()] && l.conv.second == identifierRow {
				at := root.at(l.place.steps)
				at.calls = append(at.calls, call{
					conv: conversion{method: "ReferenceIdentifier", form: l.conv.form}, row: identifierConst(p.typ, p.def.Code),
					last: quote(p.only),
				})
				own[l.key()] = true
			}
		}
	}
	return root
}

// call is what indexes l under the parameter's own row number.
func (p *param) call(l leaf) call {
	c := newCall(l, rowConst(p.typ, p.def.Code))
	if p.hidden {
		return c
	}
	switch l.conv.second {
	case identifierRow:
		c.second = identifierConst(p.typ, p.def.Code)
	case ofTypeRow:
		c.second = ofTypeConst(p.typ, p.def.Code)
	case noSecond, systemText:
	}
	if p.only != "" {
		c.conv.method, c.last = "ReferenceOnly", quote(p.only)
	}
	return c
}

// newCall is what indexes l in a place that keeps neither identifiers nor their types.
func newCall(l leaf, row string) call {
	c := call{conv: l.conv, row: row}
	switch l.conv.second {
	case identifierRow, ofTypeRow:
		c.second = "0"
	case systemText:
		c.second = quote(impliedSystem(l.place.last().field))
	case noSecond:
	}
	if l.target != "" {
		c.last = quote(l.target)
	}
	return c
}

func newBlock(row string, l leaf) block {
	b := block{row: row}
	for _, p := range l.parts {
		root := &node{}
		for _, l := range p.leaves {
			at := root.at(l.place.steps)
			at.calls = append(at.calls, newCall(l, "0"))
		}
		b.parts = append(b.parts, root)
		b.absolute = append(b.absolute, p.absolute)
	}
	return b
}

// leafOnly reports whether nothing lies behind the node: its calls alone handle the element, absent or not.
func (n *node) leafOnly() bool {
	return len(n.children) == 0 && len(n.blocks) == 0 && len(n.step.where) == 0 && n.step.index < 0
}

func isStruct(t *model.Type) bool { return t != nil && len(t.Fields) > 0 }
