package tsclient

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted client")

func TestClientOfASmallDocument(t *testing.T) {
	t.Parallel()
	const name = "testdata/small.txtar"
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := client("// The header.\n", a.Files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		a.Files[1].Data = got
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(a.Files[1].Data), string(got)); d != "" {
		t.Error(d)
	}
}

func TestWhatAClientCannotSayIsNamed(t *testing.T) {
	t.Parallel()
	const success = `"responses": {"200": {"content": {"application/json": {"schema": {}}}}}`
	for _, c := range []struct{ name, document, want string }{
		{"a schema with a name of the client itself", `{"components": {"schemas": {"Connection": {"type": "object"}}}}`, "Connection is a name of the client itself"},
		{"a parameter in a header", `{"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"name": "x", "in": "header"}], ` + success + `}}}}`, `GET /a: the parameter x is in "header"`},
		{"a path parameter that is not in the path", `{"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"name": "x", "in": "path"}], ` + success + `}}}}`, "the parameter x is not in the path"},
		{"a parameter that is not there", `{"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"$ref": "#/components/parameters/x"}], ` + success + `}}}}`, "there is no #/components/parameters/x"},
		{"a body of another media type", `{"paths": {"/a": {"post": {"operationId": "a", "requestBody": {"content": {"text/csv": {}}}, ` + success + `}}}}`, "no media type that a client can send"},
		{"no success", `{"paths": {"/a": {"get": {"operationId": "a", "responses": {"404": {}}}}}}`, "no answer is a success"},
		{"a success without content", `{"paths": {"/a": {"get": {"operationId": "a", "responses": {"204": {}}}}}}`, "the success has no content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := client("", []byte(c.document)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
