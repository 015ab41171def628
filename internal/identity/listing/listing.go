// Package listing is how long lists of clients and accounts are looked through: a search text, and pages that each begin behind the
// last row of the one before. What is added or removed between two pages makes no other row appear twice or not at all.
package listing

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"chartwright/internal/fault"
)

// Place is a row's place in a list: what the list is sorted by, and the id among equals. The zero Place is before the first row.
type Place struct{ Key, ID string }

// String writes a place as a link carries it; empty for the zero Place.
func (p Place) String() string {
	if p == (Place{}) {
		return ""
	}
	text, _ := json.Marshal([2]string{p.Key, p.ID}) //nolint:errchkjson // two strings always encode
	return base64.RawURLEncoding.EncodeToString(text)
}

// maxPlace bounds what [Parse] reads.
const maxPlace = 2000

// Parse reads what String wrote. Errors: Invalid.
func Parse(text string) (Place, error) {
	var pair [2]string
	if text == "" {
		return Place{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && len(raw) <= maxPlace {
		err = json.Unmarshal(raw, &pair)
	}
	if err != nil || pair[1] == "" {
		return Place{}, fault.New(fault.Invalid, "listing.place", "%.40q is no place in a list", text)
	}
	return Place{pair[0], pair[1]}, nil
}

// Fold is how names are kept and looked for: case does not count.
func Fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }
