package path

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// mapText is a function of one string.
func mapText(c *call, f func(string) Item) (Collection, error) {
	s, ok, err := c.text()
	if err != nil || !ok {
		return nil, err
	}
	if out := f(s); out != nil {
		return Collection{out}, nil
	}
	return nil, nil
}

// withText is a function of one string and one string argument.
func withText(c *call, f func(s, arg string) Item) (Collection, error) {
	s, ok, err := c.text()
	if err != nil {
		return nil, err
	}
	arg, okArg, err := c.textArg(0)
	if err != nil || !ok || !okArg {
		return nil, err
	}
	if out := f(s, arg); out != nil {
		return Collection{out}, nil
	}
	return nil, nil
}

func length(c *call) (Collection, error) {
	return mapText(c, func(s string) Item { return Integer(utf8.RuneCountInString(s)) })
}

func upper(c *call) (Collection, error) {
	return mapText(c, func(s string) Item { return String(strings.ToUpper(s)) })
}

func lower(c *call) (Collection, error) {
	return mapText(c, func(s string) Item { return String(strings.ToLower(s)) })
}

func trim(c *call) (Collection, error) {
	return mapText(c, func(s string) Item { return String(strings.TrimSpace(s)) })
}

func startsWith(c *call) (Collection, error) {
	return withText(c, func(s, arg string) Item { return Boolean(strings.HasPrefix(s, arg)) })
}

func endsWith(c *call) (Collection, error) {
	return withText(c, func(s, arg string) Item { return Boolean(strings.HasSuffix(s, arg)) })
}

func contains(c *call) (Collection, error) {
	return withText(c, func(s, arg string) Item { return Boolean(strings.Contains(s, arg)) })
}

func indexOf(c *call) (Collection, error) {
	return withText(c, func(s, arg string) Item { return position(s, strings.Index(s, arg)) })
}

func lastIndexOf(c *call) (Collection, error) {
	return withText(c, func(s, arg string) Item { return position(s, strings.LastIndex(s, arg)) })
}

// position is an offset in bytes as one in characters.
func position(s string, at int) Item {
	if at < 0 {
		return Integer(-1)
	}
	return Integer(utf8.RuneCountInString(s[:at]))
}

func substring(c *call) (Collection, error) {
	s, ok, err := c.text()
	if err != nil || !ok {
		return nil, err
	}
	start, ok, err := c.intArg(0)
	if err != nil || !ok {
		return nil, err
	}
	runes := []rune(s)
	if start < 0 || start >= len(runes) {
		return nil, nil
	}
	end := len(runes)
	if len(c.e.Args) == 2 {
		n, ok, err := c.intArg(1)
		if err != nil {
			return nil, err
		}
		if ok {
			end = min(end, start+max(n, 0))
		}
	}
	return Collection{String(runes[start:end])}, nil
}

func toChars(c *call) (Collection, error) {
	s, _, err := c.text()
	if err != nil {
		return nil, err
	}
	var out Collection
	for _, r := range s {
		out = append(out, String(r))
	}
	return out, c.ev.spend(c.e, len(out))
}

func split(c *call) (Collection, error) {
	s, ok, err := c.text()
	if err != nil || !ok {
		return nil, err
	}
	by, ok, err := c.textArg(0)
	if err != nil || !ok {
		return nil, err
	}
	var out Collection
	for part := range strings.SplitSeq(s, by) {
		out = append(out, String(part))
	}
	return out, c.ev.spend(c.e, len(out))
}

func join(c *call) (Collection, error) {
	by := ""
	if len(c.e.Args) == 1 {
		var err error
		if by, _, err = c.textArg(0); err != nil {
			return nil, err
		}
	}
	var parts []string
	for _, i := range c.focus {
		switch s := value(i).(type) {
		case nil:
		case String:
			parts = append(parts, string(s))
		default:
			return nil, errorf(c.e, "join() of a %s", typeInfo(i).Name)
		}
	}
	if len(c.focus) == 0 {
		return nil, nil
	}
	return Collection{String(strings.Join(parts, by))}, nil
}

// maxText bounds the strings that replacing can make.
const maxText = 1 << 20

