package main

import (
	"go/format"
	"strings"
	"testing"
)

func TestInstrument(t *testing.T) {
	t.Parallel()
	const source = `package p

func (s *set) add(a, b bool) bool {
	x := a
	if a && (b || !x) {
		s.n = 1
	}
	switch {
	case a == b:
		s.count(a)
	}
	return x == b
}
`
	file, err := instrument("p.go", []byte(source), 10)
	if err != nil {
		t.Fatal(err)
	}
	want := `package p

func (s *set) add(a, b bool) bool {
	x := a
	if mutantForced(11, 12, mutantForced(17, -1, a) && mutantForced(18, -1, (mutantForced(-1, 19, b) || mutantForced(-1, 20, !x)))) {
		if !mutantForced(21, -1, false) {
			s.n = 1
		}
	}
	switch {
	case mutantForced(13, 14, a == b):
		if !mutantForced(22, -1, false) {
			s.count(a)
		}
	}
	return mutantForced(15, 16, x == b)
}
`
	got, err := format.Source(file.source)
	if err != nil {
		t.Fatalf("%v in\n%s", err, file.source)
	}
	// Which numbers there are depends on the order of the walk; that each is there once, and in which place, does not.
	if a, b := places(string(got)), places(want); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
	names := map[string]bool{}
	for i, m := range file.mutants {
		if m.number != 11+i {
			t.Errorf("%s has number %d", m, m.number)
		}
		names[m.String()] = true
	}
	for _, name := range []string{"p.go:5: set.add: a && (b || !x) → false", "p.go:5: set.add: b → false", "p.go:6: set.add: s.n = 1 → left out", "p.go:12: set.add: x == b → true"} {
		if !names[name] {
			t.Errorf("no mutant %q among %v", name, names)
		}
	}
}

// places is a source without the numbers of its mutants and without layout.
func places(source string) string {
	text := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '\t' || r == ' ' || r == '\n' {
			return -1
		}
		return r
	}, source)
	return strings.ReplaceAll(text, "-", "")
}

func TestDistinguish(t *testing.T) {
	t.Parallel()
	list := []*mutant{{where: "f", what: "!ok", how: forcedTrue}, {where: "f", what: "!ok", how: forcedTrue}, {where: "g", what: "!ok", how: forcedTrue}}
	distinguish(list)
	if a, b, c := list[0].name(), list[1].name(), list[2].name(); a != "f: !ok → true" || b != "f (2): !ok → true" || c != "g: !ok → true" {
		t.Errorf("%q, %q, %q", a, b, c)
	}
}
