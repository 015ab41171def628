package client

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/identity/oauth"
)

// maxURIBytes bounds every URI in a registration.
const maxURIBytes = 2048

// MatchRedirect returns the registered redirect URI that the requested one is: the same bytes. For a native client whose
// registered URI is http on a loopback address the port may differ, since such an app listens where it can.
//
// https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3, https://www.rfc-editor.org/rfc/rfc8252#section-7.3
func (c *Client) MatchRedirect(requested string) bool {
	for _, registered := range c.Metadata.RedirectURIs {
		if registered == requested {
			// Looked at again: what an older version let in does not have to be sent to.
			return checkRedirect(registered, c.Native()) == ""
		}
		if c.Native() && sameButPort(registered, requested) {
			return true
		}
	}
	return false
}

// sameButPort compares http loopback URIs by their texts around the port, so that no encoding, userinfo or other spelling of
// the address slips through.
func sameButPort(registered, requested string) bool {
	for _, prefix := range []string{"http://127.0.0.1", "http://[::1]"} {
		want, ok1 := strings.CutPrefix(registered, prefix)
		got, ok2 := strings.CutPrefix(requested, prefix)
		if !ok1 || !ok2 {
			continue
		}
		want, ok1 = cutPort(want)
		got, ok2 = cutPort(got)
		return ok1 && ok2 && want == got
	}
	return false
}

// cutPort removes a leading ":1234" and returns what follows, which must begin a path or a query, or be empty.
func cutPort(s string) (rest string, ok bool) {
	if port, found := strings.CutPrefix(s, ":"); found {
		end := strings.IndexFunc(port, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(port)
		}
		if end == 0 || end > 5 {
			return "", false
		}
		s = port[end:]
	}
	return s, s == "" || s[0] == '/' || s[0] == '?'
}

// checkRedirect says what is wrong with a redirect URI; "" = nothing. Allowed are https, for native apps http on a loopback IP
// address and private-use schemes with a dot.
func checkRedirect(raw string, native bool) string {
	u, wrong := plainURI(raw)
	switch {
	case wrong != "":
		return wrong
	case u.Scheme == "https":
		if u.Host == "" || u.Hostname() == "" {
			return "it names no host"
		}
		if strings.Contains(u.Host, "*") {
			return "it holds a wildcard"
		}
		return ""
	case u.Scheme == "http":
		ip := net.ParseIP(u.Hostname())
		if !native {
			return "only https is allowed for this kind of client"
		}
		if ip == nil || u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" {
			return "http is allowed for 127.0.0.1 and [::1] only"
		}
		return ""
	case !native:
		return "only https is allowed for this kind of client"
	case !strings.Contains(u.Scheme, "."):
		// RFC 8252 §7.1: a private-use scheme is a domain name turned round. The dot keeps out javascript, data and the like.
		return "a private-use scheme must be a reversed domain name"
	}
	return ""
}

// plainURI parses an absolute URI that hides nothing: no fragment, no userinfo, no backslash, no control or non-ASCII
// character, no wildcard, no dot segment, no second way to write it.
func plainURI(raw string) (*url.URL, string) {
	if raw == "" || len(raw) > maxURIBytes {
		return nil, "it is empty or too long"
	}
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}*", c) >= 0 {
			return nil, "it holds a character that a URI must not"
		}
	}
	if strings.Contains(raw, "#") {
		return nil, "it has a fragment"
	}
	u, err := url.Parse(raw)
	if err != nil || !u.IsAbs() {
		return nil, "it is not an absolute URI"
	}
	switch {
	case u.User != nil || strings.Contains(u.Host, "@"):
		return nil, "it holds user information"
	case u.Host != strings.ToLower(u.Host) || !strings.HasPrefix(raw, u.Scheme+":"):
		return nil, "scheme and host must be in small letters"
	case hasDotSegment(u.EscapedPath()):
		return nil, "it holds a dot segment"
	}
	return u, ""
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(strings.ToLower(path), "/") {
		switch strings.ReplaceAll(segment, "%2e", ".") {
		case ".", "..":
			return true
		}
	}
	return strings.Contains(strings.ToLower(path), "%2f") || strings.Contains(strings.ToLower(path), "%5c")
}

// checkWeb says what is wrong with a URI that is shown or sent to a browser; "" = nothing.
func checkWeb(raw string) string {
	u, wrong := plainURI(raw)
	switch {
	case wrong != "":
		return wrong
	case u.Scheme != "https" || u.Host == "":
		return "it must be an https URI"
	}
	return ""
}

// Registered reports whether uri is one of the addresses to go to after logout, byte for byte.
// https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
func (c *Client) Registered(postLogoutURI string) bool {
	return slices.Contains(c.Metadata.PostLogoutURIs, postLogoutURI)
}

// Origins returns the origins of the web pages that this client has: those of its https redirect URIs.
func (c *Client) Origins() []string {
	var origins []string
	for _, raw := range c.Metadata.RedirectURIs {
		if u, err := url.Parse(raw); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

// MayRemember reports whether a consent given to this client may be remembered: whoever controls the redirect URI is the
// client, which holds for https only. https://www.rfc-editor.org/rfc/rfc8252#section-8.6
func (c *Client) MayRemember(redirectURI string) bool {
	return strings.HasPrefix(redirectURI, "https://")
}

func redirectError(raw, wrong string) error {
	return &oauth.Error{
		Code: oauth.InvalidRedirectURI, Description: "The redirect URI " + oauth.Printable(raw) + " cannot be registered: " + wrong + ".", Member: "redirect_uris",
	}
}
