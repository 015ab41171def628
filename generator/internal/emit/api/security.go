package api

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"chartwright/generator/internal/model"
)

// site is the site that the documents are written for; who serves them for another one puts its name in.
const site = "default"

// secure says of each operation which scopes it needs, from x-scope, and lists them all in the words of the consent page.
// x-preselect names those that read. The scheme has a name of its own in each document, so that a token for the scopes of one is
// not taken for a token for another.
func (d *document) secure(family string, ops []operation, a *model.Access) error {
	var base []string
	for _, alternative := range at(d.root, "security").Content {
		pairs(alternative, func(_ string, scopes *yaml.Node) { base = append(base, texts(scopes)...) })
	}
	scheme := "oauth2-" + family
	offered, ticked := mapping(), list()
	offer := func(name, description string, tick bool) {
		if at(offered, name) != nil {
			return
		}
		set(offered, name, text(description))
		if tick {
			ticked.Content = append(ticked.Content, text(name))
		}
	}
	for _, s := range base {
		offer(s, a.Text(s), true)
	}
	for _, op := range ops {
		alternatives := list()
		for _, s := range texts(at(op.node, "x-scope")) {
			description, reads, err := describe(a, s)
			if err != nil {
				return fmt.Errorf("%s: %w", op.id, err)
			}
			offer(s, description, reads)
			alternatives.Content = append(alternatives.Content, mapping(text(scheme), textList(append(slices.Clone(base), s))))
		}
		if len(alternatives.Content) > 0 {
			set(op.node, "security", alternatives)
		}
	}
	for _, s := range []string{"openid", "fhirUser", "offline_access"} {
		offer(s, a.Text(s), false)
	}
	const server = "/oauth2/" + site
	set(d.root, "servers", list(mapping(text("url"), text("/apis/"+site))))
	set(d.root, "security", list(mapping(text(scheme), textList(base))))
	set(at(d.root, "components"), "securitySchemes", mapping(text(scheme), mapping(
		text("type"), text("oauth2"), text("description"), text("The authorization server of the site."),
		text("flows"), mapping(text("authorizationCode"), mapping(
			text("authorizationUrl"), text(server+"/authorize"), text("tokenUrl"), text(server+"/token"), text("refreshUrl"), text(server+"/token"),
			text("scopes"), offered,
		)),
		text("x-preselect"), ticked,
	)))
	return nil
}

func textList(items []string) *yaml.Node {
	out := list()
	for _, s := range items {
		out.Content = append(out.Content, text(s))
	}
	return out
}

// describe says what a scope of the form context/word.read permits, and whether it only reads.
func describe(a *model.Access, name string) (text string, reads bool, err error) {
	context, rest, _ := strings.Cut(name, "/")
	word, permission, _ := strings.Cut(rest, ".")
	w := a.Word(word)
	letters, known := map[string]string{"read": "rs", "write": "cud", "*": "cruds"}[permission]
	if strings.HasPrefix(permission, "$") {
		for _, s := range a.OwnScopes {
			if s.Scope == name {
				return s.Text, false, nil
			}
		}
	}
	if w == nil || !known {
		return "", false, fmt.Errorf("x-scope: there is no scope %s", name)
	}
	held := w.User
	if context == "patient" {
		held = w.Patient
	}
	usable := strings.Map(func(l rune) rune {
		if held>>strings.IndexRune("cruds", l)&1 == 0 {
			return -1
		}
		return l
	}, letters)
	return a.Describe(context, word, usable), permission == "read", nil
}
