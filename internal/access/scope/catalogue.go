package scope

import (
	"slices"
	"strings"
	"sync"

	table "chartwright/gen/scope"
)

// Entry is one scope that this server offers.
type Entry struct {
	Scope   string // as published
	Value   Scope  // the same, parsed
	Text    string // what it permits, in plain words, for the consent page
	Title   string // what the records are, to group entries of one type; empty for scopes that are not about records
	Version int    // of SMART's permission syntax: 1 or 2; 0 for scopes that have none
	Common  bool   // about a type that most apps ask for, or about no type: worth listing in discovery documents
	Hidden  bool   // never shown to the user
}

// Wildcard reports whether the scope is about all FHIR types. It is offered only where the site's setting allows wildcards.
func (e Entry) Wildcard() bool { return e.Value.Kind == Data && e.Value.Type == Any }

// Supported returns every scope on offer, in a fixed order: plain words and launch contexts, API families, operation scopes, data
// scopes of the FHIR types in all three contexts and both syntaxes, the published granular scopes, wildcards, and the words of the
// Standard and Portal APIs. A combination of letters that lies within a published scope is supported too: see [Offered].
// The caller must not change the slice. Safe for concurrent use.
func Supported() []Entry { return catalogue().entries }

// Find returns the entry of a published scope by its text.
func Find(text string) (Entry, bool) {
	c := catalogue()
	i, ok := c.byText[text]
	if !ok {
		return Entry{}, false
	}
	return c.entries[i], true
}

// Offered returns the letters that scopes of a context can hold for a FHIR type or a word of the other APIs: what anybody at all
// could use them for. For [Any] it is the union over the FHIR types.
func Offered(ctx Context, typ string) Letters {
	if typ == Any {
		var l Letters
		for i := range table.Types {
			l |= offered(ctx, &table.Types[i])
		}
		return l
	}
	if t := table.TypeOf(typ); t != nil {
		return offered(ctx, t)
	}
	if w := table.WordOf(typ); w != nil {
		switch ctx {
		case User:
			return Letters(w.User)
		case Patient:
			return Letters(w.Patient)
		}
	}
	return 0
}

func offered(ctx Context, t *table.Type) Letters {
	if ctx == Patient {
		return Letters(t.Patient)
	}
	var l Letters
	for i, n := range t.Needs {
		if n.Right != table.Never {
			l |= 1 << i
		}
	}
	return l
}

type published struct {
	entries []Entry
	byText  map[string]int
}

var catalogue = sync.OnceValue(func() *published {
	c := &published{byText: map[string]int{}}
	for _, list := range [][]table.Text{table.Plain, table.OwnScopes} {
		for _, t := range list {
			c.add(t.Scope, Entry{Text: t.Text, Common: true, Hidden: t.Hidden})
		}
	}
	contexts := []Context{Patient, User, System}
	for _, ctx := range contexts {
		for i := range table.Types {
			t := &table.Types[i]
			c.forms(ctx, t.Name, offered(ctx, t), Entry{Title: t.Phrase, Common: t.Common})
		}
		for _, g := range table.Granulars {
			c.add(ctx.String()+"/"+g.Type+".rs?"+g.Parameter+"="+g.Value, Entry{Title: table.TypeOf(g.Type).Phrase, Common: true, Version: 2})
		}
		c.forms(ctx, Any, Offered(ctx, Any), Entry{Common: true})
	}
	for _, ctx := range contexts[:2] {
		for _, w := range table.Words {
			c.forms(ctx, w.Name, Offered(ctx, w.Name), Entry{Title: w.Phrase, Common: true})
		}
	}
	return c
})

