package gormstore

import (
	"context"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
)

// IndexForm returns the form in which the rows of the site's search index were written, 0 if it was before forms had numbers. If it
// is not [index.Form], searches may miss some of what the site holds until all of it is indexed anew.
func (db *SiteDB) IndexForm(ctx context.Context) (form int, err error) {
	err = db.Reader.WithContext(ctx).Raw("SELECT form FROM counter WHERE id = 1").Scan(&form).Error
	return form, fault.Wrap(fault.Unavailable, "site.form", err)
}

// beginIndex gives a site into which nothing was written yet the form of this program. Every process does so before it writes, and
// the first of them has its way.
func (db *SiteDB) beginIndex(ctx context.Context) error {
	var empty bool
	err := db.Reader.WithContext(ctx).Raw("SELECT form = 0 AND seq = 0 FROM counter WHERE id = 1").Scan(&empty).Error
	if err == nil && empty {
		err = db.Writer.WithContext(ctx).Exec("UPDATE counter SET form = ? WHERE form = 0 AND seq = 0", index.Form).Error
	}
	return fault.Wrap(fault.Unavailable, "site.form", err)
}
