package record

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/invariant"
	"chartwright/internal/fhir/validate"
	"chartwright/internal/setting"
)

// Draft is a resource made ready to be stored: validated, indexed, encoded. Making it needs no transaction, so many can be
// made at once while the writer is busy with others.
type Draft struct {
	chart.Key
	Resource r4.Resource // must not change any more
	Owner    string      // as in chart.Version
	Fresh    bool        // the id was made up for this draft: nobody else can have it
	write    chart.Write // prepared, but for what only the transaction knows
	defines  bool        // a search parameter of the site
}

var rowsPool = sync.Pool{New: func() any { return new(index.Rows) }}

// Draft makes r ready to be stored under id; an empty id gets a fresh one. It sets r's id, removes meta.versionId and
// meta.lastUpdated, which the store supplies, and keeps r: the caller must not change it afterwards. Safe for concurrent use.
//
// Errors: Unprocessable with one issue an element if r breaks a rule of its definition; Invalid for a malformed id.
func (b *Book) Draft(ctx context.Context, r r4.Resource, id string) (*Draft, error) {
	const op = "record.draft"
	fresh := id == ""
	if fresh {
		id = b.records.NewID()
	} else if !ValidID(id) {
		return nil, fault.At(op, r.Type().Name+".id", "an id has 1 to 64 letters, digits, dots and hyphens")
	}
	*r.IDField() = fhir.ID{V: id}
	if meta := r.MetaField(); *meta != nil {
		stripMeta(meta)
	}
	settings, err := b.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if settings.Validation != setting.Off {
		issues, err := broken(ctx, r, settings.Validation == setting.Full)
		if err != nil {
			return nil, err
		}
		if len(issues) > 0 {
			return nil, &fault.Error{Kind: fault.Unprocessable, Op: op, Detail: "the resource breaks a rule of its definition", Issues: issues}
		}
	}
	defines, err := b.defines(ctx, r)
	if err != nil {
		return nil, err
	}
	body, err := r4.Marshal(r)
	if err == nil && b.records.shorten(b.site.Name(), r, body) {
		body, err = r4.Marshal(r)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	if hasControl(body) {
		return nil, fault.New(fault.Unprocessable, op, "control characters other than tab, line feed and carriage return are not allowed in any text")
	}
	rows := rowsPool.Get().(*index.Rows)
	defer rowsPool.Put(rows)
	rows.Reset()
	generation, err := b.index(ctx, r, rows)
	if err != nil {
		return nil, err
	}
	d := &Draft{Key: chart.Key{Type: r.Type().Name, ID: id}, Resource: r, Owner: r4search.Owner(r, rows), Fresh: fresh, defines: defines}
	d.write = chart.Write{Key: d.Key, Body: body, Rows: rows, Owner: d.Owner, Generation: generation}
	b.site.Prepare(&d.write)
	d.write.Rows = nil // they go back to the pool
	return d, nil
}

// hasControl reports whether canonical JSON holds a control character that no text of a resource may have, so that it could be
// written and never be read again. The canonical form has them as \u00xx, and nothing else in that form.
func hasControl(body []byte) bool {
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte(`\u00`))
		if i < 0 {
			return false
		}
		i += at
		backslashes := 0
		for i-backslashes > 0 && body[i-backslashes-1] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return true
		}
		at = i + len(`\u00`)
	}
}

// shorten makes absolute references to resources of the site relative, and reports whether there were any: where a server is
// reached must not decide what its records mean, and a search by reference finds one form only. Body is r's JSON.
func (r *Records) shorten(site string, res r4.Resource, body []byte) (changed bool) {
	if r.cfg.Bases == nil {
		return false
	}
	for _, base := range r.cfg.Bases(site) {
		base = strings.TrimSuffix(base, "/") + "/"
		if !bytes.Contains(body, []byte(base)) {
			continue
		}
		fhir.WalkReferences(res, func(ref *string) {
			if rest, ok := strings.CutPrefix(*ref, base); ok {
				*ref, changed = rest, true
			}
		})
	}
	return changed
}

// stripMeta removes what the store supplies, and the whole element if nothing is left.
func stripMeta(meta **r4.Meta) {
	m := **meta
	m.VersionID, m.LastUpdated = fhir.ID{}, fhir.Instant{}
	if m.ID == "" && m.Extension == nil && m.Source.V == "" && m.Source.X == nil && m.Profile == nil && m.Security == nil && m.Tag == nil {
		*meta = nil
		return
	}
	*meta = &m
}

// broken are the rules of its definition that r breaks, so that it can't be stored: those of the tables, or in full those in FHIRPath too.
func broken(ctx context.Context, r r4.Resource, full bool) ([]fault.Issue, error) {
	if !full {
		return validate.Resource(r, validate.Structure), nil // all of them refuse
	}
	issues, err := Findings(ctx, r)
	return slices.DeleteFunc(issues, func(i fault.Issue) bool { return !i.Refuses() }), err
}

// Findings are all that can be said against r by its definition: by the tables of its type, and by its rules in FHIRPath.
//
// Errors: those of ctx.
func Findings(ctx context.Context, r r4.Resource) ([]fault.Issue, error) {
	broken, err := invariant.Check(ctx, r)
	return append(validate.Resource(r, validate.Full), broken...), err
}

// ValidID reports whether id has the form of a logical id. https://hl7.org/fhir/R4/datatypes.html#id
func ValidID(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}
