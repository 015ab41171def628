package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
)

const (
	// appClients are how many instances of an app get tokens at once.
	appClients  = 16
	appRedirect = "https://bench.example.org/callback"
	appScope    = "openid fhirUser offline_access api:fhir user/Patient.read"
	// appVerifier is the same in every flow, since the proof of possession costs the same with any.
	appVerifier = "a-code-verifier-of-the-benchmark-that-is-long-enough"
	oauthBase   = "/oauth2/default/"
)

// app is a client of the authorization server with a browser whose user has signed in and has agreed to it before, so that no
// password is hashed and no page is shown in what is measured.
type app struct {
	id, secret string
	cookies    string // the browser's, as a header's value
}

// tokens is W-OAUTH: whole authorization code flows (a request to the authorization endpoint, the code in its answer, and its
// exchange with PKCE), and refreshes, each of which rotates the refresh token. A refresh for all scopes has an ID token in its
// answer, as the answer of each flow has; one that asks for less than openid has none. How ID tokens are signed is the app's choice:
// RS256 where it says nothing. Then what administrators wait for: a revocation that has to reach another process, and the list of an
// app's tokens.
func (s *suite) tokens(ctx context.Context, e *environment) error {
	a, browser, err := e.newApp(ctx, "RS256")
	if err != nil {
		return err
	}
	flows := e.contender("chartwright", e.server, nil)
	flows.start, flows.redirects = func() session { return &codeFlow{app: a} }, true
	res, err := s.alone(ctx, appClients, flows)
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W-OAUTH", "authorization code flow", e.name, "flows/s"
	res.Goal = &Goal{Gate: 200, Target: 400}
	res.Note = fmt.Sprintf("%d clients, two requests a flow; sign-in and consent remembered", s.clients(appClients))
	s.add(res)

	chains, err := s.chains(ctx, e, a, browser)
	if err != nil {
		return err
	}
	if err := s.refreshes(ctx, e, "refresh", chains, "user/Patient.read"); err != nil {
		return err
	}
	if err := s.refreshes(ctx, e, "refresh with ID token, RS256", chains, ""); err != nil {
		return err
	}
	other, browser, err := e.newApp(ctx, "ES384")
	if err != nil {
		return err
	}
	others, err := s.chains(ctx, e, other, browser)
	if err != nil {
		return err
	}
	if err := s.refreshes(ctx, e, "refresh with ID token, ES384", others, ""); err != nil {
		return err
	}
	if err := s.revocation(ctx, e, chains[0]); err != nil {
		return err
	}
	return s.firstPage(ctx, e, a)
}

// chains begins a family of refresh tokens for each instance of an app.
func (s *suite) chains(ctx context.Context, e *environment, a *app, browser *http.Client) ([]*refreshChain, error) {
	chains := make([]*refreshChain, s.clients(appClients))
	for i := range chains {
		first, err := a.firstToken(ctx, e, browser)
		if err != nil {
			return nil, err
		}
		chains[i] = &refreshChain{app: a, token: first}
	}
	return chains, nil
}

// refreshes measures refreshes that ask for scope, or for all that was granted.
func (s *suite) refreshes(ctx context.Context, e *environment, name string, chains []*refreshChain, scope string) error {
	var begun atomic.Uint64
	c := e.contender("chartwright", e.server, nil)
	c.start = func() session {
		chain := chains[(begun.Add(1)-1)%uint64(len(chains))]
		chain.scope = scope
		return chain
	}
	res, err := s.alone(ctx, appClients, c)
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W-OAUTH", name, e.name, "refreshes/s"
	res.Goal = &Goal{Gate: 1000, Target: 2000}
	res.Note = fmt.Sprintf("%d clients, each with a family of its own", len(chains))
	s.add(res)
	return nil
}

// newApp registers an app whose ID tokens are signed with alg, has it approved, and takes a user through its first flow, pages and
// all.
func (e *environment) newApp(ctx context.Context, alg string) (*app, *http.Client, error) {
	ask, err := json.Marshal(map[string]any{
		"application_type": "private", "client_name": "Benchmark of tokens", "token_endpoint_auth_method": "client_secret_post",
		"redirect_uris": []string{appRedirect}, "contacts": []string{"bench@example.org"}, "scope": appScope,
		"id_token_signed_response_alg": alg,
	})
	if err != nil {
		return nil, nil, err
	}
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := e.post(ctx, "registration", "application/json", string(ask), &made); err != nil {
		return nil, nil, err
	}
	if err := e.command(ctx, "client", "enable", made.ID); err != nil {
		return nil, nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, nil, err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), appRedirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	a := &app{id: made.ID, secret: made.Secret}
	page, _, err := visit(ctx, browser, e.server.url+a.authorizePath(), nil)
	if err != nil {
		return nil, nil, err
	}
	page, _, err = visit(ctx, browser, e.server.url, filled(page, url.Values{"user_role": {"users"}, "username": {"admin"}, "password": {"pass"}}))
	if err != nil {
		return nil, nil, err
	}
	_, code, err := visit(ctx, browser, e.server.url, filled(page, url.Values{"decision": {"allow"}}))
	if err != nil {
		return nil, nil, err
	}
	if code == "" {
		return nil, nil, errors.New("the first authorization code flow ends without a code")
	}
	at, err := url.Parse(e.server.url)
	if err != nil {
		return nil, nil, err
	}
	var cookies []string
	for _, c := range jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	a.cookies = strings.Join(cookies, "; ")
	return a, browser, nil
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	formFields = regexp.MustCompile(`<input type="(?:hidden" name="([a-z_]+)" value="([^"]*)"|checkbox" name="(scope)" value="([^"]*)" checked)`)
)

