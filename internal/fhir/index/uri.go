package index

import (
	"strings"

	"chartwright/internal/fhir"
)

// URI indexes a uri.
func (x *Rows) URI(param int32, u fhir.URI) { x.uri(param, u.V) }

// URIURL indexes a url.
func (x *Rows) URIURL(param int32, u fhir.URL) { x.uri(param, u.V) }

// URICanonical indexes a canonical, with its version and without, so that a search may name either.
func (x *Rows) URICanonical(param int32, u fhir.Canonical) {
	x.uri(param, u.V)
	if url, _, versioned := strings.Cut(u.V, "|"); versioned {
		x.uri(param, url)
	}
}

func (x *Rows) uri(param int32, u string) {
	if u != "" {
		x.URIs = append(x.URIs, URI{param, u})
	}
}
