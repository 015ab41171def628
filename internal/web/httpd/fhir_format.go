package httpd

import (
	"net/http"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/xml"
)

const fhirXML = "application/fhir+xml; charset=utf-8"

// format finds out in which form the caller wants the answer, from _format and _pretty or else from Accept.
//
// Errors: NotAcceptable if it is neither JSON nor XML.
//
// https://hl7.org/fhir/R4/http.html#mime-type
func format(r *http.Request, params []search.Parameter) (out output, err error) {
	const op = "httpd.accept"
	asked := ""
	for _, p := range params {
		switch p.Name {
		case "_format":
			asked = p.Value
		case "_pretty":
			out.pretty = p.Value == "true"
		}
	}
	if asked != "" {
		media := mediaOf(strings.ReplaceAll(asked, " ", "+")) // a plus that was not escaped
		switch {
		case media == "json" || isJSON(media):
			return out, nil
		case media == "xml" || isXML(media):
			out.xml = true
			return out, nil
		}
		return out, fault.New(fault.NotAcceptable, op, "_format is json or xml")
	}
	var ok bool
	if out.xml, ok = accepts(r.Header["Accept"]); !ok {
		return out, fault.New(fault.NotAcceptable, op, "this server speaks application/fhir+json and application/fhir+xml")
	}
	return out, nil
}

// accepts chooses between JSON and XML by the media ranges of Accept. Browsers, which ask for HTML and */*, get JSON.
//
// RFC 9110 §12.5.1
func accepts(values []string) (xml, ok bool) {
	if len(values) == 0 {
		return false, true
	}
	var json, markup float64
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			media, q := mediaRange(part)
			switch {
			case isJSON(media):
				json = max(json, q)
			case media == "application/fhir+xml" || media == "application/xml+fhir":
				markup = max(markup, q)
			case isXML(media): // browsers list application/xml behind HTML without meaning it
				markup = max(markup, q/2)
			case media == "*/*" || media == "application/*" || media == "":
				json = max(json, q*0.75)
			}
		}
	}
	return markup > json, markup > 0 || json > 0
}

// mediaRange splits one part of Accept into its media type and quality.
func mediaRange(part string) (media string, q float64) {
	media, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
	q = 1
	for p := range strings.SplitSeq(rest, ";") {
		if value, ok := strings.CutPrefix(strings.ReplaceAll(p, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil || q < 0 || q > 1 {
				q = 0
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), q
}

// isXML reports whether a media type is one of FHIR's for XML.
func isXML(media string) bool {
	switch media {
	case "application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir":
		return true
	}
	return false
}

// toXML turns the JSON of a resource into its XML.
func toXML(body []byte) ([]byte, error) {
	r, err := r4.Unmarshal(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "httpd.xml", err)
	}
	return xml.Marshal(r), nil
}

// fromXML turns the XML of a resource into its JSON. Errors: Invalid with the element at fault.
func fromXML(body []byte) ([]byte, error) {
	r, err := xml.Unmarshal(r4.Schema, body)
	if err != nil {
		return nil, err
	}
	res, ok := r.(r4.Resource)
	if !ok {
		return nil, fault.New(fault.Internal, "httpd.xml", "%s is no resource of R4", r.Type().Name)
	}
	return r4.Marshal(res)
}
