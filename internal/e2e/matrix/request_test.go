package matrix_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/chart"
)

// TestForwardingHeaders is AUD-11, TLS-08 and WEB-09: what a client says about where it comes from, or where it goes, changes
// neither the trail nor the answer.
func TestForwardingHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "user/Patient.rs")
	ask := call{method: http.MethodGet, path: "/apis/" + home + "/fhir/Patient?_count=1", token: token}
	plain := w.must(w.send(ask))
	for name, value := range map[string]string{
		"X-Forwarded-For": "203.0.113.77", "X-Real-IP": "203.0.113.77", "Forwarded": "for=203.0.113.77;host=evil.example;proto=http", "X-Forwarded-Host": "evil.example",
		"X-Forwarded-Proto": "gopher", "X-Original-URL": "/apis/" + home + "/fhir/Observation", "X-Rewrite-URL": "/admin", "X-Host": "evil.example", "True-Client-IP": "203.0.113.77",
		"CF-Connecting-IP": "203.0.113.77", "X-Forwarded-Prefix": "/evil", "X-Forwarded-User": "admin", "X-Remote-User": "admin",
	} {
		ask.header = map[string]string{name: value}
		a := w.must(w.send(ask))
		if text := string(a.body) + fmt.Sprint(a.header); strings.Contains(text, "evil") || strings.Contains(text, "203.0.113") || strings.Contains(text, "gopher") {
			t.Errorf("WEB-09 %s is repeated: %.300s", name, text)
		}
		if len(a.body) != len(plain.body) || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("WEB-09 with %s the answer is another: %.300s", name, a.body)
		}
		ask.token = ""
		if a := w.send(ask); a.status != 401 {
			t.Errorf("TLS-08 %s lets somebody in: %d", name, a.status)
		}
		ask.token = token
	}
	s, err := w.app.Sites.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = s.AuditTrail(t.Context(), chart.AuditQuery{Limit: 20}, func(e *chart.AuditEvent) bool {
		if seen++; e.Address != "127.0.0.1" && e.Address != "" {
			t.Errorf("AUD-11 the trail says that a request came from %s", e.Address)
		}
		return true
	})
	if err != nil || seen == 0 {
		t.Errorf("%d events, %v", seen, err)
	}
}

// TestOddRequests is PARSE-28 and PARSE-31: requests that two programs in a row could read in two ways are refused, and asking for
// many pieces of an answer gets the whole.
func TestOddRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "user/Patient.rs user/Binary.rs")
	host := strings.TrimPrefix(w.url, "http://")
	const path = "/apis/" + home + "/fhir/Patient"
	inner := "GET " + path + "/" + patientB + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n"
	for name, text := range map[string]string{
		"two lengths":              "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
		"two codings":              "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
		"an unknown coding":        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
		"a space before the colon": "Content-Length : 3\r\n\r\nabc",
		"a folded line":            "X-A: b\r\n c\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + inner,
		"a length that is none":    "Content-Length: +3\r\n\r\nabc",
		"a chunk that is none":     "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
		"a NUL":                    "X-A: b\x00c\r\n\r\n",
		"a bare return":            "X-A: b\rX-B: c\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(await.Patience))
		_, _ = io.WriteString(conn, "POST "+path+"/_search HTTP/1.1\r\nHost: "+host+"\r\n"+text)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			body, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode < 400 || answer.StatusCode >= 500 && answer.StatusCode != 501 || anyCanary.Match(body) {
				t.Errorf("PARSE-28 %s: %d %.200s", name, answer.StatusCode, body)
			}
		}
		_ = conn.Close()
	}
	ranges := "bytes=" + strings.TrimSuffix(strings.Repeat("0-,", 1000), ",")
	for _, where := range []string{"/fhir/Binary/" + patientA + "-Binary", "/fhir/Patient/" + patientA} {
		whole := w.must(w.send(call{method: http.MethodGet, path: "/apis/" + home + where, token: token}))
		a := w.send(call{method: http.MethodGet, path: "/apis/" + home + where, token: token, header: map[string]string{"Range": ranges}})
		if a.status != 416 && (a.status != 200 || len(a.body) != len(whole.body)) {
			t.Errorf("PARSE-31 %s by a thousand ranges: %d, %d bytes of %d", where, a.status, len(a.body), len(whole.body))
		}
	}
}

