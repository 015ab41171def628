package path

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokQuotedName
	tokString
	tokNumber
	tokDate
	tokDateTime
	tokTime
	tokVariable
	tokSymbol
)

type token struct {
	kind tokenKind
	pos  int
	text string
}

// operatorWord holds the words that are operators where an operator can stand.
var operatorWord = map[string]bool{
	"and": true, "or": true, "xor": true, "implies": true, "is": true, "as": true, "in": true, "contains": true,
	"div": true, "mod": true, "true": true, "false": true,
}

// calendar holds the words that make a number a quantity of calendar time.
var calendar = map[string]bool{
	"year": true, "month": true, "week": true, "day": true, "hour": true, "minute": true, "second": true, "millisecond": true,
	"years": true, "months": true, "weeks": true, "days": true, "hours": true, "minutes": true, "seconds": true,
	"milliseconds": true,
}

var symbols = [...]string{"<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "|", "=", "~", "<", ">", "+", "-", "*", "/", "&", "%"}

// lex splits src into tokens, the last of which is tokEnd.
func lex(src string) ([]token, error) {
	l := lexer{src: src}
	var out []token
	for {
		if err := l.skip(); err != nil {
			return nil, err
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if t.kind == tokEnd {
			return out, nil
		}
	}
}

type lexer struct {
	src string
	pos int
}

// skip passes over white space and comments.
func (l *lexer) skip() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			i := strings.Index(rest, "*/")
			if i < 0 {
				return &SyntaxError{Src: l.src, At: l.pos, Detail: "comment without end"}
			}
			l.pos += i + 2
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() (token, error) {
	start := l.pos
	if start >= len(l.src) {
		return token{kind: tokEnd, pos: start}, nil
	}
	c := l.src[start]
	switch {
	case isNameByte(c, false):
		return l.word(tokName), nil
	case isDigit(c):
		return l.number(), nil
	case c == '\'' || c == '`' || c == '"':
		text, err := l.quoted(c)
		kind := tokString
		if c != '\'' {
			kind = tokQuotedName
			if err == nil && text == "" {
				err = &SyntaxError{Src: l.src, At: start, Detail: "a name without letters"}
			}
		}
		return token{kind, start, text}, err
	case c == '@':
		return l.temporal()
	case c == '$':
		l.pos++
		t := l.word(tokVariable)
		return token{tokVariable, start, "$" + t.text}, nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(l.src[start:], s) {
			l.pos += len(s)
			return token{tokSymbol, start, s}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[start:])
	return token{}, &SyntaxError{Src: l.src, At: start, Detail: "unexpected character " + strconv.QuoteRune(r)}
}

func (l *lexer) word(kind tokenKind) token {
	start := l.pos
	for l.pos < len(l.src) && isNameByte(l.src[l.pos], true) {
		l.pos++
	}
	return token{kind, start, l.src[start:l.pos]}
}

func (l *lexer) number() token {
	start := l.pos
	l.digits()
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && isDigit(l.src[l.pos+1]) {
		l.pos++
		l.digits()
	}
	return token{tokNumber, start, l.src[start:l.pos]}
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && isDigit(l.src[l.pos]) {
		l.pos++
	}
}

// temporal reads @2015-02, @2015-02-04T14:34Z, @2015T or @T14:34.
func (l *lexer) temporal() (token, error) {
	start := l.pos
	l.pos++
	from := l.pos
	take := func(set string) {
		for l.pos < len(l.src) && (isDigit(l.src[l.pos]) || strings.IndexByte(set, l.src[l.pos]) >= 0) {
			l.pos++
		}
	}
	take("-")
	date := l.src[from:l.pos]
	if l.pos >= len(l.src) || l.src[l.pos] != 'T' {
		if date == "" {
			return token{}, &SyntaxError{Src: l.src, At: start, Detail: "@ without a date"}
		}
		return token{tokDate, start, date}, nil
	}
	l.pos++
	clock := l.pos
	take(":")
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && isDigit(l.src[l.pos+1]) {
		l.pos++
		take("")
	}
	if date == "" {
		return token{tokTime, start, l.src[clock:l.pos]}, nil
	}
	if l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == 'Z':
			l.pos++
		case (c == '+' || c == '-') && l.pos > clock:
			l.pos++
			take(":")
		}
	}
	if l.pos == clock { // @2015T: a dateTime of a year
		return token{tokDateTime, start, date}, nil
	}
	return token{tokDateTime, start, l.src[from:l.pos]}, nil
}

// quoted reads a string or a delimited name and undoes its escapes.
func (l *lexer) quoted(q byte) (string, error) {
	start := l.pos
	l.pos++
	var b strings.Builder
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		l.pos++
		switch {
		case c == q:
			return b.String(), nil
		case c != '\\':
			b.WriteByte(c)
		case !l.escape(&b):
			return "", &SyntaxError{Src: l.src, At: l.pos - 1, Detail: "unknown escape"}
		}
	}
	return "", &SyntaxError{Src: l.src, At: start, Detail: "text without closing " + string(q)}
}

// escape reads what follows a backslash. https://hl7.org/fhirpath/N1/#string
func (l *lexer) escape(b *strings.Builder) bool {
	if l.pos >= len(l.src) {
		return false
	}
	c := l.src[l.pos]
	l.pos++
	switch c {
	case '\'', '"', '`', '\\', '/':
		b.WriteByte(c)
	case 'r':
		b.WriteByte('\r')
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'f':
		b.WriteByte('\f')
	case 'u':
		if l.pos+4 > len(l.src) {
			return false
		}
		n, err := strconv.ParseUint(l.src[l.pos:l.pos+4], 16, 16)
		if err != nil {
			return false
		}
		l.pos += 4
		b.WriteRune(rune(n))
	default:
		return false
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte, inside bool) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || inside && isDigit(c)
}
