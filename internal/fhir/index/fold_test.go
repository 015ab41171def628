package index

import (
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "eve", "eve"},
		{"case goes", "McDonald", "mcdonald"},
		{"accents go", "Éve Müller", "eve muller"},
		{"accents written apart go", "E\u0301ve", "eve"},
		{"letters without a base of their own", "Søren Łukasz Weiß Þór Œuvre", "soren lukasz weiss thor oeuvre"},
		{"apostrophes join", "O'Brien", "obrien"},
		{"however they are typed", "O’Brien O‘Brien OʼBrien O´Brien O`Brien", "obrien obrien obrien obrien obrien"},
		{"full stops join", "J.R.R. Tolkien", "jrr tolkien"},
		{"other punctuation separates", "Núñez-Smith,Jane (Dr.)/\"x\"", "nunez smith jane dr x"},
		{"whatever script it is of", "Müller–Lüdenscheid„a“", "muller ludenscheid a"},
		{"and no end of it is left", "-(smith)- ", "smith"},
		{"a full stop between digits stays", "1.5 mg, 2. Stock, .5", "1.5 mg 2 stock 5"},
		{"beside letters without accents too", "é 1.5 a.b", "e 1.5 ab"},
		{"symbols stay", "a+b <5 $3 50% #1 a&b a@b.c", "a+b <5 $3 50% #1 a&b a@bc"},
		{"punctuation alone stays", " -- ", "--"},
		{"alone in another script too", "¿ ?", "¿ ?"},
		{"white space is one space", "  van \t der\n Berg ", "van der berg"},
		{"a hard space is a space", "van\u00a0Berg", "van berg"},
		{"full width", "Ｔｏｋｙｏ", "tokyo"},
		{"ligatures", "ﬁnn", "finn"},
		{"Greek", "Ὀδυσσεύς", "οδυσσευσ"},
		{"Cyrillic", "Йосиф", "иосиф"},
		{"vowel signs of Devanagari stay", "हिन्दी", "हिन्दी"},
		{"nothing", "", ""},
		{"only space", " \t ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Fold(c.in); got != c.want {
				t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
			var x Rows
			if got := x.fold(c.in); got != c.want {
				t.Errorf("fold(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestFoldedTextOutlivesReset(t *testing.T) {
	t.Parallel()
	var x Rows
	first := x.fold("First")
	x.Reset()
	for range 1000 {
		x.fold("Other Text")
	}
	if first != "first" {
		t.Errorf("the text became %q", first)
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Éve", " a  b ", "\xff", "ﬃ", "İ", "ẞ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, then %q", s, once, twice)
		}
		var x Rows
		if got := x.fold(s); got != once {
			t.Errorf("fold(%q) = %q, Fold gives %q", s, got, once)
		}
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Errorf("Fold(%q) = %q is no text", s, once)
		}
	})
}
