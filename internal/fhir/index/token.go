package index

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// TokenCode indexes a code. System is the one that the element's binding implies, empty if it implies none.
func (x *Rows) TokenCode(param int32, system string, c fhir.Code) { x.token(param, system, c.V) }

// TokenString indexes a string that is searched as a token, whole and exactly.
func (x *Rows) TokenString(param int32, s fhir.String) { x.token(param, "", s.V) }

// TokenID indexes an id.
func (x *Rows) TokenID(param int32, s fhir.ID) { x.token(param, "", s.V) }

// TokenURI indexes a uri that is searched as a token.
func (x *Rows) TokenURI(param int32, s fhir.URI) { x.token(param, "", s.V) }

// TokenBoolean indexes a boolean as true or false.
func (x *Rows) TokenBoolean(param int32, b fhir.Boolean) {
	switch {
	case b.V:
		x.token(param, "", "true")
	case b.Set:
		x.token(param, "", "false")
	}
}

// TokenContact indexes a telephone number, an e-mail address and the like by its value as written.
func (x *Rows) TokenContact(param int32, c *r4.ContactPoint) {
	if c != nil {
		x.token(param, "", c.Value.V)
	}
}

// TokenCoding indexes a Coding; its display is the text.
func (x *Rows) TokenCoding(param int32, c *r4.Coding) {
	if c != nil && (c.Code.V != "" || c.System.V != "" || c.Display.V != "") {
		x.Tokens = append(x.Tokens, Token{param, c.System.V, c.Code.V, x.label(c.Display.V)})
	}
}

// TokenConcept indexes the codings of a CodeableConcept. A text that no display says as well is one more text of the first code, so
// that the codes alone put a resource in order; of a concept without codes it has a row without code.
func (x *Rows) TokenConcept(param int32, c *r4.CodeableConcept) {
	if c == nil {
		return
	}
	said := c.Text.V == "" || x.bare
	first := Token{Param: param}
	for i := range c.Coding {
		coding := &c.Coding[i]
		x.TokenCoding(param, coding)
		said = said || coding.Display.V == c.Text.V
		if first.Code == "" && coding.Code.V != "" {
			first.System, first.Code = coding.System.V, coding.Code.V
		}
	}
	if !said {
		first.Text = x.label(c.Text.V)
		x.Tokens = append(x.Tokens, first)
	}
}

// TokenIdentifier indexes an Identifier by system and value; the text of its type is the text. Under typed, if that is not
// zero, it is indexed for the :of-type modifier: the type's system, and its code and the value with a bar between.
func (x *Rows) TokenIdentifier(param, typed int32, id *r4.Identifier) {
	if id == nil {
		return
	}
	text := ""
	if id.Type_ != nil {
		text = x.label(id.Type_.Text.V)
		if typed != 0 && id.Value.V != "" {
			for i := range id.Type_.Coding {
				if c := &id.Type_.Coding[i]; c.Code.V != "" {
					x.token(typed, c.System.V, x.join(c.Code.V, id.Value.V))
				}
			}
		}
	}
	if id.System.V != "" || id.Value.V != "" || text != "" {
		x.Tokens = append(x.Tokens, Token{param, id.System.V, id.Value.V, text})
	}
}

// label is s as the Text of a token.
func (x *Rows) label(s string) string {
	if x.bare {
		return ""
	}
	return x.fold(s)
}

func (x *Rows) token(param int32, system, code string) {
	if code != "" {
		x.Tokens = append(x.Tokens, Token{Param: param, System: system, Code: code})
	}
}
