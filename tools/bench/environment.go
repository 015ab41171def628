package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/demo"
	"chartwright/tools/populate/population"
)

// environment is one store with data in it, the server over it, and a token for the server.
type environment struct {
	store
	suite    *suite
	data     string
	server   *process
	token    string
	ids      []string // of the stored Observations
	patients int      // of the population
	pg       int      // process of the database server; 0 = none, or elsewhere

	others map[string]*process
}

// settings are what the server is told beside its defaults. A write that leaves a Provenance resource is two writes, and
// neither the floor nor any published figure has the second.
var settings = [][2]string{{"provenance", "off"}}

// newEnvironment makes the demonstration's record in a data folder of its own, lets fill add to it, and starts the server over
// both.
func (s *suite) newEnvironment(ctx context.Context, st store, name string, fill func(context.Context, *environment) error) (*environment, error) {
	e := s.environment(ctx, st, filepath.Join(s.work, st.name+name))
	if err := e.make(ctx, fill); err != nil {
		return nil, err
	}
	return e, e.settled(ctx, name)
}

func (s *suite) environment(ctx context.Context, st store, data string) *environment {
	e := &environment{store: st, suite: s, data: data, others: map[string]*process{}}
	if st.dsn != "" {
		e.pg = postmaster(ctx, st.dsn)
	}
	s.report.Settings = nil
	for _, x := range settings {
		s.report.Settings = append(s.report.Settings, x[0]+" "+x[1])
	}
	return e
}

// make makes the record.
func (e *environment) make(ctx context.Context, fill func(context.Context, *environment) error) error {
	first, err := e.serve("first")
	if err != nil {
		return err
	}
	first.stop()
	for _, x := range settings {
		if err := e.command(ctx, "setting", "set", x[0], x[1]); err != nil {
			return err
		}
	}
	return fill(ctx, e)
}

// begin starts the server over the record.
func (e *environment) begin(ctx context.Context, name string) (err error) {
	if e.server, err = e.serve("server" + name); err != nil {
		return err
	}
	if err := e.signIn(ctx); err != nil {
		e.close()
		return err
	}
	return nil
}

// command runs one of the program's own commands on the record.
func (e *environment) command(ctx context.Context, args ...string) error {
	_, err := once(ctx, e.suite.binary, append(args, e.options(e.data)...)...)
	return err
}

func (e *environment) close() {
	for _, p := range e.others {
		p.stop()
	}
	e.server.stop()
}

// serve starts the server under test.
func (e *environment) serve(name string) (*process, error) {
	args := append([]string{"serve", "--demo", "--tls", "off", "--listen", "127.0.0.1:0"}, e.options(e.data)...)
	return start(filepath.Join(e.suite.work, e.name+"-"+name+".log"), e.suite.binary, args...)
}

// other is this program in another role beside the server, started when it is first asked for.
func (e *environment) other(role string, args ...string) (*process, error) {
	key := strings.Join(append([]string{role}, args...), " ")
	if p := e.others[key]; p != nil {
		return p, nil
	}
	p, err := start(filepath.Join(e.suite.work, e.name+"-"+role+".log"), []string{e.suite.self, role}, append(args, e.options(e.data)...)...)
	if err == nil {
		e.others[key] = p
	}
	return p, err
}

// observations stores those that are read later, by the program's own command.
func observations(ctx context.Context, e *environment) error {
	file := filepath.Join(e.suite.work, e.name+".ndjson")
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range e.suite.resources {
		id := "bench-" + strconv.Itoa(i)
		e.ids = append(e.ids, id)
		if _, err := f.Write(append(observation(r, id), '\n')); err != nil {
			return err
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	return e.command(ctx, "load", file, "--quiet")
}

// signIn registers a client, has it approved, and gets a token for the administrator: what an app of staff does.
func (e *environment) signIn(ctx context.Context) error {
	types := map[string]bool{}
	scopes := []string{"api:fhir", "api:oemr", "user/patient.read", "user/encounter.read", "user/vital.read"}
	for _, r := range slices.Concat(demo.Clinic(), demo.Chart(0), population.Population{}.Record(0)) {
		if name := r.Type().Name; !types[name] {
			types[name] = true
			scopes = append(scopes, "user/"+name+".cruds")
		}
	}
	scope := strings.Join(scopes, " ")
	ask, err := json.Marshal(map[string]any{
		"application_type": "private", "client_name": "Benchmark", "token_endpoint_auth_method": "client_secret_post",
		"redirect_uris": []string{"https://bench.example.org/callback"}, "contacts": []string{"bench@example.org"}, "scope": scope,
	})
	if err != nil {
		return err
	}
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := e.post(ctx, "registration", "application/json", string(ask), &client); err != nil {
		return err
	}
	if err := e.command(ctx, "client", "enable", client.ID); err != nil {
		return err
	}
	form := url.Values{
		"grant_type": {"password"}, "user_role": {"users"}, "username": {"admin"}, "password": {"pass"}, "scope": {scope},
		"client_id": {client.ID}, "client_secret": {client.Secret},
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := e.post(ctx, "token", "application/x-www-form-urlencoded", form.Encode(), &token); err != nil {
		return err
	}
	e.token = token.AccessToken
	return nil
}

// post sends a body to an endpoint of the authorization server and decodes the answer; nil = it does not matter.
func (e *environment) post(ctx context.Context, endpoint, contentType, body string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.server.url+"/oauth2/default/"+endpoint, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode > 299 {
		return fmt.Errorf("%s answers %s: %s", endpoint, resp.Status, data)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}

// contender is a process of this environment as a target. The floor gets the same header as the server, token included.
func (e *environment) contender(name string, p *process, next request) contender {
	c := contender{name: name, url: p.url, next: next}
	if _, err := cpuOf(p.pid); err != nil || (e.dsn != "" && e.pg == 0) {
		return c // no /proc, or the database is on another machine
	}
	c.cpu = func() (server, database time.Duration, err error) {
		if server, err = cpuOf(p.pid); err == nil && e.pg != 0 {
			database, err = cpuOfFamily(e.pg)
		}
		return server, database, err
	}
	return c
}

// header begins a request.
func (e *environment) header(dst []byte, method, path string) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, path...)
	dst = append(dst, " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/fhir+json\r\nAuthorization: Bearer "...)
	dst = append(dst, e.token...)
	return append(dst, "\r\n"...)
}

// withBody ends a request that has a body.
func withBody(dst, body []byte) []byte {
	dst = append(dst, "Content-Type: application/fhir+json\r\nPrefer: return=minimal\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}
