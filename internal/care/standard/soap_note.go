package standard

import (
	"context"
	"html"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A SOAP note is a Composition of LOINC type 34109-9 with a section for each of its four parts.
const noteType = "34109-9"

// soapSections are the parts of a note and their LOINC codes.
var soapSections = []struct{ field, code, title string }{
	{"subjective", "61150-9", "Subjective"},
	{"objective", "61149-1", "Objective"},
	{"assessment", "51848-0", "Assessment"},
	{"plan", "18776-5", "Plan"},
}

// ListSoapNotes answers the notes of an encounter, the newest first.
func (s *Server) ListSoapNotes(ctx context.Context, r api.ListSoapNotesRequestObject) (api.ListSoapNotesResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listSoapNotes"), "/api/patient/"+r.Pid+"/encounter/"+r.Eid+"/soap_note", "Composition", &r.Params)
	if err != nil {
		return nil, err
	}
	e, p, err := d.encounterIn(ctx, r.Pid, r.Eid)
	if err != nil {
		return nil, err
	}
	l.by("encounter", "Encounter/"+e.ID).by("type", systemLOINC+"|"+noteType).otherwise("-date")
	rows, _, err := collect(ctx, d, l, func(_ context.Context, r r4.Resource, v *chart.Version) (*api.SoapNote, error) {
		return soapRow(r.(*r4.Composition), v, p), nil
	})
	return api.ListSoapNotes200JSONResponse(rows), err
}

// GetSoapNote answers one note of an encounter.
func (s *Server) GetSoapNote(ctx context.Context, r api.GetSoapNoteRequestObject) (api.GetSoapNoteResponseObject, error) {
	c, v, p, err := s.Desk(ctx).soapNote(ctx, r.Pid, r.Eid, r.Sid)
	if err != nil {
		return nil, err
	}
	return api.GetSoapNote200JSONResponse(*soapRow(c, v, p)), nil
}

// CreateSoapNote writes a note.
func (s *Server) CreateSoapNote(ctx context.Context, r api.CreateSoapNoteRequestObject) (api.CreateSoapNoteResponseObject, error) {
	d := s.Desk(ctx)
	e, p, err := d.encounterIn(ctx, r.Pid, r.Eid)
	if err != nil {
		return nil, err
	}
	author, err := d.performer(ctx)
	if err != nil {
		return nil, err
	}
	if author == nil {
		author = &r4.Reference{Display: fhir.NewString(orElse(caller(ctx).UserName, "unknown"))}
	}
	c := &r4.Composition{
		Status: fhir.NewCode("final"), Type_: conceptPointer(systemLOINC, noteType, "Note"), Title: fhir.NewString("SOAP note"),
		Subject: reference("Patient", p.ID), Encounter: reference("Encounter", e.ID), Date: instant(d.now()), Author: []r4.Reference{*author},
	}
	c.Extension = keep(keep(c.Extension, "user", caller(ctx).UserName), "groupname", "Default")
	applySoap(c, r.Body)
	v, err := d.create(ctx, c)
	if err != nil {
		return nil, err
	}
	return api.CreateSoapNote201JSONResponse{Sid: v.Number, Fid: v.Number}, nil
}

// UpdateSoapNote replaces the four parts of a note.
func (s *Server) UpdateSoapNote(ctx context.Context, r api.UpdateSoapNoteRequestObject) (api.UpdateSoapNoteResponseObject, error) {
	d := s.Desk(ctx)
	c, v, _, err := d.soapNote(ctx, r.Pid, r.Eid, r.Sid)
	if err != nil {
		return nil, err
	}
	applySoap(c, r.Body)
	if _, err := d.update(ctx, c, v); err != nil {
		return nil, err
	}
	return api.UpdateSoapNote200JSONResponse{Sid: r.Sid}, nil
}

// soapNote finds the note that a path names. Errors: NotFound.
func (d *Desk) soapNote(ctx context.Context, pid, eid, ref string) (c *r4.Composition, v, patient *chart.Version, err error) {
	e, patient, err := d.encounterIn(ctx, pid, eid)
	if err != nil {
		return nil, nil, nil, err
	}
	c, v, err = within[*r4.Composition](ctx, d, "Composition", ref, patient.ID)
	if err == nil && (idOf(c.Encounter, "Encounter") != e.ID || !isCode(c.Type_, vitalCode{code: noteType})) {
		err = fault.New(fault.NotFound, "standard.soap_note", "there is no such note in this encounter")
	}
	return c, v, patient, err
}

// applySoap replaces the parts of a note; other sections stay.
func applySoap(c *r4.Composition, in *api.SoapNoteInput) {
	values := row.Texts(in)
	var sections []r4.CompositionSection
	for _, s := range c.Section {
		if soapField(&s) == "" {
			sections = append(sections, s)
		}
	}
	for _, part := range soapSections {
		if v := values[part.field]; v != "" {
			sections = append(sections, r4.CompositionSection{
				Title: fhir.NewString(part.title), Code: conceptPointer(systemLOINC, part.code, ""),
				Text: &r4.Narrative{Status: fhir.NewCode("generated"), Div: fhir.Of[fhir.XHTML](narrative(v))},
			})
		}
	}
	c.Section = sections
}

// soapField returns the part of a note that a section is; empty if it is none.
func soapField(s *r4.CompositionSection) string {
	for _, part := range soapSections {
		if isCode(s.Code, vitalCode{code: part.code}) {
			return part.field
		}
	}
	return ""
}

const (
	divStart = `<div xmlns="http://www.w3.org/1999/xhtml">`
	divEnd   = "</div>"
)

// narrative writes a text as XHTML that shows it line by line. https://hl7.org/fhir/R4/narrative.html
func narrative(text string) string {
	return divStart + strings.ReplaceAll(html.EscapeString(text), "\n", "<br/>") + divEnd
}

// plain returns the text of a narrative: what [narrative] wrote comes back as it was, of others the markup goes.
func plain(div string) string {
	div = strings.TrimSuffix(strings.TrimPrefix(div, divStart), divEnd)
	for _, br := range []string{"<br/>", "<br />", "</p>", "</li>"} {
		div = strings.ReplaceAll(div, br, "\n")
	}
	var b strings.Builder
	for div != "" {
		text, rest, tag := strings.Cut(div, "<")
		b.WriteString(text)
		if !tag {
			break
		}
		_, div, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(b.String())
}

// soapRow writes a note as the Standard API has it.
func soapRow(c *r4.Composition, v, patient *chart.Version) *api.SoapNote {
	active := int64(1)
	out := &api.SoapNote{Activity: &active, Authorized: new(int64)}
	carried(c.Extension, out)
	out.ID, out.Pid, out.Date = v.Number, &patient.Number, maybe(stamp(c.Date.V))
	for i := range c.Section {
		if field := soapField(&c.Section[i]); field != "" && c.Section[i].Text != nil {
			row.Set(out, field, plain(c.Section[i].Text.Div.V))
		}
	}
	return out
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
