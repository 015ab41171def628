package interaction

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/bundle"
	"chartwright/internal/fhir/search"
)

// maxEntries bounds the entries of a batch or transaction.
const maxEntries = 4500

// batchWorkers is how many entries of a batch are worked on at once; concurrent writes share commits.
const batchWorkers = 16

// Batch does what each entry of a Bundle asks for: independently of each other (batch), or all or nothing (transaction).
// Every entry passes the access decision by itself.
//
// Errors: Invalid if the Bundle is malformed or of another type; TooLarge for too many entries; of a transaction, those of the
// first entry that fails, with its place in the Bundle.
//
// https://hl7.org/fhir/R4/http.html#transaction
func (e *Engine) Batch(ctx context.Context, c *Call) (*Answer, error) {
	b := c.Bundle
	if b == nil {
		var err error
		if b, err = bundle.Scan(c.Body, maxEntries); err != nil {
			return nil, err
		}
	}
	if c.Entries != nil {
		c.Entries(len(b.Entries))
	}
	if b.Type != "batch" && b.Type != "transaction" {
		return nil, fault.At("interaction.batch", "Bundle.type", "batch or transaction is expected here")
	}
	record.OriginFrom(ctx).Operation = b.Type
	grant, err := access.Authorize(c.Subject, access.Request{API: access.FHIR, Operation: b.Type}, c.Policy)
	if err != nil {
		return nil, e.refuse(ctx, c, 0, "Bundle", err)
	}
	c.book = c.book.With(grant)
	if b.Type == "transaction" {
		return e.transaction(ctx, c, b)
	}
	return e.batch(ctx, c, b), nil
}

// batch answers each entry by itself, in the order of the verbs that the standard asks for.
func (e *Engine) batch(ctx context.Context, c *Call, b *bundle.Bundle) *Answer {
	done := make([]result, len(b.Entries))
	calls := make([]*Call, len(b.Entries))
	for i := range b.Entries {
		var err error
		if calls[i], err = e.entryCall(c, &b.Entries[i]); err != nil {
			done[i].err = ofEntry(i, err)
		}
	}
	for phase := range phases {
		var turn []int
		for i, sub := range calls {
			if sub != nil && phaseOf(sub.Method, sub.Interaction) == phase {
				turn = append(turn, i)
			}
		}
		parallel(len(turn), batchWorkers, func(n int) {
			i := turn[n]
			origin := *record.OriginFrom(ctx)
			done[i].answer, done[i].err = e.Do(record.WithOrigin(ctx, &origin), calls[i])
			done[i].err = ofEntry(i, done[i].err)
			done[i] = done[i].to(calls[i])
		})
	}
	return &Answer{Status: http.StatusOK, Body: &resultBundle{typ: "batch-response", base: c.Base, results: done, reference: record.OriginFrom(ctx).RequestID}}
}

// The phases of a Bundle, by verb: DELETE, POST, PUT and PATCH, GET and HEAD.
// https://hl7.org/fhir/R4/http.html#trules
const (
	phaseDelete = iota
	phaseCreate
	phaseUpdate
	phaseRead
	phases
)

func phaseOf(method string, i r4route.Interaction) int {
	if method == http.MethodGet || method == http.MethodHead {
		return phaseRead
	}
	switch i {
	case r4route.Delete, r4route.DeleteConditional:
		return phaseDelete
	case r4route.Create, r4route.OperationSystem, r4route.OperationType, r4route.OperationInstance:
		return phaseCreate
	case r4route.Update, r4route.UpdateConditional, r4route.Patch, r4route.PatchConditional:
		return phaseUpdate
	}
	return phaseRead
}

// entryCall turns an entry into a call of its own.
//
// Errors: Invalid with what of the entry is at fault, as [entryItself] has it; those of [Route].
func (e *Engine) entryCall(c *Call, entry *bundle.Entry) (*Call, error) {
	const op = "interaction.entry"
	req := entry.Request
	if req == nil {
		return nil, fault.At(op, entryItself+".request", "an entry of a batch or transaction has a request")
	}
	if req.URL == "" {
		return nil, fault.At(op, entryItself+".request.url", "the request of an entry has a url")
	}
	if req.IfModifiedSince != "" {
		if _, err := time.Parse(time.RFC3339Nano, req.IfModifiedSince); err != nil {
			return nil, fault.At(op, entryItself+".request.ifModifiedSince", "an instant such as 2026-01-31T08:00:00Z is expected")
		}
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(req.URL, c.Base), "?")
	if strings.Contains(path, ":") {
		return nil, fault.At(op, entryItself+".request.url", "the URL of an entry is relative to the base of this server")
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil, fault.At(op, entryItself+".request.method", "GET, HEAD, POST, PUT, PATCH or DELETE is expected")
	}
	target, err := RouteFor(c.Policy, req.Method, path)
	if err != nil {
		return nil, err
	}
	if target.Interaction == r4route.Batch {
		return nil, fault.At(op, entryItself+".request.url", "a batch or transaction can't lie in another")
	}
	params, err := search.ParseForm(query)
	if err != nil {
		return nil, err
	}
	sub := &Call{
		Target: target, Method: req.Method, Site: c.Site, Settings: c.Settings, Policy: c.Policy, Subject: c.Subject, Base: c.Base, Authorization: c.Authorization,
		Params: params, Body: entry.Resource, Prefer: c.Prefer, fullURL: entry.FullURL,
		Header: Header{
			ContentType: "application/fhir+json", IfMatch: req.IfMatch, IfNoneMatch: req.IfNoneMatch,
			IfNoneExist: req.IfNoneExist, IfModifiedSince: req.IfModifiedSince,
		},
	}
	if err := sub.ReadShape(); err != nil {
		return nil, err
	}
	if !sub.Prefer.HasReturn {
		sub.Prefer.Return = Minimal
	}
	if req.Method == http.MethodPatch {
		if err := sub.unwrapPatch(); err != nil {
			return nil, err
		}
	}
	return sub, nil
}

// unwrapPatch takes the patch out of the Binary that carries it in a Bundle; a FHIRPath Patch needs none.
//
// https://hl7.org/fhir/R4/http.html#patch
func (c *Call) unwrapPatch() error {
	const op = "interaction.patch"
	r, err := r4.Unmarshal(c.Body)
	if err != nil {
		return Placed(err, entryItself+".resource")
	}
	if r.Type().Name == "Parameters" {
		return nil
	}
	b, ok := r.(*r4.Binary)
	if !ok {
		return fault.At(op, entryItself+".resource", "a patch in a Bundle is a Parameters resource, or a Binary of type %s or %s", mediaJSONPatch, mediaMergePatch)
	}
	c.Header.ContentType = b.ContentType.V
	c.Body, err = base64.StdEncoding.DecodeString(b.Data.V)
	if err != nil {
		return fault.At(op, "Binary.data", "this is not base64")
	}
	return nil
}
