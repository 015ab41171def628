package record

import (
	"sync"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// presences tell which parameters of the standard a resource has values of, by type.
var presences = sync.OnceValue(func() map[string]*search.Presence {
	all := make(map[string]*search.Presence, len(r4.Types))
	for _, t := range r4.Types {
		all[t.Name] = search.PresenceOf(t.Name, r4search.Of(t.Name))
	}
	return all
})

// Extract adds the index rows of a resource for the parameters of the standard, and those of what it contains.
func Extract(r r4.Resource, rows *index.Rows) {
	r4search.Extract(r, rows)
	presences()[r.Type().Name].Add(rows)
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