func replace(c *call) (Collection, error) {
	s, old, with, ok, err := c.replacement()
	if err != nil || !ok {
		return nil, err
	}
	if len(s)+strings.Count(s, old)*len(with) > maxText {
		return nil, &Error{At: c.e.Pos(), Detail: "the text becomes too long", Budget: true}
	}
	if old == "" { // before each character and at the end
		var b strings.Builder
		b.WriteString(with)
		for _, r := range s {
			b.WriteRune(r)
			b.WriteString(with)
		}
		return Collection{String(b.String())}, nil
	}
	return Collection{String(strings.ReplaceAll(s, old, with))}, nil
}

// replacement is the string before the dot and both arguments; ok is false if one is missing.
func (c *call) replacement() (s, old, with string, ok bool, err error) {
	s, ok, err = c.text()
	if err != nil {
		return
	}
	old, okOld, err := c.textArg(0)
	if err != nil {
		return
	}
	with, okWith, err := c.textArg(1)
	return s, old, with, ok && okOld && okWith, err
}

// pattern compiles a regular expression; the dot matches line ends.
func (c *call) pattern(src string) (*regexp.Regexp, error) {
	re, err := regexp.Compile("(?s)" + src)
	if err != nil {
		return nil, errorf(c.e, "not a regular expression: %v", err)
	}
	return re, nil
}

func matches(c *call) (Collection, error) { return c.match(func(p string) string { return p }) }

func matchesFull(c *call) (Collection, error) {
	return c.match(func(p string) string { return `\A(?:` + p + `)\z` })
}

func (c *call) match(frame func(string) string) (Collection, error) {
	s, ok, err := c.text()
	if err != nil {
		return nil, err
	}
	p, okArg, err := c.textArg(0)
	if err != nil || !ok || !okArg {
		return nil, err
	}
	re, err := c.pattern(frame(p))
	if err != nil {
		return nil, err
	}
	return boolean(re.MatchString(s)), nil
}

func replaceMatches(c *call) (Collection, error) {
	s, p, with, ok, err := c.replacement()
	if err != nil || !ok {
		return nil, err
	}
	if p == "" {
		return Collection{String(s)}, nil
	}
	re, err := c.pattern(p)
	if err != nil {
		return nil, err
	}
	if n := len(re.FindAllStringIndex(s, -1)); len(s)+n*(len(s)+len(with)) > maxText {
		return nil, &Error{At: c.e.Pos(), Detail: "the text becomes too long", Budget: true}
	}
	return Collection{String(re.ReplaceAllString(s, with))}, nil
}

func encode(c *call) (Collection, error) {
	return withText(c, func(s, form string) Item {
		switch form {
		case "base64":
			return String(base64.StdEncoding.EncodeToString([]byte(s)))
		case "urlbase64":
			return String(base64.URLEncoding.EncodeToString([]byte(s)))
		case "hex":
			return String(hex.EncodeToString([]byte(s)))
		}
		return nil
	})
}

func decode(c *call) (Collection, error) {
	return withText(c, func(s, form string) Item {
		var out []byte
		var err error
		switch form {
		case "base64":
			out, err = base64.StdEncoding.DecodeString(s)
		case "urlbase64":
			out, err = base64.URLEncoding.DecodeString(s)
		case "hex":
			out, err = hex.DecodeString(s)
		default:
			return nil
		}
		if err != nil || !utf8.Valid(out) {
			return nil
		}
		return String(out)
	})
}

func escape(c *call) (Collection, error) {
	return withText(c, func(s, form string) Item {
		switch form {
		case "html":
			return String(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s))
		case "json":
			var b strings.Builder
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(s); err != nil {
				return nil
			}
			out := strings.TrimSuffix(b.String(), "\n")
			return String(out[1 : len(out)-1])
		}
		return nil
	})
}

func unescape(c *call) (Collection, error) {
	return withText(c, func(s, form string) Item {
		switch form {
		case "html":
			return String(html.UnescapeString(s))
		case "json":
			var out string
			if err := json.Unmarshal([]byte(`"`+escapeQuotes(s)+`"`), &out); err != nil {
				return nil
			}
			return String(out)
		}
		return nil
	})
}

// escapeQuotes puts a backslash before quotes that have none: text need not be escaped wholly to be unescaped.
func escapeQuotes(s string) string {
	var b strings.Builder
	escaped := false
	for i := range len(s) {
		if s[i] == '"' && !escaped {
			b.WriteByte('\\')
		}
		escaped = s[i] == '\\' && !escaped
		b.WriteByte(s[i])
	}
	return b.String()
}
