package standard

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A list is a ValueSet of the site whose url is listURL and the name of the list. A site that has no ValueSet for a list has
// the options of list.json; [ListValueSets] makes resources of these.
const listURL = "https://chartwright.example/fhir/ValueSet/list/"

// option is one option of a list.
type option struct {
	id, title, notes, codes string
	row                     *api.ListOption
}

type seedList struct {
	ID      string       `json:"id"`
	Title   string       `json:"title"`
	Options []seedOption `json:"options"`
}

type seedOption struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Notes string `json:"notes"`
	Codes string `json:"codes"`
}

//go:embed list.json
var listData []byte

// seeds are the lists that come with the program, by lower-case name.
var seeds = sync.OnceValue(func() map[string]*r4.ValueSet {
	var lists []seedList
	if err := json.Unmarshal(listData, &lists); err != nil {
		panic("list.json: " + err.Error()) // embedded and tested
	}
	m := make(map[string]*r4.ValueSet, len(lists)+1)
	directory := seedList{ID: "lists", Title: "Lists"}
	for _, l := range lists {
		m[strings.ToLower(l.ID)] = l.valueSet()
		directory.Options = append(directory.Options, seedOption{ID: l.ID, Title: l.Title})
	}
	m["lists"] = directory.valueSet()
	return m
})

// ListValueSets returns the lists that come with the program as resources, by name; for a site that wants to change them. What
// they hold must not be changed, they themselves may be.
func ListValueSets() []*r4.ValueSet {
	var out []*r4.ValueSet
	for _, v := range seeds() {
		c := *v
		// The same id on every site, so that a list that moves with an export replaces its twin.
		c.ID = fhir.NewID("list-" + strings.ReplaceAll(c.Name.V, "_", "-"))
		out = append(out, &c)
	}
	slices.SortFunc(out, func(a, b *r4.ValueSet) int { return strings.Compare(a.URL.V, b.URL.V) })
	return out
}

func (l seedList) valueSet() *r4.ValueSet {
	include := r4.ValueSetComposeInclude{System: fhir.NewURI(codeSystemOfOur + "list/" + l.ID)}
	for i, o := range l.Options {
		c := r4.ValueSetComposeIncludeConcept{Code: fhir.NewCode(o.ID), Display: fhir.NewString(o.Title)}
		for _, f := range [][2]string{{"seq", strconv.Itoa((i + 1) * 10)}, {"notes", o.Notes}, {"codes", o.Codes}} {
			c.Extension = keep(c.Extension, f[0], f[1])
		}
		include.Concept = append(include.Concept, c)
	}
	return &r4.ValueSet{
		URL: fhir.NewURI(listURL + l.ID), Name: fhir.NewString(l.ID), Title: fhir.NewString(l.Title), Status: fhir.NewCode("active"),
		Compose: &r4.ValueSetCompose{Include: []r4.ValueSetComposeInclude{include}},
	}
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
	if len(all) == 0 {
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
type shelf struct{ lists sync.Map } // site and name → shelved

type shelved struct {
	options []option
	at      time.Time
}

// options returns the options of a list in their order; none if there is no such list. A change to the list shows within
// [listAge].
func (d *Desk) options(ctx context.Context, name string) ([]option, error) {
	key := d.book.Site().Name() + " " + strings.ToLower(name)
	if x, ok := d.shelf.lists.Load(key); ok && d.now().Sub(x.(shelved).at) < listAge {
		return x.(shelved).options, nil
	}
	all, err := d.freshOptions(ctx, name)
	if err == nil {
		d.shelf.lists.Store(key, shelved{all, d.now()})
	}
	return all, err
}

// freshOptions is [Desk.options] as of now. A name that no list has is not read twice in a request, but never kept beyond it.
func (d *Desk) freshOptions(ctx context.Context, name string) ([]option, error) {
	name = strings.ToLower(name)
	if known, ok := d.lists[name]; ok {
		return known, nil
	}
	seed := seeds()[name]
	id := name
	if seed != nil {
		id = seed.Name.V
	}
	found, err := d.book.Find(ctx, "ValueSet", url.Values{"url": {listURL + searchEscaper.Replace(id)}, "_count": {"1"}})
	if err != nil {
		return nil, err
	}
	var all []option
	switch {
	case len(found.Resources) > 0:
		all = optionsOf(found.Resources[0].(*r4.ValueSet), id, found.Versions[0])
	case seed != nil:
		all = optionsOf(seed, id, &chart.Version{})
	}
	if d.lists == nil {
		d.lists = map[string][]option{}
	}
	d.lists[name] = all
	return all, nil
}

func optionsOf(v *r4.ValueSet, id string, version *chart.Version) []option {
	if v.Compose == nil {
		return nil
	}
	var all []option
	for _, include := range v.Compose.Include {
		for _, c := range include.Concept {
			x := &api.ListOption{Activity: 1, LastUpdated: "1970-01-01 00:00:00"}
			carried(c.Extension, x)
			x.ListID, x.OptionID, x.Title = id, c.Code.V, c.Display.V
			if !version.Updated.IsZero() {
				x.LastUpdated = stampOf(version.Updated)
			}
			x.Timestamp = maybe(x.LastUpdated)
			if x.Seq == 0 {
				x.Seq = int64(len(all)+1) * 10
			}
			all = append(all, option{id: x.OptionID, title: x.Title, notes: some(x.Notes), codes: x.Codes, row: x})
		}
	}
	slices.SortStableFunc(all, func(a, b option) int { return compare(row.Text(a.row, "seq"), row.Text(b.row, "seq")) })
	return all
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

// HasOption reports whether option is one of list. A list that the site does not have holds everything.
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
