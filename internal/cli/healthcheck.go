package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type healthcheckCmd struct {
	URL string `help:"Base URL of the server." default:"https://127.0.0.1:9300" name:"url"`
}

// Run asks /health/ready. The certificate is not checked: the probe runs beside a server that may have signed its own, and
// sends nothing.
func (c healthcheckCmd) Run(ctx context.Context, t *terminal) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+"/health/ready", nil)
	if err != nil {
		return fmt.Errorf("--url %q: %w", c.URL, err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // see above
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", res.Status)
	}
	fmt.Fprintln(t.out, "ready")
	return nil
}
