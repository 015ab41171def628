package identity

import (
	"net/http"
	"strings"
	"sync"
)

// Browser apps call the token, revocation, userinfo and registration endpoints from their own origins. Allowed are the origins
// of the redirect URIs of enabled clients, which is where those apps live; what is public may be read from anywhere. Cookies
// are never allowed along. https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#considerations-for-cross-origin-resource-sharing-cors-support

// originCache holds the origins of the enabled clients of a site.
type originCache struct {
	mu      sync.Mutex
	epoch   uint64
	filled  bool
	origins map[string]bool
}

// public are the paths, after the site, that hold nothing private.
func public(path string) bool {
	return strings.HasSuffix(path, "/.well-known/openid-configuration") || strings.HasSuffix(path, "/jwk") ||
		strings.HasSuffix(path, "/smart-style.json")
}

// called are the paths that scripts call.
func called(path string) bool {
	for _, p := range []string{"/token", "/revoke", "/introspect", "/userinfo", "/registration"} {
		if strings.HasSuffix(path, p) {
			return true
		}
	}
	return strings.Contains(path, "/client/")
}

// allowOrigin sets the headers that let a script read the answer, if it may.
func (t *siteServer) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	if public(r.URL.Path) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		return true
	}
	if !called(r.URL.Path) {
		return false
	}
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" || !t.knownOrigin(r, origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

func (t *siteServer) knownOrigin(r *http.Request, origin string) bool {
	c := &t.origins
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch := t.store.Epoch(); !c.filled || c.epoch != epoch {
		clients, err := t.store.Clients(r.Context())
		if err != nil {
			return false
		}
		c.origins = map[string]bool{}
		for _, k := range clients {
			if !k.Enabled {
				continue
			}
			for _, o := range k.Origins() {
				c.origins[o] = true
			}
		}
		c.epoch, c.filled = epoch, true
	}
	return c.origins[origin]
}

// preflight answers OPTIONS.
func (t *siteServer) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if t.allowOrigin(w, r) {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept")
		h.Set("Access-Control-Max-Age", "600")
	}
	h.Set("Allow", "GET, POST, PUT, DELETE, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
}
