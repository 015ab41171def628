package standard

import (
	"context"
	"strconv"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// Desk is one request's view of the record. It remembers what it read, so that a list that names the same facility a hundred
// times reads it once. Not safe for concurrent use.
type Desk struct {
	book  *record.Book
	cfg   *Config
	seen  map[chart.Key]*chart.Version
	memo  map[chart.Key]*entry // what of it was decoded
	lists map[string][]option  // by lower-case name
	state int64                // of the site; negative = not asked

	findings   *findings   // of the server
	shelf      *shelf      // of the server
	renderings *renderings // of the server
	making     *making     // what is being made to be kept; may be nil
}

// entry is a resource and its version.
type entry struct {
	resource r4.Resource
	version  *chart.Version
}

// Desk returns the view of a request, whose Book lies in its context.
func (s *Server) Desk(ctx context.Context) *Desk {
	return &Desk{
		book: record.BookFrom(ctx), cfg: &s.cfg, seen: map[chart.Key]*chart.Version{}, memo: map[chart.Key]*entry{},
		state: -1, findings: s.findings, shelf: &s.shelf, renderings: s.renderings,
	}
}

func (d *Desk) now() time.Time { return d.cfg.Now().UTC() }

// stored returns the version of the resource of type typ that ref, an identifier or a number, names, as it is stored.
//
// Errors: NotFound, also for what was deleted.
func (d *Desk) stored(ctx context.Context, typ, ref string) (*chart.Version, error) {
	v, err := d.find(ctx, typ, ref)
	if d.making != nil {
		d.making.step(typ, ref, v)
	}
	return v, err
}

func (d *Desk) find(ctx context.Context, typ, ref string) (*chart.Version, error) {
	if n, err := strconv.ParseInt(ref, 10, 64); err == nil && n > 0 {
		v, err := d.lookUp(ctx, typ, "#"+ref, func() (*chart.Version, error) { return d.book.ReadNumber(ctx, typ, n) })
		if err == nil {
			return d.note(v), nil
		}
		if !fault.Is(err, fault.NotFound) {
			return nil, missing(err, typ)
		}
	}
	if !record.ValidID(ref) {
		return nil, fault.New(fault.NotFound, "standard.read", "there is no such %s", typ)
	}
	key := chart.Key{Type: typ, ID: ref}
	if v := d.seen[key]; v != nil {
		return v, nil
	}
	v, err := d.lookUp(ctx, typ, ref, func() (*chart.Version, error) { return d.book.Read(ctx, key) })
	if err != nil {
		return nil, missing(err, typ)
	}
	return d.note(v), nil
}

// note remembers what was read.
func (d *Desk) note(v *chart.Version) *chart.Version {
	d.seen[v.Key] = v
	return v
}

// read is [Desk.stored], decoded.
func (d *Desk) read(ctx context.Context, typ, ref string) (*entry, error) {
	v, err := d.stored(ctx, typ, ref)
	if err != nil {
		return nil, err
	}
	return d.open(v)
}

// open decodes a version that was read in this request.
func (d *Desk) open(v *chart.Version) (*entry, error) {
	if e := d.memo[v.Key]; e != nil && e.version == v {
		return e, nil
	}
	r, err := record.Decode(v)
	if err != nil {
		return nil, err
	}
	return d.keep(r, v), nil
}

func (d *Desk) keep(r r4.Resource, v *chart.Version) *entry {
	e := &entry{r, d.note(v)}
	d.memo[v.Key] = e
	return e
}

// missing makes what was deleted look like what never was: these APIs know no difference.
func missing(err error, typ string) error {
	if fault.Is(err, fault.Gone) {
		return fault.New(fault.NotFound, "standard.read", "there is no such %s", typ)
	}
	return err
}

// fetch is [Desk.read] for a known type.
func fetch[T r4.Resource](ctx context.Context, d *Desk, typ, ref string) (T, *chart.Version, error) {
	v, err := d.stored(ctx, typ, ref)
	if err != nil {
		var none T
		return none, nil, err
	}
	return decoded[T](d, v)
}

// decoded is [Desk.open] for a known type.
func decoded[T r4.Resource](d *Desk, v *chart.Version) (T, *chart.Version, error) {
	var none T
	e, err := d.open(v)
	if err != nil {
		return none, nil, err
	}
	r, ok := e.resource.(T)
	if !ok {
		return none, nil, fault.New(fault.Internal, "standard.read", "%s is not what its type says", v.Type)
	}
	return r, v, nil
}

// storedWithin is [Desk.stored] for a record of a patient; a record of another patient is NotFound.
func (d *Desk) storedWithin(ctx context.Context, typ, ref, patient string) (*chart.Version, error) {
	v, err := d.stored(ctx, typ, ref)
	if err == nil && v.Owner != patient {
		return nil, fault.New(fault.NotFound, "standard.read", "there is no such %s of this patient", typ)
	}
	return v, err
}

// within is [fetch] for a record of a patient; a record of another patient is NotFound.
func within[T r4.Resource](ctx context.Context, d *Desk, typ, ref, patient string) (T, *chart.Version, error) {
	v, err := d.storedWithin(ctx, typ, ref, patient)
	if err != nil {
		var none T
		return none, nil, err
	}
	return decoded[T](d, v)
}

// follow returns what a literal reference points to; nil if it is absent, points nowhere or lies outside the caller's view.
func (d *Desk) follow(ctx context.Context, ref *r4.Reference) (*entry, error) {
	typ, id := target(ref)
	if typ == "" {
		return nil, nil
	}
	e, err := d.read(ctx, typ, id)
	if hidden(err) {
		return nil, nil
	}
	return e, err
}

// hidden reports whether err says that there is nothing, or nothing that the caller may see.
func hidden(err error) bool { return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) }

