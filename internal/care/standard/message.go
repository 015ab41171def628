package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// noteCategory marks the Communications that are messages of this API.
const noteCategory = codeSystemOfOur + "note-type"

// CreateMessage writes an internal message about a patient.
func (s *Server) CreateMessage(ctx context.Context, r api.CreateMessageRequestObject) (api.CreateMessageResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	c := &r4.Communication{Subject: reference("Patient", p.ID), Sent: instant(d.now())}
	d.applyMessage(c, r.Body)
	v, err := d.create(ctx, c)
	if err != nil {
		return nil, err
	}
	return api.CreateMessage201JSONResponse{Mid: v.Number}, nil
}

// UpdateMessage appends to a message and replaces its other fields.
func (s *Server) UpdateMessage(ctx context.Context, r api.UpdateMessageRequestObject) (api.UpdateMessageResponseObject, error) {
	d := s.Desk(ctx)
	c, v, err := d.message(ctx, r.Pid, r.Mid)
	if err != nil {
		return nil, err
	}
	d.applyMessage(c, r.Body)
	if _, err := d.update(ctx, c, v); err != nil {
		return nil, err
	}
	return api.UpdateMessage200JSONResponse{Mid: r.Mid}, nil
}

// DeleteMessage deletes a message.
func (s *Server) DeleteMessage(ctx context.Context, r api.DeleteMessageRequestObject) (api.DeleteMessageResponseObject, error) {
	d := s.Desk(ctx)
	_, v, err := d.message(ctx, r.Pid, r.Mid)
	if err != nil {
		return nil, err
	}
	return api.DeleteMessage200JSONResponse(true), d.remove(ctx, v)
}

// message finds a message about a patient. Errors: NotFound.
func (d *Desk) message(ctx context.Context, pid, ref string) (*r4.Communication, *chart.Version, error) {
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return nil, nil, err
	}
	return within[*r4.Communication](ctx, d, "Communication", ref, p.ID)
}

var messageHome = fields("body title")

// applyMessage changes a message as a body says. Its text is the last of the payloads, under a line that says when and between
// whom.
func (d *Desk) applyMessage(c *r4.Communication, in *api.MessageInput) {
	c.Extension = carry(c.Extension, in, messageHome)
	if in.Title != nil {
		c.Category = []r4.CodeableConcept{*conceptPointer(noteCategory, *in.Title, *in.Title)}
	}
	if in.MessageStatus != nil || c.Status.V == "" {
		c.Status = fhir.NewCode("in-progress")
		if some(in.MessageStatus) == "Done" {
			c.Status = fhir.NewCode("completed")
		}
	}
	if in.Body == nil {
		return
	}
	from, to := carriedText(c.Extension, "from"), carriedText(c.Extension, "to")
	text := fhir.NewString(d.now().Format("2006-01-02 15:04") + " (" + from + " to " + to + ") " + *in.Body)
	c.Payload = append(c.Payload, r4.CommunicationPayload{Content: &text})
}
