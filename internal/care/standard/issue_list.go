package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// issueKind is one of the lists of a chart whose entries have a title, two dates and a diagnosis.
type issueKind struct {
	name, typ, word string
	order           string // FHIR sort keys: the newest first
	// read returns what a resource says; nil if it is no entry of this list.
	read func(r r4.Resource) *issueEntry
	// fresh returns a resource for a new entry.
	fresh func(d *Desk, patient string) r4.Resource
	// apply changes a resource; nil parts of in leave things as they are.
	apply func(d *Desk, r r4.Resource, in conditionBody)
}

// issueEntry is an entry of a list of the chart.
type issueEntry struct {
	issue
	code *r4.CodeableConcept
}

// replacement says everything: what a body leaves out goes, but for the title.
func replacement(title, begin, end, diagnosis *string) conditionBody {
	empty := ""
	for _, p := range []**string{&begin, &end, &diagnosis} {
		if *p == nil {
			*p = &empty
		}
	}
	return conditionBody{title, begin, end, diagnosis}
}

// list answers a page of the list of a patient.
func (k *issueKind) list(ctx context.Context, d *Desk, pid, id string, params any) ([]api.Issue, error) {
	l, err := list(operation(id), "/api/patient/"+pid+"/"+k.word, k.typ, params)
	if err != nil {
		return nil, err
	}
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return nil, err
	}
	rows, _, err := collect(ctx, d, l.by("patient", "Patient/"+p.ID).otherwise(k.order), func(_ context.Context, r r4.Resource, v *chart.Version) (*api.Issue, error) {
		return k.row(r, v, p), nil
	})
	return rows, err
}

// get answers one entry of the list of a patient. Errors: NotFound.
func (k *issueKind) get(ctx context.Context, d *Desk, pid, ref string) (*api.Issue, error) {
	e, p, err := k.entry(ctx, d, pid, ref)
	if err != nil {
		return nil, err
	}
	return k.row(e.resource, e.version, p), nil
}

// add makes an entry and returns its number.
func (k *issueKind) add(ctx context.Context, d *Desk, pid string, in conditionBody) (int64, error) {
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return 0, err
	}
	r := k.fresh(d, p.ID)
	k.apply(d, r, in)
	v, err := d.create(ctx, r)
	if err != nil {
		return 0, err
	}
	return v.Number, nil
}

// change writes an entry anew.
func (k *issueKind) change(ctx context.Context, d *Desk, pid, ref string, in conditionBody) error {
	e, _, err := k.entry(ctx, d, pid, ref)
	if err != nil {
		return err
	}
	k.apply(d, e.resource, in)
	_, err = d.update(ctx, e.resource, e.version)
	return err
}

// remove deletes an entry.
func (k *issueKind) remove(ctx context.Context, d *Desk, pid, ref string) error {
	e, _, err := k.entry(ctx, d, pid, ref)
	if err != nil {
		return err
	}
	return d.remove(ctx, e.version)
}

// entry finds an entry of the list of a patient. Errors: NotFound.
func (k *issueKind) entry(ctx context.Context, d *Desk, pid, ref string) (*entry, *chart.Version, error) {
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return nil, nil, err
	}
	e, err := d.read(ctx, k.typ, ref)
	if err != nil {
		return nil, nil, err
	}
	if e.version.Owner != p.ID || k.read(e.resource) == nil {
		return nil, nil, fault.New(fault.NotFound, "standard."+k.word, "the patient has no such %s", k.name)
	}
	return e, p, nil
}

func (k *issueKind) row(r r4.Resource, v, p *chart.Version) *api.Issue {
	i := k.read(r)
	if i == nil {
		return nil
	}
	out := &api.Issue{Diagnosis: maybe(codeString(i.code))}
	i.kind = k.name
	i.write(out, v, patientOf{p.Number, p.ID})
	return out
}
