package model

import "strings"

// Describe says what a scope over the records called name, a resource type or a word of the Standard and Portal APIs, permits:
// the words of the consent page. Letters are a subset of cruds.
func (a *Access) Describe(context, name, letters string) string {
	var verbs []string
	both := strings.Contains(letters, "r") && strings.Contains(letters, "s")
	for _, l := range "rscud" {
		if strings.ContainsRune(letters, l) && (l != 's' || !both) {
			verbs = append(verbs, a.Verbs[strings.IndexRune("cruds", l)])
		}
	}
	text := join(verbs)
	phrase, open := a.subject(name)
	text += " " + phrase
	for _, f := range a.Frames {
		if f.Context != context {
			continue
		}
		if open {
			text += " " + f.Open
		} else {
			text += " " + f.Owned
		}
		if f.Note != "" {
			text += ", " + f.Note
		}
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Text returns the text of a scope that is a word of its own, empty if there is no such scope.
func (a *Access) Text(scope string) string {
	for _, s := range a.Plain {
		if s.Scope == scope {
			return s.Text
		}
	}
	return ""
}

// Word returns the resource of the Standard and Portal APIs called name, nil if there is none.
func (a *Access) Word(name string) *AccessWord {
	for i := range a.Words {
		if a.Words[i].Name == name {
			return &a.Words[i]
		}
	}
	return nil
}

// subject returns what the records called name are, and whether they are the site's rather than patients'.
func (a *Access) subject(name string) (phrase string, open bool) {
	if w := a.Word(name); w != nil {
		return w.Phrase, w.Shared
	}
	for i := range a.Types {
		if t := &a.Types[i]; t.Name == name {
			return t.Phrase, t.View == "open"
		}
	}
	return name, false
}

func join(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