// target splits a relative reference into type and id; both are empty for anything else.
func target(ref *r4.Reference) (typ, id string) {
	if ref == nil {
		return "", ""
	}
	typ, id, ok := strings.Cut(ref.Reference.V, "/")
	id, _, _ = strings.Cut(id, "/_history/")
	if !ok || r4.TypeByName(typ) == nil || !record.ValidID(id) {
		return "", ""
	}
	return typ, id
}

// idOf returns the id that a reference to typ carries.
func idOf(ref *r4.Reference, typ string) string {
	if t, id := target(ref); t == typ {
		return id
	}
	return ""
}

func reference(typ, id string) *r4.Reference {
	return &r4.Reference{Reference: fhir.NewString(typ + "/" + id)}
}

// point returns a reference to the resource of type typ that value, an identifier or a number, names; nil if there is none.
func (d *Desk) point(ctx context.Context, typ, value string) (*r4.Reference, error) {
	if value == "" || value == "0" {
		return nil, nil
	}
	e, err := d.read(ctx, typ, value)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return reference(typ, e.version.ID), nil
}

// patient returns the patient that a path names. Errors: NotFound.
func (d *Desk) patient(ctx context.Context, ref string) (*r4.Patient, *chart.Version, error) {
	return fetch[*r4.Patient](ctx, d, "Patient", ref)
}

// exists turns NotFound into the message that an operation has for a patient that does not exist.
func exists(err error, problem error) error {
	if fault.Is(err, fault.NotFound) {
		return problem
	}
	return err
}

// unknown is the message about a record in the path that does not exist.
func unknown(value string) error {
	return form.Refuse("uuid", "invalid or nonexisting value", "value "+value)
}

// invalid is the message about an identifier that names nothing.
func invalid(field, label string) error {
	return form.Refuse(field, "Callback::INVALID_VALUE", label+" is invalid")
}

// create writes one new resource.
func (d *Desk) create(ctx context.Context, r r4.Resource) (*chart.Version, error) {
	var v *chart.Version
	err := d.write(ctx, nil, func(u *record.Unit) error {
		var err error
		v, err = u.Create(r)
		return err
	})
	return v, err
}

// update writes the next version of a resource that was read as v. A faster writer wins: Conflict.
func (d *Desk) update(ctx context.Context, r r4.Resource, v *chart.Version) (*chart.Version, error) {
	var next *chart.Version
	err := d.write(ctx, []chart.Key{v.Key}, func(u *record.Unit) error {
		var err error
		next, err = u.Update(r, chart.Expect{Version: v.VID})
		return err
	})
	return next, err
}

// remove deletes a resource that was read as v.
func (d *Desk) remove(ctx context.Context, v *chart.Version) error {
	return d.write(ctx, []chart.Key{v.Key}, func(u *record.Unit) error {
		_, err := u.Delete(v.Key, chart.Expect{Version: v.VID})
		return err
	})
}
