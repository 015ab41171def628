package identitystore

import (
	"strings"

	"gorm.io/gorm"

	"chartwright/internal/identity/listing"
)

// page limits q to one page of a list that is sorted by a column of ours and the id.
func page(q *gorm.DB, column string, after listing.Place, limit int) *gorm.DB {
	if after.ID != "" {
		q = q.Where("("+column+", id) > (?, ?)", after.Key, after.ID)
	}
	return q.Order(column + ", id").Limit(limit)
}

// holding returns the pattern of what holds text, whatever its case, for a column that is kept folded.
func holding(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(listing.Fold(text)) + "%"
}
