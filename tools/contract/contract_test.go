package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/care/form"
	"chartwright/internal/e2e/demoserver"
	"chartwright/tools/contract/check"
)

// scopes are those of an API and of every operation of it.
func scopes(own string, operations []form.Operation) []string {
	out := []string{"openid", own}
	for _, op := range operations {
		out = append(out, op.Scopes...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestTheDemonstrationKeepsItsContract(t *testing.T) {
	t.Parallel()
	standard, err := check.Standard()
	if err != nil {
		t.Fatal(err)
	}
	portal, err := check.Portal()
	if err != nil {
		t.Fatal(err)
	}
	server := demoserver.Start(t)
	token := func(who demoserver.Account, scopes ...string) string {
		t.Helper()
		token, err := server.SignIn(who, scopes)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	o := check.Options{
		Base: server.URL + "/apis/default", Client: server.Client,
		Token:  token(demoserver.Admin, scopes("api:oemr", standard.Operations)...),
		Portal: token(demoserver.Phil, scopes("api:port", portal.Operations)...),
		Narrow: token(demoserver.Admin, "openid", "api:oemr"),
	}
	all := append(slices.Clone(standard.Operations), portal.Operations...)
	t.Run("reading only", func(t *testing.T) {
		o := o
		o.ReadOnly = true
		called := checked(t, o)
		for _, op := range all {
			if reads := op.Method == "GET" && op.ID != "swapInsurance"; called[op.ID] != reads {
				t.Errorf("%s called: %v, want %v", op.ID, called[op.ID], reads)
			}
		}
	})
	t.Run("everything", func(t *testing.T) {
		called := checked(t, o)
		if len(called) != 97 || len(all) != 97 {
			t.Errorf("%d of %d operations were called, want 97", len(called), len(all))
		}
	})
	t.Run("the command", func(t *testing.T) {
		var out strings.Builder
		args := []string{"--base", o.Base + "/", "--insecure", "--read-only", "--token", o.Token}
		if err := run(t.Context(), args, &out); err != nil || !strings.HasSuffix(out.String(), " passed, 0 failed\n") {
			t.Errorf("%v:\n%s", err, out.String())
		}
		out.Reset()
		args[len(args)-1] = o.Narrow
		const want = "FAIL standard getPatient, a valid call: status 403"
		if err := run(t.Context(), args, &out); !errors.Is(err, errBroken) || !strings.Contains(out.String(), want) {
			t.Errorf("with a token for nothing: %v, want %q:\n%s", err, want, out.String())
		}
		if err := run(t.Context(), args[:2], &out); err == nil || errors.Is(err, errBroken) {
			t.Errorf("without a token: %v", err)
		}
	})
}

// checked runs the check, wants no failure, and returns which operations had their valid call.
func checked(t *testing.T, o check.Options) map[string]bool {
	t.Helper()
	called := map[string]bool{}
	o.Each = func(r check.Result) {
		if r.Check == "a valid call" {
			called[r.Operation] = true
			if !o.ReadOnly && strings.Contains(r.Note, "no record") {
				t.Errorf("%s: %s", r.Operation, r.Note)
			}
		}
		if r.Err != nil {
			t.Errorf("%s %s, %s: %v", r.API, r.Operation, r.Check, r.Err)
		}
	}
	passed, failed, err := check.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d passed, %d failed", passed, failed)
	return called
}
