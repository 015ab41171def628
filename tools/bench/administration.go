package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// manyTokens is how many tokens the busy app holds.
	manyTokens = 100_000
	// revocations is how often one is timed.
	revocations = 20
)

// firstPage measures how long an administrator waits for the first page of what an app with very many tokens holds: from the
// service behind the command line and the screens, and by the command, its start included.
func (s *suite) firstPage(ctx context.Context, e *environment, a *app) error {
	tokens := manyTokens
	if s.small {
		tokens = 200
	}
	out, err := once(ctx, []string{s.self, "issued"}, append([]string{"-client", a.id, "-count", strconv.Itoa(tokens)}, e.options(e.data)...)...)
	if err != nil {
		return err
	}
	var service []float64
	for line := range strings.Lines(out) {
		ms, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return err
		}
		service = append(service, ms)
	}
	var command []float64
	for range max(s.pairs, 3) {
		begin := time.Now()
		if err := e.command(ctx, "token", "list", "--client", a.id); err != nil {
			return err
		}
		command = append(command, float64(time.Since(begin).Microseconds())/1e3)
	}
	goal := &Goal{Gate: 300, Target: 30, Less: true}
	s.add(figureOf("W-OAUTH", "first page of an app's tokens", e.name, "ms", spreadOf(service), goal, fmt.Sprintf("%d tokens", tokens)))
	s.add(figureOf("W-OAUTH", "first page by the command", e.name, "ms", spreadOf(command), &Goal{Gate: 300, Target: 300, Less: true},
		fmt.Sprintf("%d tokens; the start of the program included", tokens)))
	return nil
}

// revocation measures how long another process over the same database goes on taking a token that was revoked at the first one,
// and that it has just taken.
func (s *suite) revocation(ctx context.Context, e *environment, c *refreshChain) error {
	second, err := e.serve("second")
	if err != nil {
		return err
	}
	defer second.stop()
	times := revocations
	if s.small {
		times = 3
	}
	c.scope = ""
	var felt []float64
	for range times {
		bearer, err := c.refresh(ctx, e)
		if err != nil {
			return err
		}
		for range 2 { // the second time from what the process remembers
			if status, err := asked(ctx, second, bearer); err != nil || status != http.StatusOK {
				return fmt.Errorf("the second process answers a good token with %d: %w", status, err)
			}
		}
		form := url.Values{"token": {bearer}, "client_id": {c.app.id}, "client_secret": {c.app.secret}}
		if err := e.post(ctx, "revoke", "application/x-www-form-urlencoded", form.Encode(), nil); err != nil {
			return err
		}
		begin := time.Now()
		for status := 0; status != http.StatusUnauthorized; {
			if status, err = asked(ctx, second, bearer); err != nil {
				return err
			}
			if time.Since(begin) > time.Minute {
				return fmt.Errorf("the second process answers a revoked token with %d after a minute", status)
			}
		}
		felt = append(felt, float64(time.Since(begin).Microseconds())/1e3)
	}
	s.add(figureOf("W-OAUTH", "revocation felt by another process", e.name, "ms", spreadOf(felt), &Goal{Gate: 1000, Target: 100, Less: true},
		fmt.Sprintf("%d access tokens, from the answer to the revocation to that of the first request that is refused", times)))
	return nil
}

// refresh returns a new access token of the family.
func (c *refreshChain) refresh(ctx context.Context, e *environment) (string, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.token}, "client_id": {c.app.id}, "client_secret": {c.app.secret}}
	var answer tokenAnswer
	if err := e.post(ctx, "token", "application/x-www-form-urlencoded", form.Encode(), &answer); err != nil {
		return "", err
	}
	c.token = answer.RefreshToken
	return answer.AccessToken, answer.check(true)
}

// asked is what a process answers to a read with a token.
func asked(ctx context.Context, p *process, bearer string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+fhirBase+"/Patient?_summary=count", http.NoBody)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
