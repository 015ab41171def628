package standard

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A list is a ValueSet of the site whose url is listURL and the name of the list. Its options are the concepts that it names; where
// it takes a whole code system, those of the CodeSystem. A site that has neither for a list has those of list.json.
const listURL = "https://chartwright.example/fhir/ValueSet/list/"

// directory is the list of the lists.
const directory = "lists"

// option is one option of a list.
type option struct {
	id, title, notes, codes string
	row                     *api.ListOption
}

// GetList answers the options of a list in their order.
func (s *Server) GetList(ctx context.Context, r api.GetListRequestObject) (api.GetListResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("getList"), "/api/list/"+url.PathEscape(r.ListName), "ValueSet", &r.Params)
	if err != nil {
		return nil, err
	}
	all, err := d.freshOptions(ctx, r.ListName)
	if err != nil {
		return nil, err
	}
	if all == nil {
		return nil, fault.New(fault.NotFound, "standard.list", "there is no such list")
	}
	rows := make([]api.ListOption, len(all))
	for i := range all {
		rows[i] = *all[i].row
	}
	rows, _ = cut(ctx, d, l, rows)
	return api.GetList200JSONResponse(rows), nil
}

// listAge is how long a list that was read serves to word what is read. Rules about bodies and GetList always read anew.
const listAge = 5 * time.Second

// shelf keeps the lists of all sites for a moment, so that reading a patient does not read four lists. Safe for concurrent use.
type shelf struct {
	lists    sync.Map // shelfMark → shelved
	drawn    sync.Map // shelfMark → *drawn
	editions atomic.Int64
}

// shelfMark names a list of a site; name in lower case.
type shelfMark struct{ site, name string }

// shelved is a list as it was read last. Its edition stays while the list stays as it is.
type shelved struct {
	options []option
	edition int64
	at      time.Time
}

// options returns the options of a list in their order; nil if there is no such list. A change to the list shows within
// [listAge].
func (d *Desk) options(ctx context.Context, name string) ([]option, error) {
	x, err := d.shelved(ctx, name)
	if d.making != nil && err == nil {
		d.making.lists = append(d.making.lists, consulted{name, x.edition})
	}
	return x.options, err
}

// shelved returns a list that was read within [listAge].
func (d *Desk) shelved(ctx context.Context, name string) (shelved, error) {
	key := shelfMark{d.book.Site().Name(), strings.ToLower(name)}
	x, ok := d.shelf.lists.Load(key)
	old, _ := x.(shelved)
	if ok && d.now().Sub(old.at) < listAge {
		return old, nil
	}
	all, err := d.freshOptions(ctx, name)
	if err != nil {
		return shelved{}, err
	}
	fresh := shelved{all, old.edition, d.now()}
	if !ok || !reflect.DeepEqual(all, old.options) {
		fresh.edition = d.shelf.editions.Add(1)
	}
	d.shelf.lists.Store(key, fresh)
	return fresh, nil
}

// freshOptions is [Desk.options] as of now. A name that no list has is not read twice in a request, but never kept beyond it.
func (d *Desk) freshOptions(ctx context.Context, name string) ([]option, error) {
	name = strings.ToLower(name)
	if known, ok := d.lists[name]; ok {
		return known, nil
	}
	var all []option
	var err error
	if name == directory {
		all, err = d.directory(ctx)
	} else {
		all, err = d.optionsOf(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if d.lists == nil {
		d.lists = map[string][]option{}
	}
	d.lists[name] = all
	return all, nil
}

// newOption makes the option at a place of a list.
func newOption(list string, at int, extensions []fhir.Extension, code, title string, version *chart.Version) option {
	x := &api.ListOption{Activity: 1, LastUpdated: "1970-01-01 00:00:00"}
	carried(extensions, x)
	x.ListID, x.OptionID, x.Title = list, code, title
	if !version.Updated.IsZero() {
		x.LastUpdated = stampOf(version.Updated)
	}
	x.Timestamp = maybe(x.LastUpdated)
	if x.Seq == 0 {
		x.Seq = int64(at+1) * 10
	}
	return option{id: x.OptionID, title: x.Title, notes: some(x.Notes), codes: x.Codes, row: x}
}

// directory returns the lists that come with the program and those of the site, by title.
func (d *Desk) directory(ctx context.Context) ([]option, error) {
	titles := map[string]string{}
	for _, l := range seeds() {
		titles[l.id] = l.set.Title.V
	}
	own, err := d.every(ctx, "ValueSet", url.Values{"url:below": {strings.TrimSuffix(listURL, "/")}})
	if err != nil {
		return nil, err
	}
	for _, e := range own {
		set := e.resource.(*r4.ValueSet)
		if id, ok := strings.CutPrefix(set.URL.V, listURL); ok {
			titles[id] = orElse(set.Title.V, orElse(set.Name.V, id))
		}
	}
	ids := slices.SortedFunc(maps.Keys(titles), func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(titles[a]), strings.ToLower(titles[b])), strings.Compare(a, b))
	})
	all := make([]option, len(ids))
	for i, id := range ids {
		all[i] = newOption(directory, i, nil, id, titles[id], &chart.Version{})
	}
	return all, nil
}

// option returns one option of a list; the zero option if there is none of that id.
func (d *Desk) option(ctx context.Context, list, id string) (option, error) {
	all, err := d.options(ctx, list)
	if err != nil || id == "" {
		return option{}, err
	}
	for _, o := range all {
		if o.id == id {
			return o, nil
		}
	}
	return option{}, nil
}

// optionFor returns the option of a list that a concept stands for: the one named by its text, or whose notes are its code in
// system, or whose title it has. What is on no list is its own wording.
func (d *Desk) optionFor(ctx context.Context, list string, c *r4.CodeableConcept, system string) (string, error) {
	all, err := d.options(ctx, list)
	if err != nil {
		return "", err
	}
	code, text := codeIn([]r4.CodeableConcept{*c}, system), wording(c)
	for _, match := range []func(option) bool{
		func(o option) bool { return o.id == c.Text.V && (code == "" || o.notes == code) },
		func(o option) bool { return code != "" && o.notes == code && strings.EqualFold(o.title, text) },
		func(o option) bool { return code != "" && o.notes == code },
		func(o option) bool { return code == "" && strings.EqualFold(o.title, text) },
	} {
		if i := slices.IndexFunc(all, match); i >= 0 {
			return all[i].id, nil
		}
	}
	// A language may be more exact than the list: en-US is English.
	if short, _, cut := strings.Cut(code, "-"); cut && system == systemLanguage {
		return d.optionFor(ctx, list, &r4.CodeableConcept{Coding: concept(system, short, "").Coding, Text: c.Text}, system)
	}
	return text, nil
}

// options are the lists as the rules about bodies see them.
type options struct {
	ctx  context.Context // lives inside one call of Check
	desk *Desk
}

var _ form.Options = options{}

// HasOption reports whether option is one of list. A list without options, or that the site does not have, holds everything.
func (o options) HasOption(list, option string) (bool, error) {
	all, err := o.desk.freshOptions(o.ctx, list)
	if err != nil || len(all) == 0 {
		return err == nil, err
	}
	for _, x := range all {
		if x.id == option {
			return true, nil
		}
	}
	return false, nil
}
