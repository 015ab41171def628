package interaction

import (
	"context"
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

// maxPatchOperations bounds the work of one patch.
const maxPatchOperations = 1000

// Patch changes a resource by a JSON Patch, a JSON Merge Patch or a FHIRPath Patch. The patch is applied to what the caller would read, checked
// like an update, and stored as the next version of exactly the version it was applied to.
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
		p, err := jsonpatch.DecodePatch(c.Body)
		if err != nil {
			return nil, fault.New(fault.Invalid, op, "the body is no JSON Patch")
		}
		if len(p) > maxPatchOperations {
			return nil, fault.New(fault.TooLarge, op, "a patch has at most %d operations", maxPatchOperations)
		}
		if err := checkPointers(p); err != nil {
			return nil, err
		}
		return &jsonPatch{c.Type, p}, nil
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

// mergePatch is a JSON Merge Patch of a resource of type typ. RFC 7396
type mergePatch struct {
	typ  string
	body []byte
}

func (p *mergePatch) apply(_ context.Context, body []byte) ([]byte, error) {
	out, err := jsonpatch.MergePatch(body, p.body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "interaction.patch", "the body is no JSON Merge Patch")
	}
	return out, nil
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
	const op = "interaction.patch"
	conditions, err := c.Header.conditions()
	if err != nil {
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
	r, err := r4.Unmarshal(body)
	if err != nil {
		return nil, unprocessable(err)
	}
	if r.Type().Name != key.Type || r.IDField().V != key.ID {
		return nil, fault.New(fault.Unprocessable, op, "a patch changes neither resourceType nor id")
	}
	d, err := c.book.Draft(ctx, r, key.ID)
	if err != nil {
		return nil, err
	}
	return &step{book: c.book, draft: d, touch: []chart.Key{key}, apply: func(u *record.Unit) (outcome, error) {
		v, err := u.As(c.book).Put(d, chart.Patch, chart.Expect{Version: now.VID})
		if fault.Is(err, fault.PreconditionFailed) {
			return outcome{}, errStale
		}
		return outcome{status: 200, version: v}, err
	}}, nil
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
