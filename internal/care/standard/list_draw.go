package standard

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
)

// drawn are the options of a list and what they were drawn from: the ValueSet that has its address, and the CodeSystems that it
// takes whole. While these are the same versions, so are the options.
type drawn struct {
	options []option
	set     int64    // sequence number; 0 = the site has none
	systems []source // in the order of the ValueSet
}

// source is a CodeSystem, and the sequence number of the version that the site had; 0 = none.
type source struct {
	address string
	seq     int64
}

// optionsOf returns the options of a list as of now; nil if there is none of that name. They must not be changed.
func (d *Desk) optionsOf(ctx context.Context, name string) ([]option, error) {
	seed, id := seeds()[name], name
	if seed != nil {
		id = seed.id
	}
	set, err := d.canonical(ctx, "ValueSet", listURL+id)
	if err != nil || set == nil && seed == nil {
		return nil, err
	}
	key := shelfMark{d.book.Site().Name(), name}
	if x, ok := d.shelf.drawn.Load(key); ok {
		old := x.(*drawn)
		if same, err := d.same(ctx, old, set); same || err != nil {
			return old.options, err
		}
	}
	fresh, err := d.draw(ctx, id, seed, set)
	if err != nil {
		return nil, err
	}
	d.shelf.drawn.Store(key, fresh)
	return fresh.options, nil
}

// same reports whether the site has what x was drawn from.
func (d *Desk) same(ctx context.Context, x *drawn, set *chart.Version) (bool, error) {
	if x.set != seqOf(set) {
		return false, nil
	}
	for _, s := range x.systems {
		v, err := d.canonical(ctx, "CodeSystem", s.address)
		if err != nil || seqOf(v) != s.seq {
			return false, err
		}
	}
	return true, nil
}

// draw makes the options of the list with an id from a ValueSet of the site, or from the list that comes with the program.
func (d *Desk) draw(ctx context.Context, id string, seed *seedList, v *chart.Version) (*drawn, error) {
	x := &drawn{options: []option{}, set: seqOf(v)}
	var set *r4.ValueSet
	if v == nil {
		set, v = seed.set, &chart.Version{}
	} else if r, err := record.Decode(v); err != nil {
		return nil, err
	} else {
		set = r.(*r4.ValueSet)
	}
	if set.Compose == nil {
		return x, nil
	}
	for _, include := range set.Compose.Include {
		for _, c := range include.Concept {
			x.options = append(x.options, newOption(id, len(x.options), c.Extension, c.Code.V, c.Display.V, v))
		}
		if len(include.Concept) > 0 || include.System.V == "" {
			continue
		}
		from, err := d.canonical(ctx, "CodeSystem", include.System.V)
		if err != nil {
			return nil, err
		}
		x.systems = append(x.systems, source{include.System.V, seqOf(from)})
		var system *r4.CodeSystem
		switch {
		case from != nil:
			r, err := record.Decode(from)
			if err != nil {
				return nil, err
			}
			system = r.(*r4.CodeSystem)
		case seed != nil && seed.system.URL.V == include.System.V:
			system, from = seed.system, &chart.Version{}
		default:
			continue
		}
		for _, c := range system.Concept {
			x.options = append(x.options, newOption(id, len(x.options), c.Extension, c.Code.V, c.Display.V, from))
		}
	}
	slices.SortStableFunc(x.options, func(a, b option) int { return cmp.Compare(a.row.Seq, b.row.Seq) })
	return x, nil
}

// canonical returns the resource of the site that a canonical address names; nil if there is none.
func (d *Desk) canonical(ctx context.Context, typ, address string) (*chart.Version, error) {
	found, err := d.search(ctx, typ, url.Values{"url": {searchEscaper.Replace(address)}, "_count": {"1"}})
	if err != nil || len(found.Matches) == 0 {
		return nil, err
	}
	return found.Matches[0], nil
}

func seqOf(v *chart.Version) int64 {
	if v == nil {
		return 0
	}
	return v.Seq
}
