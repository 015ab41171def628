package record

import (
	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/index"
)

// Extract adds the index rows of a resource for the parameters of the standard, and those of what it contains.
func Extract(r r4.Resource, rows *index.Rows) {
	r4search.Extract(r, rows)
	contents := rows.Contents()
	for i, c := range contents[:min(len(contents), index.MaxContained)] {
		inner, ok := c.(r4.Resource)
		if !ok || inner == nil || inner.IDField().V == "" {
			continue
		}
		within := &index.Rows{Bases: rows.Bases, Siblings: contents}
		if rows.Words != nil {
			within.Words = &index.Words{}
		}
		r4search.Extract(inner, within)
		rows.AddContained(i+1, inner.Type().Name, inner.IDField().V, within)
	}
}
