package standard

import (
	"context"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// issue is what the lists of a chart (problems, allergies, medications, surgeries, dental issues) have in common.
type issue struct {
	kind       string // the type of the list
	title      string
	begin, end string // as FHIR writes them
	recorded   string
	comments   string
	extensions []fhir.Extension
	active     bool
}

// patientOf names the patient whom a record belongs to.
type patientOf struct {
	number int64
	id     string
}

func (d *Desk) patientOf(ctx context.Context, subject *r4.Reference) (patientOf, error) {
	e, err := d.follow(ctx, subject)
	if err != nil || e == nil {
		return patientOf{}, err
	}
	return patientOf{e.version.Number, e.version.ID}, nil
}

// write fills the common fields of the struct that out points to.
func (i *issue) write(out any, v *chart.Version, p patientOf) {
	row.Set(out, "erx_source", "0")
	row.Set(out, "erx_uploaded", "0")
	carried(i.extensions, out)
	row.Set(out, "id", v.Number)
	row.Set(out, "uuid", v.ID)
	row.Set(out, "type", i.kind)
	row.Set(out, "title", i.title)
	row.Set(out, "pid", p.number)
	row.Set(out, "patient_id", p.number)
	row.Set(out, "puuid", p.id)
	row.Set(out, "patient_uuid", p.id)
	changed := stampOf(v.Updated)
	row.Set(out, "modifydate", changed)
	row.Set(out, "last_updated_time", changed)
	recorded := stamp(i.recorded)
	if recorded == "" {
		recorded = changed
	}
	row.Set(out, "date", recorded)
	for name, value := range map[string]string{"begdate": stamp(i.begin), "enddate": stamp(i.end), "comments": i.comments} {
		if value != "" {
			row.Set(out, name, value)
		}
	}
	active := int64(0)
	if i.active {
		active = 1
	}
	row.Set(out, "activity", active)
}

// past reports whether a FHIR moment lies before now; a day has passed when it is over.
func past(dateTime string, now time.Time) bool {
	s := stamp(dateTime)
	return s != "" && s <= stampOf(now)
}

// noteText returns the text of the first note.
func noteText(notes []r4.Annotation) string {
	if len(notes) == 0 {
		return ""
	}
	return notes[0].Text.V
}

// withNote sets the text of the first note; an empty one removes it.
func withNote(notes []r4.Annotation, text string) []r4.Annotation {
	switch {
	case text == "" && len(notes) > 0:
		return notes[1:]
	case text == "":
		return notes
	case len(notes) == 0:
		return []r4.Annotation{{Text: fhir.NewMarkdown(text)}}
	}
	notes[0].Text = fhir.NewMarkdown(text)
	return notes
}

// links of a record that cannot have several pages.
func alone(ctx context.Context, d *Desk, path string) api.Links {
	return api.Links{First: d.cfg.Address(ctx) + path}
}
