package httpd

import "testing"

// TestAccepts holds which form a caller gets by his Accept. https://hl7.org/fhir/R4/http.html#mime-type, RFC 9110 §12.5.1
func TestAccepts(t *testing.T) {
	t.Parallel()
	const (
		json    = "JSON"
		xml     = "XML"
		nothing = "nothing"
		firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
		chrome  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	)
	for accept, want := range map[string]string{
		"*/*":                                     json,
		"application/*":                           json,
		"application/json":                        json,
		"application/json, text/plain, */*":       json, // a script in a browser
		"application/fhir+json":                   json,
		"text/json":                               json,
		"application/fhir+xml":                    xml,
		"application/xml":                         xml,
		"text/xml":                                xml,
		"application/xml, */*":                    xml,
		"*/*, application/xml":                    xml,
		"application/xml, */*;q=0.9":              xml,
		"application/xml;q=0.7, */*;q=0.8":        json,
		"application/json;q=0.7, */*;q=0.8":       xml,
		"application/xml, application/json":       json,
		"application/json, application/xml":       json,
		"application/xml, application/json;q=0.6": xml,
		"application/fhir+xml;q=0.8, application/xml;q=0.2, */*;q=0.5": xml,
		"application/fhir+xml;q=1.0, application/fhir+json;q=0.9":      xml, // HAPI's client
		"application/fhir+json;q=1.0, application/fhir+xml;q=0.9":      json,
		"application/fhir+json;q=0, */*":                               xml,
		"application/xml;q=0, */*":                                     json,
		"text/html, application/xml;q=0":                               nothing,
		"text/html":                                                    nothing,
		"text/turtle":                                                  nothing,
		"*/*;q=0":                                                      nothing,
		// browsers
		firefox: json,
		chrome:  json,
		"text/html, application/xhtml+xml, image/jxr, */*": json,
		"text/html,*/*;q=0.8":                              json,
		"text/html, application/fhir+xml, */*;q=0.8":       xml,
		"text/html, application/xml;q=0.9":                 xml,
		"text/html;q=0, application/xml, */*;q=0.8":        xml,
	} {
		got := nothing
		switch asXML, ok := accepts([]string{accept}); {
		case ok && asXML:
			got = xml
		case ok:
			got = json
		}
		if got != want {
			t.Errorf("%s: %s, want %s", accept, got, want)
		}
	}
}
