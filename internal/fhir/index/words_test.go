package index_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/index"
)

func TestWordsOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		" .,- ":                 "",
		"Smith":                 "smith",
		"blood Pressure, BLOOD": "blood pressure",
		"Müller-Lüdenscheidt":   "ludenscheidt muller",
		"O'Brien":               "brien o",
		"straße ﬁx":             "fix strasse",
		"8480-6":                "6 8480",
		"हिन्दी भाषा":           "भाषा हिन्दी",
		"urn:uuid:E4F8E0B1-3C1D-4B0E-9F50-0A1B2C3D4E5F.": "e4f8e0b1-3c1d-4b0e-9f50-0a1b2c3d4e5f urn uuid",
		"e4f8e0b1-3c1d-4b0e-9f50-0a1b2c3d4e5fx":          "0a1b2c3d4e5fx 3c1d 4b0e 9f50 e4f8e0b1",
	} {
		if got := strings.Join(index.WordsOf(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	long := strings.Repeat("x", 100)
	a, b := index.WordsOf(long), index.WordsOf(long+"y")
	if len(a) != 1 || len(a[0]) > 64 || slices.Equal(a, b) {
		t.Errorf("long words: %q and %q", a, b)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for div, want := range map[string]string{
		`<div xmlns="http://www.w3.org/1999/xhtml"><p>Jane</p><p>Doe</p></div>`: "jane doe",
		`<div><b>Sm</b>ith</div>`:                         "smith",
		`<div>a<br/>b &amp; c&#160;d<!-- e > f --></div>`: "a b & c d",
		`<div><img alt="x > y" src="z"/>w</div>`:          "w",
		`<div>cut off <p`:                                 "cut off",
		`no markup`:                                       "no markup",
	} {
		if got := index.Fold(index.Plain(div)); got != want {
			t.Errorf("%s: %q, want %q", div, got, want)
		}
	}
}

func TestGrams(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "jo": "", "joh": "joh", "john": "joh ohn", "aaaa": "aaa", "øäé": "øäé", "a b": "a b",
	} {
		if got := strings.Join(index.Grams(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Words come from texts, codes and the narrative wherever they stand, and from nothing else.
func TestAddWords(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Patient","id":"idword","language":"en",
		"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" title=\"attribute\">Told <b>shared</b></div>"},
		"contained":[{"resourceType":"Organization","id":"o","name":"Inner"}],
		"extension":[{"url":"http://urlword.example","valueString":"Extended"}],
		"identifier":[{"system":"http://system.example","value":"MRN 77"}],
		"name":[{"family":"Shared","_family":{"extension":[{"url":"http://x.example","valueMarkdown":"Marked"}]}}],
		"birthDate":"1999-12-31","gender":"female","maritalStatus":{"coding":[{"code":"M","display":"Married"}]},
		"managingOrganization":{"reference":"Organization/refword","display":"Displayed"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var words index.Words
	rows := index.Rows{Words: &words}
	r4search.Extract(r, &rows)
	list, narrative := words.All()
	if got, want := strings.Join(list, " "), "77 displayed en extended female inner m marked married mrn shared told"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, w := range list {
		if want := w == "told" || w == "shared"; narrative(w) != want {
			t.Errorf("%s in the narrative: %v", w, narrative(w))
		}
	}
}
