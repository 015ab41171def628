package interaction

import (
	"net/http"
	"slices"
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

// tags are the entity tags that a condition lists.
type tags struct {
	given, any bool     // any: *
	list       []string // what is between the quotes
}

// parseTags reads If-Match or If-None-Match: *, or entity tags with commas between them. ok is false for anything else.
//
// The entity tags of FHIR are weak, and yet are what If-Match is for: so W/"3" and "3" are the same here.
// Departs from RFC 9110 §13.1.1, which compares strongly: no W/"3" would ever match. https://hl7.org/fhir/R4/http.html#concurrency
func parseTags(text string) (t tags, ok bool) {
	rest := strings.Trim(text, " \t,")
	if rest == "" {
		return t, strings.Trim(text, " \t") == ""
	}
	t.given = true
	if rest == "*" {
		t.any = true
		return t, true
	}
	for rest != "" {
		rest = strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			return t, false
		}
		tag, after, closed := strings.Cut(rest[1:], `"`)
		after = strings.TrimLeft(after, " \t")
		if !closed || after != "" && after[0] != ',' {
			return t, false
		}
		t.list = append(t.list, tag)
		rest = strings.TrimLeft(after, " \t,")
	}
	return t, true
}

// has reports whether the tag of something that exists is among t.
func (t *tags) has(tag string) bool { return t.any || slices.Contains(t.list, tag) }

// version reports whether the tag of v, which is there, is among t.
func (t *tags) version(v *chart.Version) bool { return t.any || len(t.list) > 0 && t.has(itoa(v.VID)) }

// conditions are what a request asks of the version that stands. RFC 9110 §13
type conditions struct {
	match, none tags
	since       time.Time // If-Unmodified-Since; zero = not given
}

// conditions reads the conditions under which something is to be changed. Errors: Invalid with the header at fault.
func (h *Header) conditions() (p conditions, err error) {
	var ok bool
	if p.match, ok = parseTags(h.IfMatch); !ok {
		return p, fault.AtParam("interaction.if-match", "If-Match", `If-Match takes *, or versions such as W/"3" with commas between them`)
	}
	if p.none, ok = parseTags(h.IfNoneMatch); !ok {
		return p, fault.AtParam("interaction.if-none-match", "If-None-Match", `If-None-Match takes *, or versions such as W/"3" with commas between them`)
	}
	if h.IfUnmodifiedSince != "" && !p.match.given {
		p.since, _ = http.ParseTime(h.IfUnmodifiedSince) // RFC 9110 §13.1.4: what is no date is passed over
	}
	return p, nil
}

// given reports whether there are any conditions at all.
func (p *conditions) given() bool { return p.match.given || p.none.given || !p.since.IsZero() }

// admit makes sure that the conditions hold for what stands under key: now, nil or a deletion if there is nothing.
//
// Errors: PreconditionFailed.
func (p *conditions) admit(key chart.Key, now *chart.Version) error {
	const op = "interaction.precondition"
	switch there := now != nil && !now.Deleted(); {
	case !there && p.match.given:
		return fault.New(fault.PreconditionFailed, op, "%s does not exist", key).Naming("If-Match")
	case !there:
		return nil
	case p.match.given && !p.match.version(now):
		return fault.New(fault.PreconditionFailed, op, "the current version of %s is %d, which If-Match does not name", key, now.VID).Naming("If-Match")
	case p.none.any:
		return fault.New(fault.PreconditionFailed, op, "%s exists already", key).Naming("If-None-Match")
	case p.none.given && p.none.version(now):
		return fault.New(fault.PreconditionFailed, op, "the current version of %s is %d, which If-None-Match names", key, now.VID).Naming("If-None-Match")
	case !p.since.IsZero() && now.Updated.Truncate(time.Second).After(p.since):
		return fault.New(fault.PreconditionFailed, op, "%s was changed after the time of If-Unmodified-Since", key).Naming("If-Unmodified-Since")
	}
	return nil
}

// errBlind refuses a change that does not say which version it changes, where the site demands that (setting if_match), so that nobody
// overwrites what he has not seen. RFC 6585 §3
var errBlind = fault.New(fault.PreconditionRequired, "interaction.if-match",
	`this site wants to know which version is changed: send If-Match with the ETag of the one that was read, such as W/"3"`).Naming("If-Match")

// blind reports whether a change of a resource that exists is refused for want of If-Match. A * names no version.
func (c *Call) blind() bool {
	if c.Settings.IfMatch != setting.Required {
		return false
	}
	match, _ := parseTags(c.Header.IfMatch)
	return len(match.list) == 0
}

// unchanged reports whether the caller has v already. If-None-Match goes before If-Modified-Since (RFC 9110 §13.2.2).
func unchanged(h *Header, v *chart.Version) bool {
	if h.IfNoneMatch != "" {
		have, ok := parseTags(h.IfNoneMatch)
		return ok && have.version(v)
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
