package interaction

import (
	"context"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// links is how the resources of a transaction refer to each other and to what is there already: by the fullUrl of an entry
// (urn:uuid:…), whose resource gets its id only now, or by a search (Practitioner?identifier=…).
//
// https://hl7.org/fhir/R4/http.html#trules
type links struct {
	final map[string]string // link → Type/id
	// conditional are the references by search, in the order of their first use.
	conditional []conditionalLink
	// narrative replaces the links that stand in the attributes of XHTML.
	narrative *strings.Replacer
}

type conditionalLink struct {
	match *criteria
	id    string
}

// newLinks collects the addresses under which the entries know each other.
func newLinks(entries []txEntry) *links {
	l := &links{final: make(map[string]string, len(entries))}
	for i := range entries {
		x := &entries[i]
		if x.fullURL == "" || x.id == "" || x.resource == nil {
			continue
		}
		final := x.call.Type + "/" + x.id
		l.final[x.fullURL] = final
		// An entry may call itself http://example.org/fhir/Patient/1 while others refer to Patient/1.
		if relative := relativeOf(x.fullURL, x.call.Type); relative != "" && relative != final {
			l.final[relative] = final
		}
	}
	var pairs []string
	for link, final := range l.final {
		if strings.HasPrefix(link, "urn:uuid:") {
			for _, attribute := range []string{`href="`, `src="`} {
				pairs = append(pairs, attribute+link+`"`, attribute+final+`"`)
			}
		}
	}
	l.narrative = strings.NewReplacer(pairs...)
	return l
}

// relativeOf returns the Type/id at the end of a web address, empty if there is none.
func relativeOf(url, typ string) string {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return ""
	}
	i := strings.LastIndex(url, "/"+typ+"/")
	if i < 0 || !record.ValidID(url[i+len(typ)+2:]) {
		return ""
	}
	return url[i+1:]
}

// collect finds the references of r that need a search, and looks each up once.
//
// Errors: PreconditionFailed if nothing matches or several do; Invalid for criteria that are not understood, and for a
// urn:uuid that no entry has.
func (l *links) collect(ctx context.Context, e *Engine, c *Call, r r4.Resource) (err error) {
	if r == nil {
		return nil
	}
	fhir.WalkReferences(r, func(ref *string) {
		if err != nil {
			return
		}
		if _, known := l.final[*ref]; known {
			return
		}
		typ, _, conditional := strings.Cut(*ref, "?")
		switch {
		case conditional && r4route.Lookup(typ) != nil:
			err = l.find(ctx, e, c, typ, *ref)
		case strings.HasPrefix(*ref, "urn:uuid:"):
			err = fault.New(fault.Invalid, "interaction.links", "no entry has the fullUrl that a reference names")
		}
	})
	return err
}

func (l *links) find(ctx context.Context, e *Engine, c *Call, typ, ref string) error {
	match, err := e.parseCriteria(ctx, c, typ, ref)
	if err != nil {
		return err
	}
	found, err := match.now(ctx)
	if err != nil {
		return err
	}
	if found == nil {
		return fault.New(fault.PreconditionFailed, "interaction.links", "no %s matches a conditional reference", typ)
	}
	l.final[ref] = found.Key.String()
	l.conditional = append(l.conditional, conditionalLink{match, found.ID})
	return nil
}

// rewrite replaces the links in r by what they stand for. Safe for concurrent use on different resources.
func (l *links) rewrite(r r4.Resource) {
	if len(l.final) == 0 {
		return
	}
	fhir.WalkLinks(r, func(link *string) {
		if final, ok := l.final[*link]; ok {
			*link = final
		}
	})
	fhir.WalkNarratives(r, func(div *string) {
		if strings.Contains(*div, "urn:uuid:") {
			*div = l.narrative.Replace(*div)
		}
	})
}

// check makes sure that the searches still find what was prepared for. Errors: errStale if one does not.
func (l *links) check(u *record.Unit) error {
	for i := range l.conditional {
		found, err := l.conditional[i].match.in(u)
		if err != nil {
			return err
		}
		if found == nil || found.ID != l.conditional[i].id {
			return errStale
		}
	}
	return nil
}
