package interaction

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"chartwright/gen/r4route"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/path"
)

// links is how the resources of a transaction refer to each other and to what is there already: by the fullUrl of an entry
// (urn:uuid:…), whose resource gets its id only now, or by a search (Practitioner?identifier=…).
//
// https://hl7.org/fhir/R4/http.html#trules
type links struct {
	final map[string]string // link → Type/id
	// relative are the addresses of the entries without the base of the server that they come from. Empty, if entries of several servers
	// have the same one.
	relative map[string]string // Type/id → Type/id
	// conditional are the references by search, in the order of their first use.
	conditional []conditionalLink
	made        map[string]bool // types of which entries make or change resources, so that a search may find one later
	learnt      map[string]linked
	entries     []txEntry
	// narrative replaces the links that stand in the attributes of XHTML; what holds none of marks has none of them.
	narrative *strings.Replacer
	marks     []string
}

// conditionalLink is a reference by search of entry, and what was prepared for: the resource of this id, none if empty.
type conditionalLink struct {
	ref   string
	entry int
	match *criteria
	id    string
}

// linked is what a reference by search names: the resource of an entry, or one that was there before.
type linked struct {
	entry int // -1: key
	key   chart.Key
}

// newLinks collects the addresses under which the entries know each other.
//
// Errors: Invalid for two entries of one address: which of them a reference means nobody can tell.
func newLinks(entries []txEntry, known map[string]linked) (*links, error) {
	l := &links{final: make(map[string]string, len(entries)), relative: map[string]string{}, made: map[string]bool{}, learnt: known, entries: entries}
	addressed := make(map[string]int, len(entries))
	for i := range entries {
		x := &entries[i]
		if x.patch != nil || x.resource != nil && (x.found == nil || x.call.Interaction != r4route.Create) {
			l.made[x.call.Type] = true
		}
		if x.call.fullURL == "" {
			continue
		}
		if other, twice := addressed[x.call.fullURL]; twice {
			return nil, atEntry(i, fault.At("interaction.links", entryItself+".fullUrl", "Bundle.entry[%d] has the same fullUrl", other))
		}
		addressed[x.call.fullURL] = i
		if x.id == "" || x.resource == nil && x.patch == nil {
			continue
		}
		final := x.call.Type + "/" + x.id
		l.final[x.call.fullURL] = final
		// An entry may call itself http://example.org/fhir/Patient/1 while others refer to Patient/1.
		if typ, id, ok := restful(x.call.fullURL); ok && typ == x.call.Type {
			if _, known := l.final[baseOf(x.call.fullURL)+typ+"/"+id]; !known { // of a version
				l.final[baseOf(x.call.fullURL)+typ+"/"+id] = final
			}
			if other, known := l.relative[typ+"/"+id]; known && other != final {
				final = ""
			}
			l.relative[typ+"/"+id] = final
		}
	}
	l.inNarratives()
	return l, nil
}

// inNarratives prepares the replacement of the links that stand in narratives: those with a scheme, since any other is a page as well.
func (l *links) inNarratives() {
	var pairs []string
	for link, final := range l.final {
		scheme, _, absolute := strings.Cut(link, ":")
		if !absolute {
			continue
		}
		for _, quote := range []string{`"`, `'`} {
			if mark := "=" + quote + scheme + ":"; !slices.Contains(l.marks, mark) {
				l.marks = append(l.marks, mark)
			}
			for _, attribute := range []string{"href=", "src="} {
				pairs = append(pairs, attribute+quote+link+quote, attribute+quote+final+quote)
			}
		}
	}
	l.narrative = strings.NewReplacer(pairs...)
}

// restful takes the type and id out of a URL that looks like that of a resource on a FHIR server: [base/]Type/id[/_history/version]. It is
// not ok for any other, such as a urn:uuid.
//
// https://hl7.org/fhir/R4/references.html#regex
func restful(url string) (typ, id string, ok bool) {
	rest, _, _ := strings.Cut(url, "/_history/")
	i := strings.LastIndexByte(rest, '/')
	if i < 0 {
		return "", "", false
	}
	rest, id = rest[:i], rest[i+1:]
	if typ = rest; strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") {
		typ = rest[strings.LastIndexByte(rest, '/')+1:]
	}
	return typ, id, r4route.Lookup(typ) != nil && record.ValidID(id)
}

// baseOf is the base of the server of a [restful] URL, with the slash behind it; empty for a relative one and for any other.
func baseOf(url string) string {
	typ, _, ok := restful(url)
	if !ok || strings.HasPrefix(url, typ+"/") {
		return ""
	}
	rest, _, _ := strings.Cut(url, "/_history/")
	return strings.TrimSuffix(rest[:strings.LastIndexByte(rest, '/')], typ)
}

// of returns what a link of entry x stands for, if it is one to an entry or by a search. A relative one, Patient/1, means the patient
// of the server that x says it comes from; of an entry that does not say so, the only Patient/1 of the Bundle. It is empty if
// there are several.
//
// https://hl7.org/fhir/R4/bundle.html#references
func (l *links) of(x *txEntry, link string) (final string, known bool) {
	if final, known = l.final[link]; known {
		return final, true
	}
	final, known = l.relative[link]
	if base := baseOf(x.call.fullURL); known && base != "" {
		final, known = l.final[base+link]
	}
	return final, known
}

