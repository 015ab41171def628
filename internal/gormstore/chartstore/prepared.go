package chartstore

import (
	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
)

// prepared is a version as the tables keep it, but for the numbers that only the transaction can give. It is never changed: a
// closure that runs twice uses it twice.
type prepared struct {
	body []byte // packed
	rows *rowset
}

// Prepared implements chart.Prepared.
func (*prepared) Prepared() {}

// Prepare packs the body and puts the index rows in the form of the tables, on the goroutine of the caller: the writer, of which
// there is one for each site, does not.
func (*Site) Prepare(w *chart.Write) {
	if w.Method != chart.Delete {
		w.Prepared = &prepared{body: packed.Pack(w.Body), rows: newRowset(w.Rows)}
	}
}

// prepared returns the form of w that the tables keep. Rows that were made before the site's own parameters changed, here or on
// another replica, are made anew: no write can slip past a new parameter while its job is at work on older resources.
func (g *group) prepared(w *chart.Write) (*prepared, error) {
	if w.Method == chart.Delete {
		return &prepared{rows: noRows}, nil
	}
	current := w.Generation == g.counters.params || g.site.config.Own == nil
	p, ok := w.Prepared.(*prepared)
	switch {
	case ok && current:
		return p, nil
	case current:
		return &prepared{body: packed.Pack(w.Body), rows: newRowset(w.Rows)}, nil
	}
	var rows index.Rows
	if err := g.extract(w.Type, w.Body, &rows); err != nil {
		return nil, err
	}
	return &prepared{body: packed.Pack(w.Body), rows: newRowset(&rows)}, nil
}
