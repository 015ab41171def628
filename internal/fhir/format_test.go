package fhir_test

import (
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/fhir"
)

// expressions are the lexical forms as the specification states them. https://hl7.org/fhir/R4/datatypes.html#primitive
var expressions = map[string]string{
	"base64Binary": `(\s*([0-9a-zA-Z\+\/=]){4}\s*)+`,
	"canonical":    `\S*`,
	"code":         `[^\s]+(\s[^\s]+)*`,
	"date":         `([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?`,
	"dateTime":     `([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?`,
	"decimal":      `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`,
	"id":           `[A-Za-z0-9\-\.]{1,64}`,
	"instant":      `([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))`,
	"oid":          `urn:oid:[0-2](\.(0|[1-9][0-9]*))+`,
	"time":         `([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?`,
	"uri":          `\S*`,
	"url":          `\S*`,
	"uuid":         `urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
}

// stricter are the values that the expressions take and the codec refuses, each for a reason.
var stricter = map[string]string{
	"date 2021-02-29": "no such day", "date 2021-04-31": "no such day", "date 2100-02-29": "no such day",
	"dateTime 2021-02-29": "no such day", "dateTime 2021-04-31": "no such day", "dateTime 2100-02-29": "no such day",
	"dateTime 2021-02-29T00:00:00Z": "no such day", "instant 2021-02-29T00:00:00Z": "no such day",
	"base64Binary ====": "padding without data", "base64Binary ab=c": "padding inside the data",
}

var samples = strings.Split(`0|1|-1|-0|01|1.|.1|1.0|-1.50|1e5|1E+05|1e|1e+|+1|--1|42.36016014046900|
a|A.b-9|a_b|a b|a  b| a|a |`+strings.Repeat("x", 64)+`|`+strings.Repeat("x", 65)+`|
2020|0000|0001|1000|10000|202|2020-00|2020-01|2020-12|2020-13|2020-1|2020-01-00|2020-01-01|2020-01-31|2020-01-32|2021-02-29|2020-02-29|
2100-02-29|2000-02-29|2021-04-31|2021-04-30|2020-01-01T|2020-01-01T00:00:00|2020-01-01T00:00:00Z|2020-01-01T00:00Z|2020-01-01T24:00:00Z|
2020-01-01T23:59:60Z|2020-01-01T23:59:61Z|2020-01-01T00:00:00.Z|2020-01-01T00:00:00.123456789Z|2020-01-01T00:00:00+14:00|
2020-01-01T00:00:00+14:01|2020-01-01T00:00:00+13:59|2020-01-01T00:00:00-00:00|2020-01-01T00:00:00+1:00|2020-01-01t00:00:00Z|
2020-01-01 00:00:00Z|2021-02-29T00:00:00Z|2020-01-01T00:00:00z|2020-01-01T00:00:00Zx|
00:00:00|23:59:60|24:00:00|00:60:00|00:00|00:00:00.1|00:00:00.|00:00:00Z|0:00:00|
urn:oid:1.2.3|urn:oid:3.1|urn:oid:1|urn:oid:1.|urn:oid:1.02|urn:oid:1.0|urn:oid:2.16.840|urn:oid:1..2|oid:1.2|urn:oid:|
urn:uuid:c757873d-ec9a-4326-a141-556f43239520|urn:uuid:C757873D-EC9A-4326-A141-556F43239520|urn:uuid:c757873dec9a4326a141556f43239520|
urn:uuid:c757873d-ec9a-4326-a141-556f4323952|urn:uuid:c757873d-ec9a-4326-a141-556f432395200|
http://example.org/a?b#c|a:b|#x|
YWJj|YWJjZA==|YWI=|YW=|ab=c|====|YWJj YWJj|YWJ j|Y*Jj|YWJjZ`, "|")

func TestFormats(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for name, expression := range expressions {
		re := regexp.MustCompile(`^(` + expression + `)$`)
		for _, s := range samples {
			s = strings.TrimPrefix(s, "\n")
			if s == "" {
				continue // an empty value is an absent one, whatever its type
			}
			want := re.MatchString(s)
			key := name + " " + s
			if _, ok := stricter[key]; ok {
				used[key] = true
				if !want {
					t.Errorf("%s: listed as stricter, and the specification refuses it too", key)
				}
				want = false
			}
			if got := fhir.Primitive(name).Format(s); got != want {
				t.Errorf("%s %q: got %v, want %v", name, s, got, want)
			}
		}
	}
	for key := range stricter {
		if !used[key] {
			t.Errorf("%s is listed as stricter and was not tried", key)
		}
	}
}
