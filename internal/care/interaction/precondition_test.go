package interaction

import (
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // the tags, with a space between them; "!" = malformed
		``:                        "",
		`W/"3"`:                   "3",
		`"3"`:                     "3",
		` W/"1" , "2",W/"3"`:      "1 2 3",
		`,, W/"1",, W/"2" ,`:      "1 2",
		`"a,b", W/"W/c"`:          "a,b W/c",
		`*`:                       "*",
		` * `:                     "*",
		`*, W/"1"`:                "!",
		`W/"1", *`:                "!",
		`3`:                       "!",
		`W/3`:                     "!",
		`w/"3"`:                   "!",
		`"3`:                      "!",
		`"1" "2"`:                 "!",
		`W/ "1"`:                  "!",
		`,`:                       "!",
		strings.Repeat(`"1",`, 3): "1 1 1",
	} {
		got, ok := parseTags(text)
		shown := strings.Join(got.list, " ")
		switch {
		case !ok:
			shown = "!"
		case got.any:
			shown = "*"
		}
		if shown != want || ok && got.given != (want != "") {
			t.Errorf("%s: %q, want %q", text, shown, want)
		}
	}
}
