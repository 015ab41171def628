package interaction

import (
	"context"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// step is a write that is prepared and waits for its transaction.
type step struct {
	book  *record.Book  // the grant it happens under
	touch []chart.Key   // what apply reads and writes
	draft *record.Draft // nil for deletions
	// apply writes. It may run twice, and it may find that the chart has changed since it was prepared: then it returns
	// errStale, and the whole write is prepared again.
	apply func(u *record.Unit) (outcome, error)
}

// outcome is what a step did.
type outcome struct {
	status  int
	version *chart.Version
	// searched says that criteria named the resource, so that the caller may not know where it is.
	searched bool
	// unseen says that the version holds what the caller has not sent and may not see.
	unseen bool
}

// sees reports whether the caller may read or find a resource of owner that stands under key now, which was made of more than what he sent.
func (c *Call) sees(ctx context.Context, key chart.Key, owner string, r r4.Resource) (bool, error) {
	seen, err := c.may(ctx, access.Read, key, owner, r)
	if err == nil && !seen {
		seen, err = c.may(ctx, access.Search, key, owner, r)
	}
	return seen, err
}

// may reports whether the caller's view for an action holds a resource of owner that stands under key now.
func (c *Call) may(ctx context.Context, action access.Action, key chart.Key, owner string, r r4.Resource) (bool, error) {
	g, err := decide(c, action, key.Type)
	if err == nil {
		err = c.book.With(g).Outside(ctx, key, owner, r)
	}
	if fault.Is(err, fault.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// matched is the outcome of a conditional create whose criteria have found v: nothing was to be done.
func matched(v *chart.Version) outcome { return outcome{status: 200, version: v, searched: true} }

// errStale says that a step was prepared for a state of the chart that has passed.
var errStale = fault.New(fault.Conflict, "interaction.write", "the resource was changed at the same time by others; try again")

// maxAttempts bounds how often a write is prepared again. Each attempt fails only because another write succeeded, so this is how
// many writers of one resource may all be faster.
const maxAttempts = 128

// write prepares one step and applies it in a transaction of its own, again if the chart changed in between.
func (e *Engine) write(ctx context.Context, c *Call, prepare func() (*step, error)) (*Answer, error) {
	var err error
	for range maxAttempts {
		var s *step
		if s, err = prepare(); err != nil {
			return nil, err
		}
		var done outcome
		err = s.book.Write(ctx, s.touch, func(u *record.Unit) error {
			var err error
			done, err = s.apply(u)
			return err
		})
		if err == nil {
			return c.wrote(done), nil
		}
		if err != error(errStale) { //nolint:errorlint // the sentinel itself, never wrapped
			return nil, err
		}
	}
	return nil, err
}

// given makes the step depend on what match finds in the transaction: what it found before, or the step is stale.
func (s *step) given(match *criteria, found *chart.Version) {
	apply := s.apply
	s.apply = func(u *record.Unit) (outcome, error) {
		now, err := match.in(u)
		if err != nil {
			return outcome{}, err
		}
		if !sameResource(now, found) {
			return outcome{}, errStale
		}
		done, err := apply(u)
		done.searched = true
		return done, err
	}
}

// sameResource reports whether a and b are versions of one resource, or both nothing.
func sameResource(a, b *chart.Version) bool {
	return (a == nil) == (b == nil) && (a == nil || a.ID == b.ID)
}

// wrote answers a write as the caller prefers.
//
// https://hl7.org/fhir/R4/http.html#ops
func (c *Call) wrote(done outcome) *Answer {
	a := &Answer{Status: done.status, Version: done.version}
	if done.version == nil || done.version.Deleted() {
		a.Status = 204
		if c.Prefer.Return == OutcomeOnly {
			a.Status, a.Body, a.outcome = 200, allRight("deleted"), true
		}
		return a
	}
	if done.status == 201 || done.searched {
		a.Location = done.version.Key.String() + "/_history/" + itoa(done.version.VID)
	}
	switch c.Prefer.Return {
	case Representation:
		if !done.unseen {
			a.Body = stored{done.version, c.Shape}
		}
	case OutcomeOnly:
		text := "stored"
		switch {
		case done.status == 201:
			text = "created"
		case done.searched && c.Interaction == r4route.Create:
			text = "one resource matches the criteria already; nothing was created"
		}
		a.Body, a.outcome = allRight(text), true
	case Minimal:
	}
	return a
}

// decode reads the resource in the body, which must be of the call's type.
//
// Errors: Invalid with the element at fault.
func (c *Call) decode() (r4.Resource, error) {
	const op = "interaction.body"
	if len(c.Body) == 0 {
		return nil, fault.New(fault.Invalid, op, "the body is empty: %s is expected", c.Type)
	}
	r, err := r4.Unmarshal(c.Body)
	if err != nil {
		return nil, err
	}
	if name := r.Type().Name; name != c.Type {
		return nil, fault.At(op, "resourceType", "the URL says %s, the body holds %s", c.Type, name)
	}
	if err := agree(c.fullURL, r.IDField().V); err != nil {
		return nil, err
	}
	return r, notSubsetted(r)
}

// agree makes sure that the fullUrl of an entry does not name another id than its resource has: "if the fullUrl does look like a RESTful
// server URL …, then the 'id' portion of the fullUrl SHALL end with the Resource.id". That holds for a create as well: though the id is not
// kept, other entries refer to the one or the other. A resource without an id contradicts nothing.
//
// Errors: Invalid. https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl
func agree(fullURL, id string) error {
	if fullURL == "" || id == "" {
		return nil
	}
	if _, named, ok := restful(fullURL); ok && !strings.HasSuffix(named, id) {
		return fault.At("interaction.body", entryItself+".fullUrl", "the fullUrl names another id than the resource has")
	}
	return nil
}

// notSubsetted refuses what was read with _summary or _elements: to store it would lose what was left out.
//
// Errors: Unprocessable. https://hl7.org/fhir/R4/search.html#summary
func notSubsetted(r r4.Resource) error {
	if meta := *r.MetaField(); meta != nil {
		for i := range meta.Tag {
			if tag := &meta.Tag[i]; tag.Code.V == "SUBSETTED" && strings.HasSuffix(tag.System.V, "/v3-ObservationValue") {
				detail := "the tag SUBSETTED says that elements are missing, and they would be lost"
				return &fault.Error{Kind: fault.Unprocessable, Op: "interaction.body", Detail: detail, Issues: []fault.Issue{{
					Code: "incomplete", Expression: r.Type().Name + ".meta.tag[" + strconv.Itoa(i) + "]", Detail: detail,
				}}}
			}
		}
	}
	return nil
}

// checkID makes sure that the body of an update names the resource that the URL names.
func checkID(r r4.Resource, id string) error {
	typ := r.Type().Name
	switch have := r.IDField().V; have {
	case id:
		return nil
	case "":
		return fault.At("interaction.update", typ+".id", "the resource of an update carries its id")
	default:
		return fault.At("interaction.update", typ+".id", "the URL and the resource name different ids")
	}
}

// media returns the media type of the body without its parameters.
func (h *Header) media() string {
	m, _, _ := strings.Cut(h.ContentType, ";")
	return strings.ToLower(strings.TrimSpace(m))
}
