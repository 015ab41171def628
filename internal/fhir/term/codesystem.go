package term

import (
	"slices"
	"strconv"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// CodeSystem is a code system with its hierarchy. It is made by [NewCodeSystem] and does not change.
// https://hl7.org/fhir/R4/codesystem.html
type CodeSystem struct {
	URL, Version string
	Complete     bool // all codes are given
	// Subsumes tells that a concept is a kind of the one it lies in: the hierarchy means is-a, or does not say what it means.
	Subsumes bool

	concepts []concept
	at       map[string]int // code → place in concepts
}

type concept struct {
	code, display    string
	parent, children []int
	properties       []property
}

// property is a value of a concept in the form that a filter compares it with.
type property struct{ code, value string }

// NewCodeSystem reads a resource. Concepts lie below those that they are nested in, and below or above those that their
// properties parent and child name.
func NewCodeSystem(r *r4.CodeSystem) *CodeSystem {
	c := &CodeSystem{
		URL: r.URL.V, Version: r.Version.V, Complete: r.Content.V == "complete",
		Subsumes: r.HierarchyMeaning.V == "" || r.HierarchyMeaning.V == "is-a", at: map[string]int{},
	}
	c.add(r.Concept, -1)
	for i := range c.concepts {
		for _, p := range c.concepts[i].properties {
			other, known := c.at[p.value]
			switch {
			case !known || other == i:
			case p.code == "parent":
				c.link(other, i)
			case p.code == "child":
				c.link(i, other)
			}
		}
	}
	return c
}

// add appends concepts in the order of the definition. A code that comes twice is one concept.
func (c *CodeSystem) add(list []r4.CodeSystemConcept, parent int) {
	for i := range list {
		r := &list[i]
		if r.Code.V == "" {
			continue
		}
		n, twice := c.at[r.Code.V]
		if !twice {
			n = len(c.concepts)
			c.at[r.Code.V] = n
			c.concepts = append(c.concepts, concept{code: r.Code.V, display: r.Display.V, properties: properties(r.Property)})
		}
		if parent >= 0 && parent != n {
			c.link(parent, n)
		}
		c.add(r.Concept, n)
	}
}

func (c *CodeSystem) link(parent, child int) {
	if !slices.Contains(c.concepts[parent].children, child) {
		c.concepts[parent].children = append(c.concepts[parent].children, child)
		c.concepts[child].parent = append(c.concepts[child].parent, parent)
	}
}

// Has reports whether the system gives the code.
func (c *CodeSystem) Has(code string) bool {
	_, ok := c.at[code]
	return ok
}

// Below returns the codes that a code subsumes, itself first; none if the system does not give the code.
func (c *CodeSystem) Below(code string) []string {
	return c.walk(code, func(k *concept) []int { return k.children })
}

// Above returns the codes that subsume a code, itself first; none if the system does not give the code.
func (c *CodeSystem) Above(code string) []string {
	return c.walk(code, func(k *concept) []int { return k.parent })
}

// walk collects what is reachable from a code. A hierarchy with a circle comes to an end all the same.
func (c *CodeSystem) walk(code string, next func(*concept) []int) []string {
	start, ok := c.at[code]
	if !ok {
		return nil
	}
	seen := map[int]bool{start: true}
	order := []int{start}
	var codes []string
	for i := 0; i < len(order); i++ {
		k := &c.concepts[order[i]]
		codes = append(codes, k.code)
		for _, n := range next(k) {
			if !seen[n] {
				seen[n] = true
				order = append(order, n)
			}
		}
	}
	return codes
}

func properties(list []r4.CodeSystemConceptProperty) []property {
	var out []property
	for i := range list {
		if v, ok := propertyValue(&list[i]); ok {
			out = append(out, property{list[i].Code.V, v})
		}
	}
	return out
}

func propertyValue(p *r4.CodeSystemConceptProperty) (string, bool) {
	switch v := p.Value.(type) {
	case *fhir.Code:
		return v.V, true
	case *fhir.String:
		return v.V, true
	case *fhir.DateTime:
		return v.V, true
	case *fhir.Decimal:
		return v.V, true
	case *fhir.Boolean:
		return strconv.FormatBool(v.V), v.Set
	case *fhir.Integer:
		return strconv.Itoa(int(v.V)), v.Set
	case *r4.Coding:
		return v.Code.V, true
	}
	return "", false
}
