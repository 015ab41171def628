package demoserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Account is somebody of the demonstration.
type Account struct {
	Login, Password, Email string
	Reason                 string // of an emergency login
}

// The accounts that tests use.
var (
	Admin        = Account{Login: "admin", Password: "pass"}
	Physician    = Account{Login: "physician", Password: "physician"}
	Clinician    = Account{Login: "clinician", Password: "clinician"}
	Accountant   = Account{Login: "accountant", Password: "accountant"}
	Receptionist = Account{Login: "receptionist", Password: "receptionist"}
	Phil         = Account{Login: "Phil1", Password: "phil", Email: "heya@invalid.email.com"}
)

// SignIn gets an access token for the client of the documentation pages: authorization code with PKCE, by the pages that a
// person sees. RFC 7636
func (s *Server) SignIn(who Account, scopes []string) (string, error) {
	const verifier = "a-verifier-that-is-long-enough-to-be-one-of-RFC-7636"
	sum := sha256.Sum256([]byte(verifier))
	back := s.URL + redirectPage
	audience, err := s.audience()
	if err != nil {
		return "", err
	}
	ask := url.Values{
		"response_type": {"code"}, "client_id": {"swagger-ui"}, "redirect_uri": {back}, "scope": {strings.Join(scopes, " ")},
		"state": {"some-state-or-other"}, "aud": {audience},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	to, err := s.Agree(who, s.URL+"/oauth2/default/authorize?"+ask.Encode())
	if err != nil {
		return "", err
	}
	return redeem(s.Client, s.URL, back, to, verifier)
}

// audience is what the pages of the documentation name as the API that a token is for.
func (s *Server) audience() (string, error) {
	resp, err := s.Client.Get(s.URL + "/swagger/config.json")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var config struct {
		Audience string `json:"aud"`
	}
	err = json.NewDecoder(resp.Body).Decode(&config)
	return config.Audience, err
}

const redirectPage = "/swagger/oauth2-redirect.html"

// Agree goes through the pages of an authorization request as who, agrees to all that is asked, and returns where the browser is
// sent then.
func (s *Server) Agree(who Account, request string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: s.Client.Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), s.URL+redirectPage) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := client.Get(request)
	for range 6 {
		if err != nil {
			return "", err
		}
		if to := resp.Header.Get("Location"); to != "" {
			return to, resp.Body.Close()
		}
		resp, err = answer(client, resp, who)
	}
	return "", errors.New("the pages have no end")
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	offered    = regexp.MustCompile(`<input type="checkbox" name="scope" value="([^"]*)"`)
)

// answer fills in the form of a page and sends it.
func answer(client *http.Client, resp *http.Response, who Account) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	page := string(body)
	action := formAction.FindStringSubmatch(page)
	if action == nil {
		return nil, fmt.Errorf("%s answers %s without a form: %s", resp.Request.URL.Path, resp.Status, page)
	}
	form := url.Values{}
	for _, f := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(f[1], html.UnescapeString(f[2]))
	}
	switch {
	case strings.Contains(page, `name="password"`):
		form.Set("user_role", "users")
		if who.Email != "" {
			form.Set("user_role", "patient")
			form.Set("email", who.Email)
		}
		form.Set("username", who.Login)
		form.Set("password", who.Password)
		if strings.Contains(page, `name="reason"`) {
			form.Set("reason", who.Reason)
		}
	default:
		for _, s := range offered.FindAllStringSubmatch(page, -1) {
			form.Add("scope", html.UnescapeString(s[1]))
		}
		form.Set("decision", "allow")
	}
	to, err := resp.Request.URL.Parse(html.UnescapeString(action[1]))
	if err != nil {
		return nil, err
	}
	return client.PostForm(to.String(), form)
}

// redeem exchanges the code in the redirect for a token.
func redeem(client *http.Client, baseURL, back, location, verifier string) (string, error) {
	u, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	code := u.Query().Get("code")
	if code == "" {
		return "", fmt.Errorf("the authorization server refused: %s", u.RawQuery)
	}
	resp, err := client.PostForm(baseURL+"/oauth2/default/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "client_id": {"swagger-ui"}, "code_verifier": {verifier},
	})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.AccessToken == "" {
		return "", fmt.Errorf("the token endpoint answers %s", resp.Status)
	}
	return token.AccessToken, nil
}
