package client

import "testing"

func TestMatchRedirect(t *testing.T) {
	t.Parallel()
	native := Metadata{ApplicationType: "native", AuthMethod: MethodNone}
	web := Metadata{ApplicationType: "web", AuthMethod: MethodBasic}
	for name, tc := range map[string]struct {
		kind                  Metadata
		registered, requested string
		want                  bool
	}{
		"the same bytes":                       {web, "https://a.example/cb", "https://a.example/cb", true},
		"a slash more":                         {web, "https://a.example/cb", "https://a.example/cb/", false},
		"a query more":                         {web, "https://a.example/cb", "https://a.example/cb?", false},
		"another port":                         {web, "https://a.example/cb", "https://a.example:8443/cb", false},
		"native loopback, another port":        {native, "http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", true},
		"native loopback, no port any more":    {native, "http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true},
		"native loopback, another path":        {native, "http://127.0.0.1/cb", "http://127.0.0.1:5000/cb2", false},
		"native loopback, port and a host":     {native, "http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false},
		"native loopback, the other family":    {native, "http://127.0.0.1/cb", "http://[::1]:5000/cb", false},
		"native loopback, IPv6":                {native, "http://[::1]/cb", "http://[::1]:5000/cb", true},
		"native https loopback keeps its port": {native, "https://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false},
		"web loopback":                         {web, "http://127.0.0.1/cb", "http://127.0.0.1/cb", false},
		"what should not have been registered": {web, "javascript:alert(1)", "javascript:alert(1)", false},
		"a private-use scheme":                 {native, "com.example.app:/cb", "com.example.app:/cb", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := tc.kind
			m.RedirectURIs = []string{tc.registered}
			c := Client{Metadata: m}
			if got := c.MatchRedirect(tc.requested); got != tc.want {
				t.Errorf("MatchRedirect(%q) against %q = %v", tc.requested, tc.registered, got)
			}
		})
	}
}

func FuzzMatchRedirect(f *testing.F) {
	f.Add("http://127.0.0.1:5000/cb")
	f.Add("https://a.example/cb")
	f.Fuzz(func(t *testing.T, requested string) {
		web := Client{Metadata: Metadata{ApplicationType: "web", AuthMethod: MethodBasic, RedirectURIs: []string{"https://a.example/cb"}}}
		if web.MatchRedirect(requested) != (requested == "https://a.example/cb") {
			t.Errorf("a web client matches %q", requested)
		}
	})
}

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"93.184.216.34:443": true, "[2606:2800:220:1::1]:443": true, "93.184.216.34:80": false, "127.0.0.1:443": false, "10.1.2.3:443": false,
		"172.16.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:443": false, "100.64.0.1:443": false, "0.0.0.0:443": false,
		"[::1]:443": false, "[::]:443": false, "[fe80::1]:443": false, "[fd00::1]:443": false, "[::ffff:127.0.0.1]:443": false, "[::ffff:10.0.0.1]:443": false,
		"[64:ff9b::7f00:1]:443": false, "[2002:7f00:1::]:443": false, "224.0.0.1:443": false, "255.255.255.255:443": false, "localhost:443": false,
	} {
		if err := checkAddress(address); (err == nil) != good {
			t.Errorf("checkAddress(%s) = %v", address, err)
		}
	}
}
