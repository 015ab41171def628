package check

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/care/form"
)

// lax answers every request alike, and notes those that change a record of somebody else.
type lax struct {
	mu      sync.Mutex
	status  int
	changed []string
}

func (l *lax) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/others") && r.Method != http.MethodGet {
		l.mu.Lock()
		l.changed = append(l.changed, r.Method+" "+r.URL.Path)
		l.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	status, body := l.status, `{"validationErrors":[],"internalErrors":[],"data":[{"uuid":"others"}],"links":{"first":"/"}}`
	if r.Method == http.MethodGet {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func TestAServerWithoutRulesFails(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusTeapot} {
		l := &lax{status: status}
		server := httptest.NewServer(l)
		t.Cleanup(server.Close)
		wrong := map[string]bool{}
		o := Options{Base: server.URL, Client: server.Client(), Token: "a", Each: func(r Result) { wrong[r.Operation+", "+r.Check] = r.Err != nil }}
		if _, failed, err := Run(t.Context(), o); err != nil || failed == 0 {
			t.Errorf("status %d: %d checks failed, %v", status, failed, err)
		}
		for _, want := range []string{"getPatient, without a token", "createPatient, a valid call", "createPatient, without fname", `createPatient, DOB = "2020-02-30"`} {
			if !wrong[want] {
				t.Errorf("status %d: no failure of %q", status, want)
			}
		}
		if status != http.StatusOK && len(l.changed) > 0 {
			t.Errorf("status %d: records of others were changed: %v", status, l.changed)
		}
	}
}

func TestBreaches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		field form.Field
		want  string
	}{
		{"a text", form.Field{}, "IsString::NOT_A_STRING"},
		{"a number", form.Field{Kind: form.Whole, NotEmpty: true}, "NotEmpty::EMPTY_VALUE NotEmpty::EMPTY_VALUE Numeric::NOT_NUMERIC"},
		{"anything", form.Field{Kind: form.Other}, ""},
		{"an exact length", form.Field{Min: 5, Max: 5}, "IsString::NOT_A_STRING Length::TOO_LONG Length::TOO_SHORT"},
		{"a length between", form.Field{Min: 2, Max: 5}, "IsString::NOT_A_STRING LengthBetween::TOO_LONG LengthBetween::TOO_SHORT"},
		{"an e-mail address with a key of its own", form.Field{Format: form.Email, BadEmail: "X"}, "IsString::NOT_A_STRING X"},
		{"an option of a list", form.Field{List: "sex"}, "IsString::NOT_A_STRING ListOptionRule::INVALID_LIST_OPTION"},
		{"one of a few", form.Field{Enum: []string{"a"}}, "IsString::NOT_A_STRING InArray::NOT_IN_ARRAY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var rules []string
			for _, b := range Breaches(c.field) {
				rules = append(rules, b.Rule)
			}
			if got := strings.Join(rules, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
