package token

import (
	"strconv"
	"strings"
	"time"

	"chartwright/internal/fault"
)

// Cursor is a place in a list of grants, which runs from the newest to the oldest: behind the grant that it names. The zero cursor
// stands before the first.
type Cursor struct {
	Created time.Time
	ID      string
}

// CursorOf returns the place behind g.
func CursorOf(g *Grant) Cursor { return Cursor{g.Created, g.ID} }

// String returns the cursor as people pass it on.
func (c Cursor) String() string { return strconv.FormatInt(c.Created.UnixMilli(), 10) + "." + c.ID }

// ParseCursor is the inverse of [Cursor.String]. Errors: Invalid.
func ParseCursor(text string) (Cursor, error) {
	ms, id, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || n < 0 || id == "" || len(id) > 64 {
		return Cursor{}, fault.New(fault.Invalid, "grant.list", "%.80q is no place in a list of grants", text)
	}
	return Cursor{time.UnixMilli(n).UTC(), id}, nil
}
