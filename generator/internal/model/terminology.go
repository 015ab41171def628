package model

// Terminology is the code systems and value sets of the definitions, as far as it takes to tell which codes belong to a set
// and how they stand to each other. Both are sorted by URL; no URL comes twice.
type Terminology struct {
	CodeSystems []*CodeSystem
	Sets        []*SetDefinition
}

// CodeSystem is a code system with its hierarchy.
type CodeSystem struct {
	URL              string
	Version          string
	Content          string
	HierarchyMeaning string
	Concepts         []*Concept // in the order of the definition
}

// Concept is one concept. Also are codes that a child property places below it, beside those that lie in it.
type Concept struct {
	Code     string
	Also     []string
	Concepts []*Concept
}

// SetDefinition is what the definition of a value set says, not what it comes to.
type SetDefinition struct {
	URL     string
	Version string
	Include []SetRule
	Exclude []SetRule
}

// SetRule is one include or exclude.
type SetRule struct {
	System  string
	Version string
	Codes   []string
	Filters []SetFilter
	Sets    []string
}

// SetFilter is one filter of a rule.
type SetFilter struct{ Property, Op, Value string }
