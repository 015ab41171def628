package app

import (
	"bufio"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chartwright/internal/config"
	"chartwright/internal/web/httpd"
)

// serveTLS serves one word by the program's TLS configuration and returns its address.
func serveTLS(t *testing.T, conf *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httpd.Server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secret") }), slog.New(slog.DiscardHandler))
	s.TLSConfig = conf
	go func() { _ = s.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// TestHandshakes is TLS-01, TLS-02, TLS-03 and TLS-14: what is old, weak or in the clear gets no answer.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	conf, err := tlsConfig(config.Serve{Store: config.Store{Data: t.TempDir()}, Listen: "127.0.0.1:0", TLS: "auto"}, "")
	if err != nil {
		t.Fatal(err)
	}
	address := serveTLS(t, conf)
	weak := []uint16{
		tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
	}
	for name, c := range map[string]struct {
		offer *tls.Config
		good  bool
	}{
		"TLS 1.3":                      {&tls.Config{MinVersion: tls.VersionTLS13}, true},
		"TLS 1.2 with forward secrecy": {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, true},
		"TLS-01 TLS 1.1":               {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"TLS-01 TLS 1.0":               {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, false},
		"TLS-02 weak suites":           {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: weak}, false},
		"TLS-14 renegotiation wished":  {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, Renegotiation: tls.RenegotiateFreelyAsClient}, true},
	} {
		c.offer.InsecureSkipVerify = true // what counts is what is agreed on
		conn, err := (&tls.Dialer{Config: c.offer}).DialContext(t.Context(), "tcp", address)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /apis/default/fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return // nothing at all is as good
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusBadRequest || answer.Header.Get("Location") != "" || strings.Contains(string(body), "secret") {
		t.Errorf("TLS-03 plain HTTP gets %s %q", answer.Status, body)
	}
}

// TestRenewedCertificate is TLS-05: a certificate that is renewed in its files is in use within a minute, and half of one never is.
func TestRenewedCertificate(t *testing.T) {
	t.Parallel()
	made := func(name string) (cert, key []byte) {
		dir := t.TempDir()
		if _, err := selfSigned(dir, []string{name}); err != nil {
			t.Fatal(err)
		}
		cert, _ = os.ReadFile(filepath.Join(dir, "cert.pem"))
		key, _ = os.ReadFile(filepath.Join(dir, "key.pem"))
		return cert, key
	}
	now := time.Now()
	dir := t.TempDir()
	files := &certificateFiles{cert: filepath.Join(dir, "c"), key: filepath.Join(dir, "k"), now: func() time.Time { return now }}
	written := 0
	write := func(name string, content []byte) {
		written++
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		stamp := time.Unix(int64(1_000_000+written), 0) // file systems differ in how fine their clocks are
		if err := os.Chtimes(name, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.load(); err == nil {
		t.Error("files that are not there are loaded")
	}
	cert, key := made("old.example.org")
	write(files.cert, cert)
	write(files.key, key)
	if err := files.load(); err != nil {
		t.Fatal(err)
	}
	address := serveTLS(t, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: files.get})
	serves := func() string {
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", address) // which it is, is what is asked
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	if got := serves(); got != "old.example.org" {
		t.Errorf("it serves %s", got)
	}
	cert, key = made("new.example.org")
	write(files.cert, cert)
	now = now.Add(time.Minute)
	if got := serves(); got != "old.example.org" {
		t.Errorf("with half of a new certificate it serves %s", got)
	}
	write(files.key, key)
	now = now.Add(time.Minute)
	if got := serves(); got != "new.example.org" {
		t.Errorf("a minute later it serves %s", got)
	}
	if err := os.Remove(files.key); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if got := serves(); got != "new.example.org" {
		t.Errorf("without its files it serves %s", got)
	}
}
