package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestServeValidate(t *testing.T) {
	t.Parallel()
	ok := Serve{Listen: "127.0.0.1:9300", TLS: "auto"}
	for name, c := range map[string]struct {
		change func(*Serve)
		want   string // part of the message; empty = valid
	}{
		"defaults":                          {func(*Serve) {}, ""},
		"a free port":                       {func(s *Serve) { s.Listen = "127.0.0.1:0" }, ""},
		"the demo on loopback":              {func(s *Serve) { s.Demo = true }, ""},
		"the demo on IPv6 loopback":         {func(s *Serve) { s.Demo = true; s.Listen = "[::1]:9300" }, ""},
		"the demo on every address":         {func(s *Serve) { s.Demo = true; s.Listen = "0.0.0.0:9300" }, "loopback"},
		"the demo without a host":           {func(s *Serve) { s.Demo = true; s.Listen = ":9300" }, "loopback"},
		"an address without a port":         {func(s *Serve) { s.Listen = "localhost" }, "HOST:PORT"},
		"no TLS in public":                  {func(s *Serve) { s.Listen = "0.0.0.0:80"; s.TLS = "off" }, "in the clear"},
		"no TLS behind a proxy that has it": {func(s *Serve) { s.Listen = "0.0.0.0:80"; s.TLS = "off"; s.BaseURL = "https://ehr.example.org" }, ""},
		"a word for --tls":                  {func(s *Serve) { s.TLS = "on" }, "--tls"},
		"certificate files that are absent": {func(s *Serve) { s.TLS = "/nowhere/c.pem,/nowhere/k.pem" }, "/nowhere/c.pem"},
		"a base URL with a path":            {func(s *Serve) { s.BaseURL = "https://example.org/ehr" }, "--base-url"},
		"a database that is no DSN":         {func(s *Serve) { s.Database = "mysql://x" }, "postgres://"},
		"two mistakes, both reported":       {func(s *Serve) { s.TLS = "x"; s.BaseURL = "y" }, "--base-url"},
	} {
		s := ok
		c.change(&s)
		err := s.Validate()
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want a message with %q", name, err, c.want)
		}
	}
}

func TestSecretDoesNotPrintItself(t *testing.T) {
	t.Parallel()
	s := Store{Database: "postgres://u:hunter2@h/d"}
	if out := fmt.Sprintf("%v %+v %#v %s", s, s, s, s.Database); strings.Contains(out, "hunter2") {
		t.Errorf("the password shows: %s", out)
	}
}
