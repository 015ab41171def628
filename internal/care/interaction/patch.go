package interaction

import (
	"context"
	"encoding/json"
	"errors"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/patch"
)

// The media types of patches. RFC 6902, RFC 7396
const (
	mediaJSONPatch  = "application/json-patch+json"
	mediaMergePatch = "application/merge-patch+json"
)

// The media types of a FHIRPath Patch, which is a Parameters resource.
const (
	mediaFHIR    = "application/fhir+json"
	mediaFHIRXML = "application/fhir+xml"
)

// PatchTypes are the media types that a patch may have, for Accept-Patch.
const PatchTypes = mediaJSONPatch + ", " + mediaMergePatch + ", " + mediaFHIR + ", " + mediaFHIRXML

// Patch changes a resource by a JSON Patch, a JSON Merge Patch or a FHIRPath Patch. The patch is applied to what the caller would read, checked
// like an update, and stored as the next version of exactly the version it was applied to. Who may change a resource and not see it is
// not shown what has become of it.
//
// Errors: Unsupported for another media type; Invalid for a malformed patch; Unprocessable if it does not apply, or if the
// result is no valid resource; NotFound, Gone; PreconditionFailed if the conditions of the headers do not hold, PreconditionRequired if
// the site demands If-Match and there is none.
//
// https://hl7.org/fhir/R4/http.html#patch
func (e *Engine) Patch(ctx context.Context, c *Call) (*Answer, error) {
	p, err := parsePatch(c)
	if err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) { return patchStep(ctx, c, c.key(), p) })
}

// change is a patch that was understood.
type change interface {
	// apply turns the JSON of a resource into that of its next version.
	apply(ctx context.Context, body []byte) ([]byte, error)
	// links replaces every link in the patch by what fn returns for it.
	links(fn func(kind fhir.Link, text string) string) error
}

func parsePatch(c *Call) (change, error) {
	const op = "interaction.patch"
	media := c.Header.media()
	if media == mediaJSONPatch || media == mediaMergePatch {
		if err := checkMembers(c.Body); err != nil {
			return nil, err
		}
	}
	switch media {
	case mediaJSONPatch:
		p, err := parseJSONPatch(c.Body)
		return &jsonPatch{c.Type, p}, err
	case mediaMergePatch:
		return &mergePatch{c.Type, c.Body}, nil
	case mediaFHIR, "application/json", mediaFHIRXML: // the door has turned XML into JSON
		r, err := r4.Unmarshal(c.Body)
		if err != nil {
			return nil, err
		}
		return parseFHIRPathPatch(r)
	}
	return nil, fault.New(fault.Unsupported, op, "a patch is one of %s", PatchTypes)
}

// jsonPatch is a JSON Patch of a resource of type typ. RFC 6902
type jsonPatch struct {
	typ        string
	operations jsonpatch.Patch
}

func (p *jsonPatch) apply(_ context.Context, body []byte) ([]byte, error) {
	return applyJSONPatch(p.operations, p.typ, body)
}

// fhirPathPatch is a FHIRPath Patch. https://hl7.org/fhir/R4/fhirpatch.html
type fhirPathPatch struct {
	text   *r4.Parameters
	parsed *patch.Patch
}

func parseFHIRPathPatch(r r4.Resource) (*fhirPathPatch, error) {
	text, ok := r.(*r4.Parameters)
	if !ok {
		return nil, fault.At("interaction.patch", "resourceType", "a FHIRPath Patch is a Parameters resource")
	}
	parsed, err := patch.Parse(text)
	if err != nil {
		return nil, err
	}
	return &fhirPathPatch{text, parsed}, nil
}

func (p *fhirPathPatch) apply(ctx context.Context, body []byte) ([]byte, error) {
	return p.parsed.Apply(ctx, body)
}

var patchOptions = func() *jsonpatch.ApplyOptions {
	o := jsonpatch.NewApplyOptions()
	o.SupportNegativeIndices = false // RFC 6901 has none
	o.AccumulatedCopySizeLimit = 8 << 20
	return o
}()

// patchStep prepares the patched resource from the version that stands now; if another stands when its turn comes, the step
// is stale.
func patchStep(ctx context.Context, c *Call, key chart.Key, p change) (*step, error) {
	conditions, err := c.Header.conditions()
	if err != nil {
		return nil, err
	}
	if err := changeable(key); err != nil {
		return nil, err
	}
	if c.blind() {
		return nil, errBlind
	}
	now, err := c.book.Glance(ctx, key)
	if err != nil {
		return nil, err
	}
	if err := conditions.admit(key, now); err != nil {
		return nil, err
	}
	body, err := p.apply(ctx, now.AppendJSON(nil))
	if err != nil {
		return nil, err
	}
	if name, ok := typeIn(body); ok && name != key.Type {
		return nil, keptByPatch("resourceType")
	}
	r, err := r4.Unmarshal(body)
	if err != nil {
		return nil, unprocessable(err)
	}
	if r.IDField().V != key.ID {
		return nil, keptByPatch(key.Type + ".id")
	}
	d, err := c.book.Draft(ctx, r, key.ID)
	if err != nil {
		return nil, err
	}
	seen, err := c.sees(ctx, d.Key, d.Owner, d.Resource)
	if err != nil {
		return nil, err
	}
	return &step{book: c.book, draft: d, touch: []chart.Key{key}, apply: func(u *record.Unit) (outcome, error) {
		v, err := u.As(c.book).Put(d, chart.Patch, chart.Expect{Version: now.VID})
		if fault.Is(err, fault.PreconditionFailed) {
			return outcome{}, errStale
		}
		return outcome{status: 200, version: v, unseen: !seen}, err
	}}, nil
}

// keptByPatch is the error of a patch that changes what stays: the element at expression.
func keptByPatch(expression string) error {
	const detail = "a patch changes neither resourceType nor id"
	return &fault.Error{Kind: fault.Unprocessable, Op: "interaction.patch", Detail: detail, Issues: []fault.Issue{{Expression: expression, Detail: detail}}}
}

// typeIn reads the resourceType of a resource; ok is false for what is no JSON object.
func typeIn(body []byte) (name any, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return nil, false
	}
	_ = json.Unmarshal(members["resourceType"], &name) // nil, if it is not there
	return name, true
}

// unprocessable turns the complaint about a body that the caller did not send into one about what he asked for.
func unprocessable(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid {
		c := *f
		c.Kind = fault.Unprocessable
		return &c
	}
	return err
}
