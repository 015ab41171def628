// Package config holds the options of the program and their rules. Values come from flags, then the environment
// (CHARTWRIGHT_*), then chartwright.yaml; internal/cli fills the structs, internal/app turns them into the few values that
// each package needs.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

// Store says where the records are. Every command that touches records has it.
type Store struct {
	Data     string `help:"Folder for databases, keys and files." default:"./data" type:"path" placeholder:"DIR"`
	Database Secret `help:"PostgreSQL DSN (postgres://…); SQLite files under the data folder when empty." placeholder:"DSN"`
}

// Validate checks the options.
func (s Store) Validate() error {
	if d := string(s.Database); d != "" && !strings.HasPrefix(d, "postgres://") && !strings.HasPrefix(d, "postgresql://") {
		return errors.New("--database: want a DSN that begins with postgres://; without it SQLite files are kept under --data")
	}
	return nil
}

// Serve are the options of the server.
type Serve struct {
	Store   `embed:""`
	Demo    bool   `help:"Serve made-up patients with known passwords, on loopback only."`
	Listen  string `help:"Address to listen on; port 0 picks a free one." default:"127.0.0.1:9300" placeholder:"ADDR"`
	BaseURL string `help:"URL under which clients reach the server; from the address when empty." name:"base-url" placeholder:"URL"`
	TLS     string `help:"auto (self-signed), off, or CERT,KEY files." default:"auto" name:"tls" placeholder:"auto|off|CERT,KEY"`
	Metrics string `help:"Address of the metrics listener; none when empty." placeholder:"ADDR"`

	MaxRequests int           `help:"Requests at work at once of each kind (reads, writes, sign-in); more wait a moment, and get 503. 0 suits the processors." default:"0" placeholder:"N"`
	StopDelay   time.Duration `help:"How long a server that is told to stop goes on answering, not ready, until balancers have noticed." default:"0s" placeholder:"TIME"`
}

// Validate checks the options and reports every mistake at once.
func (s Serve) Validate() error {
	return errors.Join(s.Store.Validate(), s.validateListen(), s.validateTLS(), s.validateBaseURL(), s.validateMetrics(), s.validateBounds())
}

func (s Serve) validateListen() error {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q: want HOST:PORT, such as 127.0.0.1:9300", s.Listen)
	}
	if s.Demo && !loopback(host) {
		return fmt.Errorf("--demo has known passwords and listens on loopback only; %q is reachable from outside", s.Listen)
	}
	if s.TLS == "off" && !loopback(host) && !strings.HasPrefix(s.BaseURL, "https://") {
		return fmt.Errorf("--tls off on %q would send records in the clear: give --base-url https://… if a proxy ends TLS in front", s.Listen)
	}
	return nil
}

func (s Serve) validateTLS() error {
	if s.TLS == "auto" || s.TLS == "off" {
		return nil
	}
	cert, key, ok := s.CertificateFiles()
	if !ok {
		return fmt.Errorf("--tls %q: want auto, off, or CERT,KEY", s.TLS)
	}
	for _, f := range []string{cert, key} {
		if _, err := os.Stat(f); err != nil {
			return fmt.Errorf("--tls: %w", err)
		}
	}
	return nil
}

func (s Serve) validateBaseURL() error {
	if s.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(s.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--base-url %q: want scheme and host only, such as https://ehr.example.org", s.BaseURL)
	}
	return nil
}

func (s Serve) validateMetrics() error {
	if s.Metrics == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(s.Metrics); err != nil {
		return fmt.Errorf("--metrics %q: want HOST:PORT", s.Metrics)
	}
	return nil
}

func (s Serve) validateBounds() error {
	if s.MaxRequests < 0 || s.MaxRequests > 100_000 {
		return fmt.Errorf("--max-requests %d: want 1 to 100000, or 0", s.MaxRequests)
	}
	if s.StopDelay < 0 || s.StopDelay > maxStopDelay {
		return fmt.Errorf("--stop-delay %v: want a time up to %v", s.StopDelay, maxStopDelay)
	}
	return nil
}

// maxStopDelay is more than any balancer needs.
const maxStopDelay = 5 * time.Minute

// CertificateFiles returns the two files of --tls CERT,KEY.
func (s Serve) CertificateFiles() (cert, key string, ok bool) {
	cert, key, ok = strings.Cut(s.TLS, ",")
	return cert, key, ok && cert != "" && key != ""
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Secret is a string that does not print itself.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the value from %#v too.
func (s Secret) GoString() string { return s.String() }

// MasterKey returns the key under which secrets are sealed, from CHARTWRIGHT_KEY: 32 bytes in hexadecimal or base64. Empty
// when it is not set; then the key lies in a file of the data folder.
func MasterKey() Secret { return Secret(os.Getenv("CHARTWRIGHT_KEY")) }
