package index

import (
	"slices"
	"unicode/utf8"
)

// gramLength is the number of characters of a gram.
const gramLength = 3

// Grams are the runs of three characters of a folded text, each once and sorted: a text that contains another has all of its
// grams. A shorter text has none.
func Grams(folded string) []string {
	var list []string
	starts := [gramLength]int{}
	for i, n := 0, 0; i < len(folded); n++ {
		_, size := utf8.DecodeRuneInString(folded[i:])
		copy(starts[:], starts[1:])
		starts[gramLength-1] = i
		i += size
		if n >= gramLength-1 {
			list = append(list, folded[starts[0]:i])
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