// collect finds the references of an entry, in its resource or its patch, that need a search, and looks each up once.
//
// Errors: PreconditionFailed if nothing matches and no entry can change that, or if several do; Invalid for criteria that are not
// understood, for a urn:uuid that no entry has, and for an address that several entries have.
func (l *links) collect(ctx context.Context, e *Engine, c *Call, entry int) (err error) {
	wrong := ""
	collect := func(ref string) {
		if err != nil {
			return
		}
		if err = l.meet(ctx, e, c, entry, ref); err != nil {
			wrong = ref
		}
	}
	x := &l.entries[entry]
	switch {
	case x.resource != nil:
		fhir.WalkReferences(x.resource, func(ref *string) { collect(*ref) })
		if err != nil {
			err = allAt(or(placeOf(path.Root(x.resource), wrong), entryItself+".resource"), err)
		}
	case x.patch != nil:
		failed := x.patch.links(func(kind fhir.Link, text string) string {
			if kind == fhir.LinkReference {
				collect(text)
			}
			return text
		})
		if err == nil {
			err = failed
		}
	}
	return err
}

// placeOf is where below e a Reference names ref, as the path of the element; empty if none does. It is for errors, not for each reference.
func placeOf(e *path.Element, ref string) string {
	for _, child := range e.Children() {
		if child.Name == "reference" && e.Node.Type.Name == "Reference" && path.Value(child) == path.String(ref) {
			return child.Path()
		}
		if place := placeOf(child, ref); place != "" {
			return place
		}
	}
	return ""
}

// meet takes note of one reference. Errors: as [links.collect].
func (l *links) meet(ctx context.Context, e *Engine, c *Call, entry int, ref string) error {
	if final, known := l.of(&l.entries[entry], ref); known {
		if final == "" {
			return fault.At("interaction.links", entryItself+".resource", "entries of several servers are %s; a fullUrl tells which one is meant", fault.Shown(ref))
		}
		return nil
	}
	typ, _, conditional := strings.Cut(ref, "?")
	switch {
	case conditional && r4route.Lookup(typ) != nil:
		return l.find(ctx, e, c, entry, typ, ref)
	case strings.HasPrefix(ref, "urn:uuid:"):
		return fault.At("interaction.links", entryItself+".resource", "no entry has the fullUrl %s that a reference names", fault.Shown(ref))
	}
	return nil
}

func (l *links) find(ctx context.Context, e *Engine, c *Call, entry int, typ, ref string) error {
	_, query, _ := strings.Cut(ref, "?")
	match, err := e.criteriaAt(ctx, c, entryItself+".resource", typ, query)
	if err != nil {
		return err
	}
	link := conditionalLink{ref: ref, entry: entry, match: match}
	if to, known := l.learnt[ref]; known {
		if link.id = to.key.ID; to.entry >= 0 {
			link.id = l.entries[to.entry].id
		}
	} else {
		found, err := match.now(ctx)
		switch {
		case err != nil:
			return err
		case found != nil:
			link.id = found.ID
		case !l.made[typ]:
			return link.nowhere(typ)
		}
	}
	l.conditional = append(l.conditional, link)
	if l.final[ref] = ref; link.id != "" {
		l.final[ref] = typ + "/" + link.id
	}
	return nil
}

func (*conditionalLink) nowhere(typ string) error {
	return allAt(entryItself+".resource", fault.New(fault.PreconditionFailed, "interaction.links", "no %s matches a conditional reference", typ))
}

// rewrite replaces the links of an entry by what they stand for. Safe for concurrent use on different entries.
func (l *links) rewrite(x *txEntry) error {
	switch {
	case len(l.final) == 0:
	case x.resource != nil:
		fhir.WalkLinks(x.resource, func(link *string) { *link = l.replaced(x, fhir.LinkAddress, *link) })
		fhir.WalkNarratives(x.resource, func(div *string) { *div = l.replaced(x, fhir.LinkNarrative, *div) })
	case x.patch != nil:
		return x.patch.links(func(kind fhir.Link, text string) string { return l.replaced(x, kind, text) })
	}
	return nil
}

// replaced returns what a link of entry x stands for: itself, if it is none of this transaction.
func (l *links) replaced(x *txEntry, kind fhir.Link, text string) string {
	if kind == fhir.LinkNarrative {
		if slices.ContainsFunc(l.marks, func(mark string) bool { return strings.Contains(text, mark) }) {
			return l.narrative.Replace(text)
		}
		return text
	}
	final, _ := l.of(x, text)
	return cmp.Or(final, text)
}

// check makes sure that the searches, once everything is written, find what was prepared for: conditional references are
// resolved last, so they may name what the transaction itself makes.
//
// Errors: errStale if one finds something else, which t has learnt then; PreconditionFailed for none or several.
//
// https://hl7.org/fhir/R4/http.html#trules
func (l *links) check(u *record.Unit, t *transaction) error {
	for i := range l.conditional {
		link := &l.conditional[i]
		found, err := link.match.in(u)
		switch {
		case err != nil:
			return atEntry(link.entry, err)
		case found == nil:
			typ, _, _ := strings.Cut(link.ref, "?")
			return atEntry(link.entry, link.nowhere(typ))
		case found.ID == link.id:
			continue
		}
		to := linked{entry: -1, key: found.Key}
		if entry, own := t.changed[found.Key]; own {
			to.entry = entry
		}
		t.learnt.links[link.ref] = to
		return errStale
	}
	return nil
}