// TestOtherKindsOfTokens is TOK-27, TOK-19 and COMP-56: what is no bearer token of this server's is nothing, however often somebody
// guesses, and a guess of an id shows nothing either.
func TestOtherKindsOfTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "user/Patient.rs")
	where := "/apis/" + home + "/fhir/Patient/" + patientA
	for name, header := range map[string]map[string]string{
		"TOK-27 DPoP":           {"Authorization": "DPoP " + token, "DPoP": "x.y.z"},
		"TOK-27 a MAC":          {"Authorization": `MAC id="` + token + `"`},
		"Basic":                 {"Authorization": "Basic " + token},
		"a cookie":              {"Cookie": "access_token=" + token},
		"another header":        {"X-Access-Token": token},
		"a header of a gateway": {"X-Authorization": "Bearer " + token},
	} {
		if a := w.send(call{method: http.MethodGet, path: where, header: header}); a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
	for i := range 500 {
		guess := fmt.Sprintf("%043d", i)
		if a := w.send(call{method: http.MethodGet, path: where, token: guess}); a.status != 401 && a.status != 429 {
			t.Fatalf("TOK-19 guess %d gets %d", i, a.status)
		}
	}
	w.must(w.send(call{method: http.MethodGet, path: where, token: token}))
	patient := &trial{site: home, actor: &actor{kind: access.Patient, account: "a", patient: patientA}, scopes: []string{"patient/Patient.rs", "patient/Observation.rs"}}
	w.mustArm(home, patient)
	guesses := []string{patientB + "-Observation", patientB + "-vital", "mx-both-Account", "1", "2", "00000000-0000-4000-8000-000000000001"}
	for i := range 300 {
		guesses = append(guesses, fmt.Sprint(i))
	}
	for _, id := range guesses {
		a := w.send(call{method: http.MethodGet, path: "/apis/" + home + "/fhir/Observation/" + id, token: patient.token})
		if a.status != 404 && a.status != 429 || anyCanary.Match(a.body) {
			t.Fatalf("COMP-56 a guess of %s: %d %.200s", id, a.status, a.body)
		}
	}
}

