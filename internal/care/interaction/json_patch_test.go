package interaction

import (
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"chartwright/internal/fault"
)

func TestJSONPatchTest(t *testing.T) {
	t.Parallel()
	const document = `{"a":1.10,"b":[{"c":"x"},2e3],"d/e":null,"f":true,"z":-0.0}`
	for name, c := range map[string]struct {
		patch string
		holds bool
	}{
		"a number by its value":            {`[{"op":"test","path":"/a","value":1.1}]`, true},
		"a number by another value":        {`[{"op":"test","path":"/a","value":1.11}]`, false},
		"a number in another form":         {`[{"op":"test","path":"/b/1","value":2000.0}]`, true},
		"zero has no sign":                 {`[{"op":"test","path":"/z","value":0}]`, true},
		"a number is no text":              {`[{"op":"test","path":"/a","value":"1.10"}]`, false},
		"an object, deep":                  {`[{"op":"test","path":"/b","value":[{"c":"x"},2000]}]`, true},
		"a list in another order":          {`[{"op":"test","path":"/b","value":[2000,{"c":"x"}]}]`, false},
		"null":                             {`[{"op":"test","path":"/d~1e","value":null}]`, true},
		"what is not there is not null":    {`[{"op":"test","path":"/nothing","value":null}]`, false},
		"a leading zero is no place":       {`[{"op":"test","path":"/b/01","value":2000}]`, false},
		"after what was changed before it": {`[{"op":"replace","path":"/a","value":5},{"op":"test","path":"/a","value":5.0}]`, true},
		"before what changes after it":     {`[{"op":"test","path":"/a","value":1.1},{"op":"remove","path":"/a"},{"op":"test","path":"/f","value":true}]`, true},
		"a power that no number has":       {`[{"op":"test","path":"/a","value":1e99999999999}]`, false},
	} {
		p, err := jsonpatch.DecodePatch([]byte(c.patch))
		if err != nil {
			t.Fatal(err)
		}
		_, err = applyJSONPatch(p, "Patient", []byte(document))
		if (err == nil) != c.holds || err != nil && !fault.Is(err, fault.Unprocessable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
