package identity

import (
	"slices"

	"chartwright/internal/access/scope"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

// always are the scopes that come with every yes: without them the sign-in itself makes no sense, or they give nothing away.
func always(s scope.Scope) bool {
	return s.Kind == scope.Site || s.Kind == scope.API || s.Kind == scope.Launch ||
		s.Kind == scope.Plain && (s.Name == "openid" || s.Name == "nonce" || s.Name == "fhirUser")
}

// headings are the groups of the consent page.
var headings = []string{"About you", "Staying connected", "This patient's record", "Records that you may see", "Further rights"}

func heading(s scope.Scope) int {
	switch {
	case s.Kind == scope.Plain && (s.Name == "offline_access" || s.Name == "online_access"):
		return 1
	case s.Context == scope.Patient:
		return 2
	case s.Context == scope.User || s.Context == scope.System:
		return 3
	case s.Kind == scope.Plain && len(s.Name) > 4 && s.Name[:4] == "cdr_":
		return 4
	}
	return 0
}

// arrange puts scopes in order for the page: under headings, what is about one type of records side by side, with the kinds to
// which it can be limited; and in plain words what comes with every yes. Ticked is what the person agreed to before, or all.
func arrange(words []string, before *token.Consent) (groups []ConsentGroup, plain []string) {
	groups = make([]ConsentGroup, len(headings))
	for i := range headings {
		groups[i].Title = headings[i]
	}
	agreed := newAgreement(before)
	at := map[string]int{} // by context and type: the place of the record in its group
	for _, w := range words {
		s, err := scope.Parse(w)
		if err != nil {
			continue
		}
		text := scope.Describe(s)
		e, published := scope.Find(w)
		if published {
			text = e.Text
		}
		if always(s) {
			if s.Kind != scope.Site && (!published || !e.Hidden) {
				plain = append(plain, text)
			}
			continue
		}
		g := &groups[heading(s)]
		place, known := at[recordOf(s)]
		if !known || s.Type == "" {
			place = len(g.Records)
			at[recordOf(s)] = place
			g.Records = append(g.Records, ConsentRecord{})
		}
		r := &g.Records[place]
		r.Scopes = append(r.Scopes, ConsentScope{Scope: w, Text: text, Checked: agreed.holds(s)})
		if kinds := scope.Parts(s); len(kinds) > 0 && r.Kinds == nil {
			for _, k := range kinds {
				r.Kinds = append(r.Kinds, ConsentKind{Value: kindOf(k.Scope), Text: k.Text, Checked: agreed.limits(s, k.Scope)})
			}
		}
	}
	return slices.DeleteFunc(groups, func(g ConsentGroup) bool { return len(g.Records) == 0 }), plain
}

// recordOf names the records that a scope is about, whatever it permits to do with them.
func recordOf(s scope.Scope) string { return s.Context.String() + "/" + s.Type }

// kindOf names a kind of records, whatever a scope permits to do with them.
func kindOf(s scope.Scope) string { return recordOf(s) + "?" + s.Query }

// chosen returns what a person agreed to: of the words that were on the page those that are ticked, limited to the kinds that are
// ticked, with those that come with every yes. Whatever else a form says counts for nothing. One scope is granted for each kind.
func chosen(words, ticked, kinds []string) []string {
	var granted []string
	for _, word := range words {
		s, err := scope.Parse(word)
		if err != nil || !always(s) && !slices.Contains(ticked, word) {
			continue
		}
		parts := []string{word}
		for _, k := range scope.Parts(s) {
			if slices.Contains(kinds, kindOf(k.Scope)) {
				parts = append(parts, k.Scope.String())
			}
		}
		if len(parts) > 1 {
			parts = parts[1:]
		}
		for _, p := range parts {
			if !slices.Contains(granted, p) {
				granted = append(granted, p)
			}
		}
	}
	return granted
}

// answered returns what a person agreed to before of what is asked for now, in the order of the words; nil if something was not
// asked for then, or nothing would be left.
func answered(before *token.Consent, words []string) []string {
	for _, w := range words {
		if !slices.Contains(before.Asked, w) {
			return nil
		}
	}
	asked := permit.ParseAll(words)
	var given []string
	for _, s := range asked {
		for _, w := range before.Agreed {
			a, err := scope.Parse(w)
			if err == nil && s.Covers(a) && !slices.Contains(given, w) {
				given = append(given, w)
			}
		}
	}
	return given
}

// agreement looks up what a person agreed to before.
type agreement struct {
	isNew  bool
	agreed []scope.Scope
}

func newAgreement(c *token.Consent) agreement {
	if c == nil {
		return agreement{isNew: true}
	}
	return agreement{agreed: permit.ParseAll(c.Agreed)}
}

// holds reports whether a scope is ticked at first: the person agreed to it or to part of it. What was never asked is ticked for
// somebody who is new to the app, and for nobody else.
func (a agreement) holds(s scope.Scope) bool {
	return a.isNew || slices.ContainsFunc(a.agreed, s.Covers)
}

// limits reports whether the person limited a scope to this kind.
func (a agreement) limits(s, kind scope.Scope) bool {
	return !slices.Contains(a.agreed, s) && slices.Contains(a.agreed, kind)
}
