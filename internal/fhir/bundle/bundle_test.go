package bundle_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/bundle"
)

func TestScan(t *testing.T) {
	t.Parallel()
	got, err := bundle.Scan([]byte(` {"type":"transaction","total":1,"link":[{"relation":"self","url":"x"}],"entry":[
		{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","name":[{"family":"}\""}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"a=b"}},
		{"request":{"url":"Patient/1","method":"PUT","ifMatch":"W/\"1\"","ifNoneMatch":"*","ifModifiedSince":"now"},"search":{"mode":"match"}}
	],"resourceType":"Bundle"} `), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := &bundle.Bundle{Type: "transaction", Entries: []bundle.Entry{
		{
			FullURL: "urn:uuid:1", Resource: []byte(`{"resourceType":"Patient","name":[{"family":"}\""}]}`),
			Request: &bundle.Request{Method: "POST", URL: "Patient", IfNoneExist: "a=b"},
		},
		{Request: &bundle.Request{Method: "PUT", URL: "Patient/1", IfMatch: `W/"1"`, IfNoneMatch: "*", IfModifiedSince: "now"}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestScanSaysWhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, expression string
		kind           fault.Kind
	}{
		"no object":                    {`[]`, "", fault.Invalid},
		"cut off":                      {`{"resourceType":"Bundle","entry":[{}`, "Bundle", fault.Invalid},
		"another resource":             {`{"resourceType":"Patient"}`, "resourceType", fault.Invalid},
		"no resource":                  {`{}`, "resourceType", fault.Invalid},
		"more behind":                  {`{"resourceType":"Bundle"}x`, "", fault.Invalid},
		"unknown element":              {`{"resourceType":"Bundle","colour":1}`, "Bundle", fault.Invalid},
		"element twice":                {`{"resourceType":"Bundle","type":"batch","type":"batch"}`, "Bundle.type", fault.Invalid},
		"entry is no list":             {`{"resourceType":"Bundle","entry":{}}`, "Bundle.entry", fault.Invalid},
		"entry is no object":           {`{"resourceType":"Bundle","entry":[{},1]}`, "Bundle.entry[1]", fault.Invalid},
		"unknown element of an entry":  {`{"resourceType":"Bundle","entry":[{},{"colour":1}]}`, "Bundle.entry[1]", fault.Invalid},
		"resource is no object":        {`{"resourceType":"Bundle","entry":[{"resource":"x"}]}`, "Bundle.entry[0].resource", fault.Invalid},
		"broken resource":              {`{"resourceType":"Bundle","entry":[{"resource":{"a":}}]}`, "Bundle.entry[0].resource", fault.Invalid},
		"request is no object":         {`{"resourceType":"Bundle","entry":[{"request":1}]}`, "Bundle.entry[0].request", fault.Invalid},
		"method is no string":          {`{"resourceType":"Bundle","entry":[{"request":{"method":1}}]}`, "Bundle.entry[0].request.method", fault.Invalid},
		"unknown element of a request": {`{"resourceType":"Bundle","entry":[{"request":{"verb":"GET"}}]}`, "Bundle.entry[0].request", fault.Invalid},
		"too many":                     {`{"resourceType":"Bundle","entry":[{},{},{}]}`, "", fault.TooLarge},
		"invalid UTF-8":                {"{\"resourceType\":\"Bundle\",\"id\":\"\xff\"}", "", fault.Invalid},
		"nesting without end":          {`{"resourceType":"Bundle","entry":[{"resource":` + strings.Repeat(`{"a":`, 100_000), "Bundle.entry[0].resource", fault.Invalid},
	} {
		_, err := bundle.Scan([]byte(c.in), 2)
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		expression := ""
		if len(f.Issues) > 0 {
			expression = f.Issues[0].Expression
		}
		if f.Kind != c.kind || expression != c.expression {
			t.Errorf("%s: %v at %q, want %v at %q", name, f.Kind, expression, c.kind, c.expression)
		}
	}
}

// A Bundle that is understood has the entries that it shows, and no input brings the scanner down.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch","entry":[{"fullUrl":"x","resource":{"a":[1,"\u00e9"]},"request":{"method":"GET","url":"y"}}]}`))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Scan(data, 10)
		if (b == nil) == (err == nil) {
			t.Fatalf("%v and %v", b, err)
		}
		if err != nil && fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.TooLarge {
			t.Fatal(err)
		}
		if b != nil && len(b.Entries) > 10 {
			t.Fatal("too many entries")
		}
	})
}
