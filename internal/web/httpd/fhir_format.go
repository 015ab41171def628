package httpd

import (
	"bytes"
	stdjson "encoding/json"
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
		media, rest, _ := strings.Cut(asked, ";")
		media, params := mediaType(strings.ReplaceAll(strings.TrimSpace(media), " ", "+") + ";" + rest) // a plus that was not escaped
		switch {
		case !understood(params):
			return out, fault.New(fault.NotAcceptable, op, "this server answers in FHIR R4 (fhirVersion=4.0), in UTF-8").Naming("_format")
		case media == "json" || isJSON(media):
			return out, nil
		case media == "xml" || isXML(media):
			out.xml = true
			return out, nil
		}
		return out, fault.New(fault.NotAcceptable, op, "_format is json or xml").Naming("_format")
	}
	var ok bool
	if out.xml, ok = accepts(r.Header["Accept"]); !ok {
		return out, fault.New(fault.NotAcceptable, op, "this server speaks application/fhir+json and application/fhir+xml, of FHIR R4 (fhirVersion=4.0) and in UTF-8")
	}
	return out, nil
}

// accepts chooses between JSON and XML by the media ranges of Accept: what is wanted more, of both alike what is named, else JSON.
//
// Departs from R4 http.html#mime-type for browsers, which ask for pages and list application/xml behind them without meaning it (text/html,
// application/xhtml+xml, application/xml;q=0.9, */*;q=0.8): who takes HTML gets the JSON that browsers show, unless he names a type of
// FHIR's own. XML as application/fhir+xml they would save as a file.
//
// RFC 9110 §12.5.1
func accepts(values []string) (xml, ok bool) {
	if len(values) == 0 {
		return false, true
	}
	const unnamed = -1.0
	json, markup, generic, rest := unnamed, unnamed, unnamed, 0.0
	browser := false
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			media, q, ok := mediaRange(part)
			switch {
			case !ok:
			case isJSON(media):
				json = max(json, q)
			case media == "application/fhir+xml" || media == "application/xml+fhir":
				markup = max(markup, q)
			case isXML(media):
				generic = max(generic, q)
			case media == "text/html" || media == "application/xhtml+xml":
				browser = browser || q > 0
			case media == "*/*" || media == "application/*" || media == "":
				rest = max(rest, q)
			}
		}
	}
	if !browser || json == unnamed && rest == 0 { // to a browser that takes no JSON, XML is better than nothing
		markup = max(markup, generic)
	}
	named := markup > json // of two that are wanted alike
	if json == unnamed {
		json = rest
	}
	if markup == unnamed {
		markup = rest
	}
	return markup > json || markup == json && named, markup > 0 || json > 0
}

// mediaRange splits one part of Accept into its media type and quality; ok says that this server speaks what it asks for.
func mediaRange(part string) (media string, q float64, ok bool) {
	media, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
	q, ok = 1, true
	for p := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.ReplaceAll(p, " ", ""), "=")
		switch strings.ToLower(name) {
		case "q":
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil || q < 0 || q > 1 {
				q = 0
			}
		case "fhirversion", "charset":
			ok = ok && understood(map[string]string{strings.ToLower(name): strings.Trim(value, `"`)})
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), q, ok
}

// understood reports whether the parameters of a media type name the version of FHIR and the charset that this server speaks.
//
// https://hl7.org/fhir/R4/http.html#version-parameter
func understood(params map[string]string) bool {
	switch params["fhirversion"] {
	case "", "4.0", "4.0.1":
	default:
		return false
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	}
	return false
}

// isXML reports whether a media type is one of FHIR's for XML.
func isXML(media string) bool {
	switch media {
	case "application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir":
		return true
	}
	return false
}

// toXML turns the JSON of a resource into its XML, over many lines if it is to be pretty.
func toXML(body []byte, pretty bool) ([]byte, error) {
	r, err := r4.Unmarshal(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "httpd.xml", err)
	}
	if pretty {
		return xml.MarshalIndent(r), nil
	}
	return xml.Marshal(r), nil
}

// prettied is JSON over many lines.
func prettied(body []byte) []byte {
	var b bytes.Buffer
	if stdjson.Indent(&b, body, "", "  ") != nil {
		return body
	}
	return b.Bytes()
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
