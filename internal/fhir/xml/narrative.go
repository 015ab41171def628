package xml

import (
	stdxml "encoding/xml"
	"errors"
	"io"
	"strings"
)

// wellFormed checks that div is one well-formed div element in the namespace of XHTML, without declarations and processing
// instructions. Why is empty if so. The entities of HTML are tolerated, since JSON does not mind them.
func wellFormed(div string) (why string) {
	d := stdxml.NewDecoder(strings.NewReader(div))
	d.Entity = stdxml.HTMLEntity
	depth, roots := 0, 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if roots != 1 {
				return "there is no element"
			}
			return ""
		}
		if err != nil {
			return "it is not well-formed"
		}
		switch tok := tok.(type) {
		case stdxml.StartElement:
			if depth == 0 {
				if roots++; roots > 1 {
					return "there is more than one element"
				}
				if tok.Name.Local != "div" || tok.Name.Space != XHTML {
					return "it is not a div in the namespace of XHTML"
				}
			}
			depth++
		case stdxml.EndElement:
			depth--
		case stdxml.CharData:
			if depth == 0 && strings.TrimSpace(string(tok)) != "" {
				return "there is text beside the div"
			}
		case stdxml.Directive, stdxml.ProcInst:
			return "it has a declaration or a processing instruction"
		}
	}
}

// withoutEntities replaces the entities of HTML, which XML does not know, by their characters.
// https://hl7.org/fhir/R4/narrative.html#Narrative
func withoutEntities(div string) string {
	if !strings.Contains(div, "&") {
		return div
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(div, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, found := strings.Cut(rest, ";")
		switch char, known := stdxml.HTMLEntity[name]; {
		case !found || !known || name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos":
			b.WriteByte('&')
			div = rest
		default:
			b.WriteString(char)
			div = after
		}
	}
}
