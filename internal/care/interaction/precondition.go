package interaction

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// ETag returns the entity tag of a version: W/"3". https://hl7.org/fhir/R4/http.html#concurrency
func ETag(vid int64) string {
	if vid >= 0 && vid < int64(len(firstETags)) {
		return firstETags[vid]
	}
	return string(appendETag(nil, vid))
}

// firstETags are the tags of the versions that nearly all resources have.
var firstETags = func() (tags [16]string) {
	for i := range tags {
		tags[i] = string(appendETag(nil, int64(i)))
	}
	return tags
}()

func appendETag(dst []byte, vid int64) []byte {
	return append(strconv.AppendInt(append(dst, 'W', '/', '"'), vid, 10), '"')
}

// expected turns If-Match into what the write needs to find. Both W/"3" and "3" are understood, as is * (some version).
//
// Errors: PreconditionFailed for a tag that no version has; Invalid for what is no entity tag, and for several.
func expected(ifMatch string) (e chart.Expect, exists bool, err error) {
	tag := strings.TrimSpace(ifMatch)
	switch tag {
	case "":
		return e, false, nil
	case "*":
		return e, true, nil
	}
	vid, ok := parseETag(tag)
	if opaque, quoted := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`); !ok && quoted && strings.IndexByte(opaque, '"') == len(opaque)-1 && opaque != "" {
		return e, false, fault.New(fault.PreconditionFailed, "interaction.if-match", "no version has the tag of If-Match")
	}
	if !ok {
		return e, false, fault.AtParam("interaction.if-match", "If-Match", `If-Match takes one version, such as W/"3"`)
	}
	e.Version = vid
	return e, true, nil
}

const blindText = `this site wants to know which version is changed: send If-Match with the ETag of the one that was read, such as W/"3"`

// errBlind refuses a change that does not say which version it changes, where the site demands that (setting if_match), so that nobody
// overwrites what he has not seen. RFC 6585 §3
var errBlind = &fault.Error{
	Kind: fault.PreconditionRequired, Op: "interaction.if-match", Detail: blindText,
	Issues: []fault.Issue{{Expression: fault.ParamExpression("If-Match"), Detail: blindText}},
}

// blind reports whether a change of a resource that exists is refused for want of If-Match. A * names no version.
func (c *Call) blind() bool {
	tag := strings.TrimSpace(c.Header.IfMatch)
	return c.Settings.IfMatch == setting.Required && (tag == "" || tag == "*")
}

func parseETag(tag string) (int64, bool) {
	tag = strings.TrimPrefix(tag, "W/")
	if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return 0, false
	}
	vid, err := strconv.ParseInt(tag[1:len(tag)-1], 10, 64)
	return vid, err == nil && vid > 0
}

// unchanged reports whether the caller has v already. If-None-Match goes before If-Modified-Since (RFC 9110 §13.2.2).
func unchanged(h *Header, v *chart.Version) bool {
	if h.IfNoneMatch != "" {
		for part := range strings.SplitSeq(h.IfNoneMatch, ",") {
			part = strings.TrimSpace(part)
			if part == "*" {
				return true
			}
			if vid, ok := parseETag(part); ok && vid == v.VID {
				return true
			}
		}
		return false
	}
	if h.IfModifiedSince != "" {
		if since, err := time.Parse(time.RFC3339Nano, h.IfModifiedSince); err == nil { // of an entry of a Bundle
			return !v.Updated.After(since)
		}
		since, err := http.ParseTime(h.IfModifiedSince)
		return err == nil && !v.Updated.Truncate(time.Second).After(since)
	}
	return false
}