// filled is the form of a page as a user sends it who leaves everything as it is, but for some fields.
func filled(page string, fields url.Values) url.Values {
	form := url.Values{"": {""}}
	if m := formAction.FindStringSubmatch(page); m != nil {
		form.Set("", html.UnescapeString(m[1]))
	}
	for _, m := range formFields.FindAllStringSubmatch(page, -1) {
		form.Add(m[1]+m[3], html.UnescapeString(m[2]+m[4]))
	}
	maps.Copy(form, fields)
	return form
}

// visit gets a page, or posts a form to the path under its empty name, and follows redirects as far as they stay at the server.
// It returns the page and, where the app was reached, the code.
func visit(ctx context.Context, browser *http.Client, address string, form url.Values) (page, code string, err error) {
	method, body := http.MethodGet, ""
	if form != nil {
		method, address = http.MethodPost, address+form.Get("")
		form.Del("")
		body = form.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := browser.Do(r)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", "", err
	}
	if resp.StatusCode == http.StatusSeeOther {
		code, err = codeOf(resp)
		return "", code, err
	}
	if resp.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s answers %s: %s", resp.Request.URL.Path, resp.Status, data)
	}
	return string(data), "", nil
}

// codeOf takes the code from the redirect to the app.
func codeOf(resp *http.Response) (string, error) {
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return "", err
	}
	code := to.Query().Get("code")
	if code == "" || !strings.HasPrefix(to.String(), appRedirect) {
		return "", fmt.Errorf("the authorization endpoint sends the browser to %s without a code", to.Path)
	}
	return code, nil
}

func (a *app) authorizePath() string {
	sum := sha256.Sum256([]byte(appVerifier))
	return oauthBase + "authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {appRedirect}, "scope": {appScope}, "state": {"benchmark-state"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// tokenRequest writes a request to the token endpoint behind dst.
func (a *app) tokenRequest(dst []byte, form url.Values) []byte {
	form.Set("client_id", a.id)
	form.Set("client_secret", a.secret)
	body := form.Encode()
	dst = append(dst, "POST "+oauthBase+"token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	return append(append(dst, "\r\n\r\n"...), body...)
}

func (a *app) exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {appRedirect}, "code_verifier": {appVerifier}}
}

// firstToken begins a family of refresh tokens.
func (a *app) firstToken(ctx context.Context, e *environment, browser *http.Client) (string, error) {
	_, code, err := visit(ctx, browser, e.server.url+a.authorizePath(), nil)
	if err != nil {
		return "", err
	}
	form := a.exchange(code)
	form.Set("client_id", a.id)
	form.Set("client_secret", a.secret)
	var answer tokenAnswer
	if err := e.post(ctx, "token", "application/x-www-form-urlencoded", form.Encode(), &answer); err != nil {
		return "", err
	}
	return answer.RefreshToken, answer.check(true)
}

// tokenAnswer is what of a token response the benchmark looks at.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
}

func (t *tokenAnswer) check(withID bool) error {
	if t.AccessToken == "" || t.RefreshToken == "" || (t.IDToken != "") != withID {
		return errors.New("a token response has other tokens than it should")
	}
	return nil
}

// codeFlow is one instance of the app whose user comes back again and again.
type codeFlow struct {
	app  *app
	code string // got and not exchanged yet
}

func (f *codeFlow) next(_ *rand.Rand, dst []byte) ([]byte, int) {
	if f.code != "" {
		return f.app.tokenRequest(dst, f.app.exchange(f.code)), 1
	}
	dst = append(dst, "GET "+f.app.authorizePath()+" HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: "...)
	return append(append(dst, f.app.cookies...), "\r\n\r\n"...), 0 // half a flow
}

func (f *codeFlow) answered(resp *http.Response) (err error) {
	if f.code == "" {
		f.code, err = codeOf(resp)
		return err
	}
	f.code = ""
	var answer tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	return answer.check(true)
}

// refreshChain is one family of refresh tokens, each of which is used once.
type refreshChain struct {
	app   *app
	token string
	scope string // asked for; empty = all that was granted
}

func (c *refreshChain) next(_ *rand.Rand, dst []byte) ([]byte, int) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.token}}
	if c.scope != "" {
		form.Set("scope", c.scope)
	}
	return c.app.tokenRequest(dst, form), 1
}

func (c *refreshChain) answered(resp *http.Response) error {
	var answer tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	c.token = answer.RefreshToken
	return answer.check(c.scope == "")
}