// TestNobodyIsCalled is SSRF-09, SSRF-11, DCR-27 and COMP-41: what a record names is not fetched, whoever would like it to be.
func TestNobodyIsCalled(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(listener.Close)
	w := newWorld(t, "", nil)
	token := w.holder(abroad, "user/*.cruds")
	for _, body := range []string{
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + listener.URL + `/fhir/Patient/1"}}`,
		`{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"url":"` + listener.URL + `/x.pdf","contentType":"application/pdf"}}]}`,
		`{"resourceType":"Subscription","status":"requested","reason":"x","criteria":"Observation?","channel":{"type":"rest-hook","endpoint":"` + listener.URL + `/hook","payload":"application/fhir+json"}}`,
		`{"resourceType":"Endpoint","status":"active","connectionType":{"code":"hl7-fhir-rest"},"payloadType":[{"text":"x"}],"address":"` + listener.URL + `"}`,
		`{"resourceType":"Patient","photo":[{"url":"` + listener.URL + `/p.png"}],"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><img src=\"` + listener.URL + `/i.png\"/></div>"}}`,
		`{"resourceType":"ValueSet","status":"active","url":"` + listener.URL + `/vs","compose":{"include":[{"valueSet":["` + listener.URL + `/other"]}]}}`,
		`{"resourceType":"Observation","meta":{"profile":["` + listener.URL + `/profile"]},"status":"final","code":{"text":"x"}}`,
	} {
		typ := strings.Split(body, `"`)[3]
		made := w.send(call{method: http.MethodPost, path: "/apis/" + abroad + "/fhir/" + typ, token: token, body: []byte(body)})
		if made.status >= 500 {
			t.Errorf("%s: %d %.300s", typ, made.status, made.body)
		}
		_, id, _ := strings.Cut(made.header.Get("Location"), "/"+typ+"/")
		id, _, _ = strings.Cut(id, "/")
		for _, where := range []string{typ + "/" + id, typ + "/" + id + "/$validate", typ + "?_include=*", typ + "/$validate"} {
			w.send(call{method: http.MethodGet, path: "/apis/" + abroad + "/fhir/" + where, token: token})
			w.send(call{method: http.MethodPost, path: "/apis/" + abroad + "/fhir/" + where, token: token, body: []byte(body)})
		}
	}
	w.send(call{method: http.MethodGet, path: "/apis/" + abroad + "/fhir/Observation?code:in=" + listener.URL + "/vs", token: token})
	registration := `{"redirect_uris":["https://app.example.org/cb"],"application_type":"private","token_endpoint_auth_method":"client_secret_post","scope":"openid","client_name":"x",` +
		`"sector_identifier_uri":"` + listener.URL + `/s","logo_uri":"` + listener.URL + `/l","policy_uri":"` + listener.URL + `/p","tos_uri":"` + listener.URL + `/t","client_uri":"` + listener.URL + `/c","request_uris":["` + listener.URL + `/r"]}`
	if a := w.send(call{method: http.MethodPost, path: "/oauth2/" + abroad + "/registration", body: []byte(registration)}); a.status >= 500 {
		t.Errorf("DCR-27: %d %.300s", a.status, a.body)
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("the server has called somebody %d times", n)
	}
}

// TestLeavingClients is F-26: clients that leave in the middle of their requests, of the body or of the answer, cost nothing
// afterwards and break nothing.
func TestLeavingClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "user/Observation.cruds user/Patient.rs")
	host := strings.TrimPrefix(w.url, "http://")
	head := "Host: " + host + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/fhir+json\r\n"
	var wait sync.WaitGroup
	for n := range 8 {
		wait.Go(func() {
			for i := range 25 {
				if (i+n)%2 == 0 { // in the middle of the answer, or before it
					ctx, cancel := context.WithCancel(t.Context())
					r, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/apis/"+home+"/fhir/Observation?_count=1000&_include=*", nil)
					r.Header.Set("Authorization", "Bearer "+token)
					if i%3 == 0 {
						go cancel()
					}
					if resp, err := w.client.Do(r); err == nil {
						_, _ = io.ReadFull(resp.Body, make([]byte, 100))
						_ = resp.Body.Close()
					}
					cancel()
					continue
				}
				conn, err := net.Dial("tcp", host)
				if err != nil {
					continue
				}
				_, _ = io.WriteString(conn, "POST /apis/"+home+"/fhir/Observation HTTP/1.1\r\n"+head+"Content-Length: 100000\r\n\r\n{\"resourceType\":\"Observation\"")
				_ = conn.Close()
			}
		})
	}
	wait.Wait()
	count := w.must(w.send(call{method: http.MethodGet, path: "/apis/" + home + "/fhir/Observation?_summary=count", token: token}))
	live := 0
	for _, f := range w.facts {
		if f.Type == "Observation" && !f.deleted {
			live++
		}
	}
	if !strings.Contains(string(count.body), fmt.Sprintf(`"total":%d`, live)) {
		t.Errorf("after all of it there are not %d observations: %s", live, count.body)
	}
	s, err := w.app.Sites.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	if check, err := s.VerifyAudit(t.Context()); err != nil || check.BrokenAt != 0 {
		t.Errorf("the trail is broken at %d, %v", check.BrokenAt, err)
	}
}
