package interaction

import (
	"testing"

	"chartwright/internal/fault"
)

func TestPatchSyntax(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		media, body string
		right       bool
	}{
		"a pointer into a list":              {mediaJSONPatch, `[{"op":"remove","path":"/name/0/given/10"}]`, true},
		"no operation":                       {mediaJSONPatch, `[]`, true},
		"a value that is null":               {mediaJSONPatch, `[{"op":"test","path":"/a","value":null}]`, true},
		"nothing":                            {mediaJSONPatch, `null`, false},
		"an operation that is nothing":       {mediaJSONPatch, `[null]`, false},
		"an operation that there is not":     {mediaJSONPatch, `[{"op":"set","path":"/a","value":1}]`, false},
		"no value":                           {mediaJSONPatch, `[{"op":"add","path":"/a"}]`, false},
		"no path":                            {mediaJSONPatch, `[{"op":"remove"}]`, false},
		"no source":                          {mediaJSONPatch, `[{"op":"copy","path":"/a"}]`, false},
		"a path that is no text":             {mediaJSONPatch, `[{"op":"remove","path":1}]`, false},
		"the end of a list":                  {mediaJSONPatch, `[{"op":"add","path":"/name/-","value":{}}]`, true},
		"escapes":                            {mediaJSONPatch, `[{"op":"remove","path":"/a~0b~1c"}]`, true},
		"the whole document":                 {mediaJSONPatch, `[{"op":"test","path":"","value":{}}]`, true},
		"one name in two objects":            {mediaJSONPatch, `[{"op":"add","path":"/a","value":{"op":"x","path":"y"}}]`, true},
		"a leading zero":                     {mediaJSONPatch, `[{"op":"remove","path":"/name/01"}]`, false},
		"a sign":                             {mediaJSONPatch, `[{"op":"remove","path":"/name/+1"}]`, false},
		"no slash":                           {mediaJSONPatch, `[{"op":"remove","path":"name"}]`, false},
		"half an escape":                     {mediaJSONPatch, `[{"op":"remove","path":"/name~"}]`, false},
		"an escape that there is not":        {mediaJSONPatch, `[{"op":"remove","path":"/a~2b"}]`, false},
		"a source that is no pointer":        {mediaJSONPatch, `[{"op":"move","from":"a","path":"/b"}]`, false},
		"two operations in one (RFC 6902)":   {mediaJSONPatch, `[{"op":"add","path":"/baz","value":"qux","op":"remove"}]`, false},
		"two members of a value":             {mediaJSONPatch, `[{"op":"add","path":"/name/-","value":{"text":"a","text":"b"}}]`, false},
		"two members of a merge patch":       {mediaMergePatch, `{"gender":"male","gender":"female"}`, false},
		"two deep members of a merge patch":  {mediaMergePatch, `{"maritalStatus":{"coding":[{"code":"M"},{"code":"S","code":"M"}]}}`, false},
		"the same members in list elements":  {mediaMergePatch, `{"name":[{"text":"a"},{"text":"b"}],"text":null}`, true},
		"a name that is also a string value": {mediaMergePatch, `{"a":"b","b":"a"}`, true},
	} {
		_, err := parsePatch(&Call{Header: Header{ContentType: c.media}, Body: []byte(c.body)})
		if (err == nil) != c.right || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
