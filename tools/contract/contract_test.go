package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/care/form"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
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
		Roles:  map[string]string{},
	}
	stranger := demoserver.Account{Login: "stranger", Password: "a-stranger-to-every-role"}
	if _, err := server.App.AddUser(t.Context(), "default", identity.NewUser{Kind: account.Staff, Login: stranger.Login, Password: stranger.Password}); err != nil {
		t.Fatal(err)
	}
	for role, who := range map[string]demoserver.Account{
		"doc": demoserver.Physician, "clin": demoserver.Clinician, "back": demoserver.Accountant, "front": demoserver.Receptionist, check.NoRole: stranger,
	} {
		o.Roles[role] = token(who, scopes("api:oemr", standard.Operations)...)
	}
	all := append(slices.Clone(standard.Operations), portal.Operations...)
	t.Run("reading only", func(t *testing.T) {
		o := o
		o.ReadOnly = true
		called, _ := checked(t, o)
		for _, op := range all {
			if reads := op.Method == "GET" && op.ID != "swapInsurance"; called[op.ID] != reads {
				t.Errorf("%s called: %v, want %v", op.ID, called[op.ID], reads)
			}
		}
	})
	t.Run("everything", func(t *testing.T) {
		called, refused := checked(t, o)
		if len(called) != 97 || len(all) != 97 {
			t.Errorf("%d of %d operations were called, want 97", len(called), len(all))
		}
		for _, op := range all {
			want := map[string]bool{"without a token": true, "as somebody of the other API": true}
			if len(op.Scopes) > 0 {
				want["without the scope"] = true
			}
			if op.ACL != nil {
				want["with the role none"] = true
			}
			if op.ACL != nil && op.ACL.Section == "admin" {
				want["with the role doc"] = true
			}
			for _, f := range op.Fields {
				if f.Required && op.Mode == form.Create {
					want["without "+f.Name] = true
				}
			}
			for what := range want {
				if !refused[op.ID+", "+what] {
					t.Errorf("%s was not called %s", op.ID, what)
				}
			}
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

// checked runs the check, wants no failure, and returns which operations had their valid call, and which other checks were made.
func checked(t *testing.T, o check.Options) (called, others map[string]bool) {
	t.Helper()
	called, others = map[string]bool{}, map[string]bool{}
	o.Each = func(r check.Result) {
		if r.Check == "a valid call" {
			called[r.Operation] = true
			if !o.ReadOnly && strings.Contains(r.Note, "no record") {
				t.Errorf("%s: %s", r.Operation, r.Note)
			}
		} else {
			others[r.Operation+", "+r.Check] = true
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
	return called, others
}