// forms adds the published forms of a type: v1 read, write and *, v2 with the usual sets of letters. The permissions of v1 are
// coarse: they are published where any of their letters can be used.
func (c *published) forms(ctx Context, typ string, l Letters, e Entry) {
	prefix := ctx.String() + "/" + typ + "."
	e.Version = 1
	if l&V1Read != 0 {
		c.add(prefix+"read", e)
	}
	if l&V1Write != 0 {
		c.add(prefix+"write", e)
	}
	if l&V1Read != 0 && l&V1Write != 0 {
		c.add(prefix+"*", e)
	}
	e.Version = 2
	for _, set := range []Letters{l & V1Read, l & V1Write, l} {
		if text := prefix + set.String(); set != 0 {
			if _, twice := c.byText[text]; !twice {
				c.add(text, e)
			}
		}
	}
}

// add appends one entry. A text that does not parse is a broken promise of the tables, found by the package's tests.
func (c *published) add(text string, e Entry) {
	s, err := Parse(text)
	if err != nil {
		panic("scope: the generated tables hold a scope that does not parse: " + text)
	}
	e.Scope, e.Value = text, s
	if e.Text == "" {
		e.Text = Describe(s)
	}
	c.byText[text] = len(c.entries)
	c.entries = append(c.entries, e)
}

// Describe says in plain words what a scope permits, for the consent page. It describes every scope that parses, also those with
// letters and parameters that nobody published.
func Describe(s Scope) string {
	if s.Kind == Data {
		return describeData(s)
	}
	for _, list := range [][]table.Text{table.Plain, table.OwnScopes} {
		for _, t := range list {
			if t.Scope == s.String() {
				return t.Text
			}
		}
	}
	switch s.Kind {
	case Operation:
		return "Call the operation " + s.Name + whose(s.Context, table.Owned)
	case Launch:
		return "Learn which " + s.Type + " you have open"
	case Site:
		return "Be used at the site " + s.Name
	}
	return s.String()
}

func describeData(s Scope) string {
	phrase, sight := "all kinds of records", table.Owned
	if t := table.TypeOf(s.Type); t != nil {
		phrase, sight = t.Phrase, t.Sight
	} else if w := table.WordOf(s.Type); w != nil {
		phrase = w.Phrase
		if w.Shared {
			sight = table.Open
		}
	} else if s.Type != Any {
		phrase = "records of the kind " + s.Type
	}
	if s.Query != "" {
		phrase = narrowed(s, phrase)
	}
	letters := s.Letters
	if usable := letters & Offered(s.Context, s.Type); usable != 0 {
		letters = usable // say no more than is true of the coarse permissions of v1
	}
	text := verbs(letters) + " " + phrase + whose(s.Context, sight)
	return strings.ToUpper(text[:1]) + text[1:]
}

// verbs joins the verbs of the letters: see, add and change.
func verbs(l Letters) string {
	var list []string
	if l.Has(V1Read) {
		l &^= Search
	}
	for _, bit := range []Letters{Read, Search, Create, Update, Delete} {
		if l.Has(bit) {
			list = append(list, table.Verbs[strings.Index(letterOrder, bit.String())])
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

func whose(ctx Context, sight table.Sight) string {
	if ctx == NoContext {
		return ""
	}
	f := table.Frames[ctx-Patient]
	text := " " + f.Owned
	if sight == table.Open {
		text = " " + f.Open
	}
	if f.Note != "" {
		text += ", " + f.Note
	}
	return text
}

// narrowed names the records that granular parameters leave over: by the published words where there are some.
func narrowed(s Scope, phrase string) string {
	list := s.Conditions()
	if len(list) == 1 {
		name, values := list[0][0], splitValues(list[0][1])
		var words []string
		for _, v := range values {
			i := slices.IndexFunc(table.Granulars, func(g table.Granular) bool {
				return g.Type == s.Type && g.Parameter == name && g.Value == v
			})
			if i < 0 {
				words = nil
				break
			}
			words = append(words, table.Granulars[i].Text)
		}
		if words != nil {
			return strings.Join(words, " or ")
		}
	}
	var parts []string
	for _, c := range list {
		parts = append(parts, c[0]+" is "+strings.Join(splitValues(c[1]), " or "))
	}
	return phrase + " (only where " + strings.Join(parts, " and ") + ")"
}
