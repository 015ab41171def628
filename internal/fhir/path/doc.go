// Package path is FHIRPath, the language in which FHIR writes search parameters, invariants and patches.
//
// [Parse] turns an expression into a tree that remembers positions. The generator compiles the trees of the standard search
// parameters to Go, so that a create evaluates no expression; what arrives at run time [Eval] walks over the field tables of
// the generated types.
//
// https://hl7.org/fhir/R4/fhirpath.html, https://hl7.org/fhirpath/N1/
package path
