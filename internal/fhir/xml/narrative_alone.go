package xml

import (
	stdxml "encoding/xml"
	"strings"
)

// void are the elements of XHTML that have no content, and no end tag in HTML.
var void = map[string]bool{"br": true, "hr": true, "img": true, "col": true, "area": true}

// xmlSpace is the namespace of the prefix xml, which nobody declares.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

var (
	inText      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	inAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&#34;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
)

// standingAlone reads the element start, which is of XHTML, to its end and returns it as it is without prefixes: the namespace of XHTML is
// its own. Comments, and attributes of other namespaces, are left out. All is false if elements of another namespace are in it.
//
// Errors: those of the decoder.
func standingAlone(d *stdxml.Decoder, start *stdxml.StartElement) (text string, all bool, err error) {
	var b strings.Builder
	var tok stdxml.Token = *start
	all = true
	empty := false // nothing was written since the last start tag, which lacks its end
	for depth := 0; ; {
		if end, ok := tok.(stdxml.EndElement); ok && empty && void[end.Name.Local] {
			b.WriteString("/>")
			empty, depth = false, depth-1
		} else {
			if empty {
				b.WriteString(">")
				empty = false
			}
			switch tok := tok.(type) {
			case stdxml.StartElement:
				b.WriteString("<" + tok.Name.Local)
				if depth == 0 {
					b.WriteString(` xmlns="` + XHTML + `"`)
				}
				attributes(&b, tok.Attr)
				all = all && tok.Name.Space == XHTML
				empty, depth = true, depth+1
			case stdxml.EndElement:
				b.WriteString("</" + tok.Name.Local + ">")
				depth--
			case stdxml.CharData:
				_, _ = inText.WriteString(&b, string(tok))
			}
		}
		if depth == 0 {
			return b.String(), all, nil
		}
		if tok, err = d.Token(); err != nil {
			return "", false, err
		}
	}
}

func attributes(b *strings.Builder, list []stdxml.Attr) {
	for _, a := range list {
		switch {
		case a.Name.Space == xmlSpace:
			b.WriteString(" xml:")
		case a.Name.Space != "" || a.Name.Local == "xmlns": // a declaration, or nothing of XHTML
			continue
		default:
			b.WriteString(" ")
		}
		b.WriteString(a.Name.Local + `="`)
		_, _ = inAttribute.WriteString(b, a.Value)
		b.WriteString(`"`)
	}
}

// prefixed reports whether the name of an element in div has a prefix.
func prefixed(div string) bool {
	for rest := div; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return false
		}
		name := strings.TrimPrefix(after, "/")
		if end := strings.IndexAny(name, " \t\r\n/>:"); end >= 0 && name[end] == ':' {
			return true
		}
		rest = after
	}
}
