package httpd

import (
	"bytes"
	"encoding/base64"
	stdjson "encoding/json"
	stdxml "encoding/xml"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/care/interaction"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A Binary is a resource to those who ask for one, and to everybody else the file that it holds: what is sent under a media type of
// its own is kept as it is, and comes back so.
//
// https://hl7.org/fhir/R4/binary.html#rest

const binaryType = "Binary"

// securityContext is the header that says whose a file is.
const securityContext = "X-Security-Context"

// takesFile reports whether the body of a call may be a file.
func takesFile(c *interaction.Call) bool {
	switch c.Interaction {
	case r4route.Create, r4route.Update, r4route.UpdateConditional:
		return c.Type == binaryType
	}
	return false
}

// isFile reports whether body, which came as media, is a file and no Binary. What comes as FHIR and can't be read is none: the
// sender is told what is wrong with it.
func isFile(media string, body []byte) bool {
	isFHIR := media == "application/fhir+json" || media == "application/fhir+xml"
	switch {
	case isJSON(media):
		var head struct {
			ResourceType *string `json:"resourceType"`
		}
		if err := stdjson.Unmarshal(body, &head); err != nil || head.ResourceType == nil {
			return !isFHIR
		}
		return *head.ResourceType != binaryType
	case isXML(media):
		for d := stdxml.NewDecoder(bytes.NewReader(body)); ; {
			t, err := d.Token()
			if err != nil {
				return !isFHIR
			}
			if root, ok := t.(stdxml.StartElement); ok {
				return root.Name != stdxml.Name{Space: "http://hl7.org/fhir", Local: binaryType}
			}
		}
	}
	return true
}

// binaryOf is the Binary that holds a file.
func binaryOf(r *http.Request, c *interaction.Call, body []byte) ([]byte, error) {
	contentType := strings.Join(strings.Fields(r.Header.Get("Content-Type")), " ")
	if contentType == "" {
		contentType = "application/octet-stream" // RFC 9110 §8.3
	}
	b := &r4.Binary{ContentType: fhir.NewCode(contentType), Data: fhir.Of[fhir.Base64Binary](base64.StdEncoding.EncodeToString(body))}
	if c.ID != "" {
		b.ID = fhir.NewID(c.ID)
	}
	if whose := strings.TrimSpace(r.Header.Get(securityContext)); whose != "" {
		b.SecurityContext = &r4.Reference{Reference: fhir.NewString(whose)}
	}
	resource, err := r4.Marshal(b)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "httpd.binary", err)
	}
	return resource, nil
}

// wantsFile reports whether a call reads a file: a Binary by somebody who does not say that he wants the resource.
func wantsFile(r *http.Request, c *interaction.Call) bool {
	if c.Type != binaryType || c.Interaction != r4route.Read && c.Interaction != r4route.VRead {
		return false
	}
	for _, p := range c.Params {
		switch p.Name {
		case "_format", "_summary", "_elements":
			return false
		}
	}
	for _, v := range r.Header["Accept"] {
		for part := range strings.SplitSeq(v, ",") {
			media, q, _ := mediaRange(part)
			switch media {
			case "application/fhir+json", "application/fhir+xml", "application/json+fhir", "application/xml+fhir", "application/json":
				if q > 0 {
					return false
				}
			}
		}
	}
	return true
}

// admits reports whether a client that sent these values of Accept takes what is of a media type. RFC 9110 §12.5.1
func admits(values []string, media string) bool {
	if len(values) == 0 {
		return true
	}
	family, _, _ := strings.Cut(media, "/")
	best, takes := 0, false
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			wanted, q, _ := mediaRange(part)
			precise := map[string]int{"*/*": 1, family + "/*": 2, media: 3}[wanted]
			if precise > best {
				best, takes = precise, q > 0
			}
		}
	}
	return takes
}

// respondFile sends the file that an answer holds. It is for the program that asked, never a page of this origin: a browser stores
// it. done is false, and nothing is sent, if there is none or the client does not take its media type.
func respondFile(x *exchange, w http.ResponseWriter, r *http.Request, a *interaction.Answer) (done bool) {
	v := a.Whole()
	if v == nil {
		return false
	}
	resource, err := r4.Unmarshal(v.Body)
	b, ok := resource.(*r4.Binary)
	if err != nil || !ok {
		return false
	}
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(b.Data.V), ""))
	if err != nil {
		return false // it was stored before this was checked
	}
	contentType := b.ContentType.V
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(media, "/") {
		media, contentType = "application/octet-stream", "application/octet-stream"
	}
	if !admits(r.Header["Accept"], media) {
		return false
	}
	if b.SecurityContext != nil && b.SecurityContext.Reference.V != "" {
		x.set(securityContext, b.SecurityContext.Reference.V)
	}
	x.set("Etag", interaction.ETag(v.VID))
	x.set("Last-Modified", v.Updated.UTC().Format(http.TimeFormat))
	x.set("Content-Type", contentType)
	x.set("Content-Disposition", "attachment")
	x.set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(content) // the client may have left
	return true
}
