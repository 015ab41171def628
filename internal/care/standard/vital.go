package standard

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A form of vital signs is a panel Observation whose members are the measurements. Measurements that no panel of the encounter
// holds, such as imported ones, make a form with all others of the same time; its number is that of its first measurement.

// ListVitals answers the forms of an encounter, the newest first.
func (s *Server) ListVitals(ctx context.Context, r api.ListVitalsRequestObject) (api.ListVitalsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listVitals"), "/api/patient/"+r.Pid+"/encounter/"+r.Eid+"/vital", "Observation", &r.Params)
	if err != nil {
		return nil, err
	}
	e, p, err := d.encounterIn(ctx, r.Pid, r.Eid)
	if err != nil {
		return nil, err
	}
	rows, err := d.renderedVitals(ctx, e, p)
	if err != nil {
		return nil, err
	}
	rows, _ = cut(ctx, d, l, slices.Clone(rows))
	return vitalPage(rows), nil
}

// renderedVitals returns the forms of an encounter, encoded, the newest first.
func (d *Desk) renderedVitals(ctx context.Context, encounter, patient *chart.Version) ([]rendered[api.Vital], error) {
	found, err := d.vitalsOf(ctx, encounter.ID)
	if err != nil {
		return nil, err
	}
	from := append([]*chart.Version{encounter, patient}, found...)
	return remember(ctx, d, "vitals", from, func() ([]rendered[api.Vital], int, error) {
		forms, err := d.vitalForms(found)
		if err != nil {
			return nil, 0, err
		}
		rows, size := make([]rendered[api.Vital], len(forms)), 0
		for i, f := range forms {
			v, err := d.vitalRow(ctx, f, encounter, patient)
			if err != nil {
				return nil, 0, err
			}
			if rows[i], err = render(v); err != nil {
				return nil, 0, err
			}
			size += rows[i].size()
		}
		return rows, size, nil
	})
}

// GetVital answers one form of an encounter.
func (s *Server) GetVital(ctx context.Context, r api.GetVitalRequestObject) (api.GetVitalResponseObject, error) {
	d := s.Desk(ctx)
	e, p, f, err := d.vitalForm(ctx, r.Pid, r.Eid, r.Vid)
	if err != nil {
		return nil, err
	}
	v, err := d.vitalRow(ctx, f, e, p)
	if err != nil {
		return nil, err
	}
	return api.GetVital200JSONResponse(*v), nil
}

// CreateVital records a form.
func (s *Server) CreateVital(ctx context.Context, r api.CreateVitalRequestObject) (api.CreateVitalResponseObject, error) {
	d := s.Desk(ctx)
	e, p, err := d.encounterIn(ctx, r.Pid, r.Eid)
	if err != nil {
		return nil, err
	}
	panel, err := d.writeVital(ctx, &vitalForm{}, r.Body, p.ID, e.ID)
	if err != nil {
		return nil, err
	}
	return api.CreateVital201JSONResponse{Vid: panel.Number, Fid: panel.Number}, nil
}

// UpdateVital replaces a form: what is not sent is removed.
func (s *Server) UpdateVital(ctx context.Context, r api.UpdateVitalRequestObject) (api.UpdateVitalResponseObject, error) {
	d := s.Desk(ctx)
	e, p, f, err := d.vitalForm(ctx, r.Pid, r.Eid, r.Vid)
	if err != nil {
		return nil, err
	}
	if _, err := d.writeVital(ctx, f, r.Body, p.ID, e.ID); err != nil {
		return nil, err
	}
	return api.UpdateVital200JSONResponse{Vid: r.Vid}, nil
}

// vitalForm is one form: its panel, if it has one, and its measurements.
type vitalForm struct {
	panel   *entry
	members []*entry
	time    string // as FHIR writes it
}

// head is what the form has its number from.
func (f *vitalForm) head() *chart.Version {
	if f.panel != nil {
		return f.panel.version
	}
	return f.members[0].version
}

func (f *vitalForm) holds(key chart.Key) bool {
	return f.head().Key == key || slices.ContainsFunc(f.members, func(m *entry) bool { return m.version.Key == key })
}

func (e *entry) observation() *r4.Observation { return e.resource.(*r4.Observation) }

