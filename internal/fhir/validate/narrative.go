package validate

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"chartwright/internal/fhir"
)

// narrative checks the div of a narrative: one well-formed div element of XHTML, only the elements and attributes of txt-1,
// no addresses that run code, and some content (txt-2).
// https://hl7.org/fhir/R4/narrative.html
func (v *validator) narrative(n fhir.Node) {
	if v.mode != Full || !n.HasValue() {
		return
	}
	if code, why := checkXHTML(n.Text()); why != "" {
		v.report(code, "", why)
	}
}

// checkXHTML returns the first finding about a div, as issue code and text; no text if there is none.
func checkXHTML(div string) (code, why string) {
	const xhtml = "http://www.w3.org/1999/xhtml"
	d := xml.NewDecoder(strings.NewReader(div))
	d.Entity = xml.HTMLEntity // unusual, and harmless
	depth, roots, content := 0, 0, false
	for {
		tok, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && roots == 1 && content:
			return "", ""
		case errors.Is(err, io.EOF) && roots == 1:
			return "invariant", "txt-2: the narrative has no content"
		case err != nil:
			return "structure", "the narrative is not well-formed XHTML"
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
				if roots > 1 || tok.Name.Local != "div" || tok.Name.Space != xhtml {
					return "structure", "the narrative is not one div element in the namespace of XHTML"
				}
			}
			depth++
			if why := checkElement(tok); why != "" {
				return "invariant", why
			}
			content = content || tok.Name.Local == "img"
		case xml.EndElement:
			depth--
		case xml.CharData:
			text := strings.TrimSpace(string(tok)) != ""
			if text && depth == 0 {
				return "structure", "the narrative is not one div element in the namespace of XHTML"
			}
			content = content || text
		case xml.Directive, xml.ProcInst:
			return "structure", "the narrative has a declaration or a processing instruction"
		}
	}
}

func checkElement(e xml.StartElement) string {
	if !narrativeElements[e.Name.Local] {
		return "txt-1: an element of this name is not allowed in a narrative"
	}
	for _, a := range e.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" || a.Name.Space == "xml": // xml:lang, xml:space
		case a.Name.Space != "" || !narrativeAttributes[a.Name.Local]:
			return "txt-1: an attribute of this name is not allowed in a narrative"
		case a.Name.Local == "href" || a.Name.Local == "src" || a.Name.Local == "cite" || a.Name.Local == "longdesc":
			if runsCode(a.Value) {
				return "the narrative links to code"
			}
		}
	}
	return ""
}

// runsCode reports whether an address makes a browser run what it says. Browsers pass over white space and control characters
// in it, so does this.
func runsCode(address string) bool {
	address = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, address))
	return strings.HasPrefix(address, "javascript:") || strings.HasPrefix(address, "vbscript:") ||
		strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "data:image/")
}

func set(names string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		out[name] = true
	}
	return out
}

// The elements and attributes that txt-1 allows.
var (
	narrativeElements = set(`a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6
		hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var`)
	narrativeAttributes = set(`abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
		charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name
		nowrap rel rev rowspan rules scope shape span src start style summary tabindex title type valign value vspace width`)
)
