package standard

import (
	"context"
	"slices"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
)

const systemContactRole = "http://terminology.hl7.org/CodeSystem/v2-0131"

// ListEmployers answers a page of a patient's employers: the contacts of the patient in the role of employer, the latest first.
func (s *Server) ListEmployers(ctx context.Context, r api.ListEmployersRequestObject) (api.ListEmployersResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listEmployers"), "/api/patient/"+r.Pid+"/employer", "Patient", &r.Params)
	if err != nil {
		return nil, err
	}
	p, v, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	rows := []api.Employer{}
	for i := range p.Contact {
		if !hasCode(p.Contact[i].Relationship, systemContactRole, "E") {
			continue
		}
		e, err := d.employerRow(ctx, &p.Contact[i], v)
		if err != nil {
			return nil, err
		}
		e.ID = int64(i) + 1
		rows = append(rows, *e)
	}
	slices.SortStableFunc(rows, func(a, b api.Employer) int { return strings.Compare(some(b.Date), some(a.Date)) })
	rows, links := cut(ctx, d, l, rows)
	return api.ListEmployers200JSONResponse{Data: rows, Links: links}, nil
}

func (d *Desk) employerRow(ctx context.Context, c *r4.PatientContact, v *chart.Version) (*api.Employer, error) {
	out := &api.Employer{Pid: v.Number, Puuid: maybe(v.ID)}
	if c.Name != nil {
		out.Name = maybe(orElse(c.Name.Text.V, c.Name.Family.V))
	}
	o, err := d.follow(ctx, c.Organization)
	if err != nil {
		return nil, err
	}
	switch {
	case o != nil:
		if x, ok := o.resource.(*r4.Organization); ok {
			out.Name = maybe(x.Name.V)
		}
	case c.Organization != nil && c.Organization.Display.V != "":
		out.Name = maybe(c.Organization.Display.V)
	}
	if a := c.Address; a != nil {
		out.Street, out.StreetLine2, out.City, out.State = maybe(line(a, 0)), maybe(line(a, 1)), maybe(a.City.V), maybe(a.State.V)
		out.PostalCode, out.Country = maybe(a.PostalCode.V), maybe(a.Country.V)
	}
	if c.Period != nil {
		out.Date = maybe(stamp(c.Period.Start.V))
	}
	return out, nil
}