// vitalForm finds the form of an encounter that ref names by itself or by one of its measurements. Errors: NotFound.
func (d *Desk) vitalForm(ctx context.Context, pid, eid, ref string) (encounter, patient *chart.Version, f *vitalForm, err error) {
	if encounter, patient, err = d.encounterIn(ctx, pid, eid); err != nil {
		return nil, nil, nil, err
	}
	v, err := d.storedWithin(ctx, "Observation", ref, patient.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	found, err := d.vitalsOf(ctx, encounter.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	forms, err := d.vitalForms(found)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, f := range forms {
		if f.holds(v.Key) {
			return encounter, patient, f, nil
		}
	}
	return nil, nil, nil, fault.New(fault.NotFound, "standard.vital", "there is no such form in this encounter")
}

// vitalsOf returns the vital signs of an encounter in the order of their numbers.
func (d *Desk) vitalsOf(ctx context.Context, encounter string) ([]*chart.Version, error) {
	return d.everyStored(ctx, "Observation", url.Values{"encounter": {"Encounter/" + encounter}, "category": {systemObservationCategory + "|vital-signs"}})
}

// vitalForms makes forms of the vital signs of an encounter, the newest first.
func (d *Desk) vitalForms(found []*chart.Version) ([]*vitalForm, error) {
	all := make([]*entry, len(found))
	free := make(map[string]*entry, len(found))
	for i, v := range found {
		e, err := d.open(v)
		if err != nil {
			return nil, err
		}
		all[i], free[v.ID] = e, e
	}
	var forms []*vitalForm
	for _, e := range all {
		o := e.observation()
		if !isCode(o.Code, panelCode) {
			continue
		}
		f := &vitalForm{panel: e, time: dateTimeOf(o.Effective)}
		for i := range o.HasMember {
			id := idOf(&o.HasMember[i], "Observation")
			if m := free[id]; m != nil {
				f.members = append(f.members, m)
				delete(free, id)
			}
		}
		delete(free, e.version.ID)
		forms = append(forms, f)
	}
	loose := map[string]*vitalForm{}
	for _, e := range all {
		o := e.observation()
		if free[e.version.ID] == nil || measureOf(o) == nil {
			continue
		}
		at := dateTimeOf(o.Effective)
		if loose[at] == nil {
			loose[at] = &vitalForm{time: at}
			forms = append(forms, loose[at])
		}
		loose[at].members = append(loose[at].members, e)
	}
	slices.SortStableFunc(forms, func(a, b *vitalForm) int {
		return cmp.Or(strings.Compare(stamp(b.time), stamp(a.time)), cmp.Compare(b.head().Number, a.head().Number))
	})
	return forms, nil
}

// every returns all resources that a search finds, in the order of their numbers.
func (d *Desk) every(ctx context.Context, typ string, q url.Values) ([]*entry, error) {
	found, err := d.everyStored(ctx, typ, q)
	if err != nil {
		return nil, err
	}
	all := make([]*entry, len(found))
	for i, v := range found {
		if all[i], err = d.open(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// everyStored is [Desk.every] without decoding.
func (d *Desk) everyStored(ctx context.Context, typ string, q url.Values) ([]*chart.Version, error) {
	q.Set("_count", "200")
	var all []*chart.Version
	for {
		found, err := d.search(ctx, typ, q)
		if err != nil {
			return nil, err
		}
		for _, v := range found.Matches {
			all = append(all, d.note(v))
		}
		if found.Next == "" {
			break
		}
		if len(all) > maxScanned {
			return nil, fault.New(fault.TooCostly, "standard.every", "there are too many records")
		}
		q.Set(record.After, found.Next)
	}
	slices.SortFunc(all, func(a, b *chart.Version) int { return cmp.Compare(a.Number, b.Number) })
	return all, nil
}

// writeVital brings a form to what a body says, in one transaction. A form without a panel gets one.
func (d *Desk) writeVital(ctx context.Context, f *vitalForm, in *api.VitalInput, patient, encounter string) (*chart.Version, error) {
	panel, old := newObservation(panelCode, patient, encounter), (*chart.Version)(nil)
	if f.panel != nil {
		panel, old = f.panel.observation(), f.panel.version
	}
	at := f.time
	if some(in.Date) != "" || at == "" {
		m, ok := moment(some(in.Date))
		if !ok {
			return nil, invalidDate("date")
		}
		if at = m.V; at == "" {
			at = instant(d.now()).V
		}
	}
	when := fhir.NewDateTime(at)
	panel.Effective = &when
	panel.Note = withNote(panel.Note, some(in.Note))
	panel.Extension = recarry(panel.Extension, in, vitalHome)
	performer, err := d.performer(ctx)
	if err != nil {
		return nil, err
	}
	if performer != nil && panel.Performer == nil {
		panel.Performer = []r4.Reference{*performer}
	}
	says := reading{values: row.Texts(in)}
	if in.Details != nil {
		says.details = *in.Details
	}
	var head *chart.Version
	err = d.write(ctx, nil, func(u *record.Unit) error {
		panel.HasMember = nil
		used := map[chart.Key]bool{}
		for i := range measures {
			m := &measures[i]
			o, member := m.find(f.members)
			if o == nil {
				o = newObservation(m.code, patient, encounter)
			}
			if !m.apply(o, says) {
				continue
			}
			o.Effective, o.Performer = panel.Effective, panel.Performer
			v, err := put(u, o, member)
			if err != nil {
				return err
			}
			used[v.Key] = true
			panel.HasMember = append(panel.HasMember, *reference("Observation", v.ID))
		}
		for _, e := range f.members {
			if used[e.version.Key] {
				continue
			}
			if measureOf(e.observation()) == nil { // a member that forms have no field for stays
				panel.HasMember = append(panel.HasMember, *reference("Observation", e.version.ID))
				continue
			}
			if _, err := u.Delete(e.version.Key, chart.Expect{Version: e.version.VID}); err != nil {
				return err
			}
		}
		var err error
		head, err = put(u, panel, old)
		return err
	})
	return head, err
}

// put writes a new resource, or the next version of one that was read as old.
func put(u *record.Unit, r r4.Resource, old *chart.Version) (*chart.Version, error) {
	if old == nil {
		return u.Create(r)
	}
	return u.Update(r, chart.Expect{Version: old.VID})
}

// performer is the caller as a reference; nil if he is no practitioner of the record.
func (d *Desk) performer(ctx context.Context) (*r4.Reference, error) {
	ref := &r4.Reference{Reference: fhir.NewString(caller(ctx).FHIRUser)}
	if e, err := d.follow(ctx, ref); e == nil || err != nil {
		return nil, err
	}
	return ref, nil
}
