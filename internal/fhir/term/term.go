// Package term says which codes a value set holds and how the codes of a code system stand to each other. It is pure: where the
// definitions lie is the business of a [Definitions]; those of FHIR R4 itself are [Standard].
//
// A set is expanded in full or not at all. Where a definition leaves open which codes belong to it, since it filters a code
// system whose codes are not given here, the answer is an error that names it: a guess would find too little, or too much.
//
// https://hl7.org/fhir/R4/terminology-module.html
package term

import (
	"context"

	"chartwright/internal/fault"
)

// Definitions find value sets and code systems by canonical URL, which may name a version: url or url|version.
type Definitions interface {
	// ValueSet returns the value set of that URL, nil if it is not known.
	ValueSet(ctx context.Context, canonical string) (*ValueSet, error)
	// CodeSystem returns the code system of that URL, nil if it is not known.
	CodeSystem(ctx context.Context, canonical string) (*CodeSystem, error)
}

// The limits of one answer. What passes one is refused.
const (
	MaxCodes = 10_000 // codes of a set
	maxDepth = 12     // value sets that include one another
	maxSets  = 100    // definitions that one answer needs
)

// Code is one code of a code system.
type Code struct{ System, Code string }

// Set is what a value set comes to: single codes, and code systems all of whose codes belong to it although they are not given
// here, such as LOINC.
type Set struct {
	Codes   []Code // by system, then code, each once; none of one of Systems
	Systems []string
}

// ValueSet is a value set as defined, and as expanded by others, if it came with an expansion that is complete.
// https://hl7.org/fhir/R4/valueset.html
type ValueSet struct {
	URL, Version     string
	Include, Exclude []Rule
	Expansion        []Code
	Expanded         bool // Expansion holds, even if it is empty
}

// Rule is one include or exclude: what its system part and all of Sets have in common.
// https://hl7.org/fhir/R4/valueset.html#compositions
type Rule struct {
	System  string // url or url|version
	Codes   []string
	Filters []Filter
	Sets    []string // canonical URLs
}

// Filter is one condition on the concepts of a rule's system.
// https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include.filter
type Filter struct{ Property, Op, Value string }

const op = "term.expand"

// unknown is the answer about a definition that is not there, or outside the caller's view.
func unknown(what, canonical string) error {
	return because(fault.Invalid, "not-found", "the %s %s is not known here", what, canonical)
}

// unsupported is the answer about a definition that can't be turned into codes here.
func unsupported(format string, args ...any) error {
	return because(fault.Invalid, "not-supported", format, args...)
}

func costly(format string, args ...any) error {
	return because(fault.TooCostly, "too-costly", format, args...)
}

func because(kind fault.Kind, code, format string, args ...any) error {
	e := fault.New(kind, op, format, args...)
	e.Issues = []fault.Issue{{Code: code, Detail: e.Detail}}
	return e
}
