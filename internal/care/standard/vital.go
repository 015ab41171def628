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
	forms, err := d.vitalForms(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]api.Vital, 0, len(forms))
	for _, f := range forms {
		v, err := d.vitalRow(ctx, f, e, p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *v)
	}
	rows, _ = cut(ctx, d, l, rows)
	return api.ListVitals200JSONResponse(rows), nil
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
	_, v, err := within[*r4.Observation](ctx, d, "Observation", ref, patient.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	forms, err := d.vitalForms(ctx, encounter.ID)
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

// vitalForms returns the forms of an encounter, the newest first.
func (d *Desk) vitalForms(ctx context.Context, encounter string) ([]*vitalForm, error) {
	all, err := d.every(ctx, "Observation", url.Values{"encounter": {"Encounter/" + encounter}, "category": {systemObservationCategory + "|vital-signs"}})
	if err != nil {
		return nil, err
	}
	free := map[string]*entry{}
	for _, e := range all {
		free[e.version.ID] = e
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
	q.Set("_count", "200")
	var all []*entry
	for {
		found, err := d.book.Find(ctx, typ, q)
		if err != nil {
			return nil, err
		}
		for i, r := range found.Resources {
			all = append(all, d.keep(r, found.Versions[i]))
		}
		if found.Next == "" {
			break
		}
		if len(all) > maxScanned {
			return nil, fault.New(fault.TooCostly, "standard.every", "there are too many records")
		}
		q.Set(record.After, found.Next)
	}
	slices.SortFunc(all, func(a, b *entry) int { return cmp.Compare(a.version.Number, b.version.Number) })
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
	err = d.book.Write(ctx, nil, func(u *record.Unit) error {
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
