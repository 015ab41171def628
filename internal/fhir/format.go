package fhir

// The lexical forms of the primitives, as the regular expressions of the specification give them, compiled by hand: they run
// for every value that is decoded. https://hl7.org/fhir/R4/datatypes.html#primitive

// shape reports whether eight bytes of s from i on are digits where mask has 0x76 and the characters of like elsewhere (0x7F).
func shape(s string, i int, like, mask uint64) bool {
	x := load8(s, i) ^ like
	return (x|(x+mask))&highs == 0
}

// load8 returns eight bytes of s, the first in the lowest bits.
func load8(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// The shapes of the parts of a date and time, as like and mask of shape; the first character is in the lowest bits.
const (
	likeYearMonth = 0x2d30302d30303030 // 0000-00-
	maskYearMonth = 0x7f76767f76767676
	likeClock     = 0x30303a30303a3030 // 00:00:00
	maskClock     = 0x76767f76767f7676
)

func isDigit(c byte) bool { return c-'0' <= 9 }

// two returns the number of two digits at i, which are known to be digits.
func two(s string, i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }

// isDate: YYYY, YYYY-MM or YYYY-MM-DD; year 0000 and days that the month does not have are refused.
func isDate(s string) bool {
	switch len(s) {
	case 10:
		return isFullDate(s)
	case 7:
		if !isDigit(s[5]) || !isDigit(s[6]) || s[4] != '-' || two(s, 5) < 1 || two(s, 5) > 12 {
			return false
		}
	case 4:
	default:
		return false
	}
	return isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2]) && isDigit(s[3]) && s[:4] != "0000"
}

// isFullDate reports whether s, of ten bytes at least, begins with YYYY-MM-DD.
func isFullDate(s string) bool {
	if !shape(s, 0, likeYearMonth, maskYearMonth) || !isDigit(s[8]) || !isDigit(s[9]) {
		return false
	}
	month, day := two(s, 5), two(s, 8)
	if month < 1 || month > 12 || day < 1 || s[:4] == "0000" {
		return false
	}
	return day <= 28 || day <= daysIn(s)
}

// daysIn returns the days of the month of a date that begins YYYY-MM.
func daysIn(s string) int {
	switch s[5:7] {
	case "04", "06", "09", "11":
		return 30
	case "02":
		y := two(s, 0)*100 + two(s, 2)
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// isDateTime: a date, or a full date with time, seconds and zone.
func isDateTime(s string) bool {
	if len(s) > 10 {
		return isInstant(s)
	}
	return isDate(s)
}

// isInstant: YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm).
func isInstant(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || s[10] != 'T' || !isFullDate(s) {
		return false
	}
	n := clock(s[11:])
	return n > 0 && isZone(s[11+n:])
}

// isTime: hh:mm:ss[.f…] without zone.
func isTime(s string) bool {
	n := clock(s)
	return n > 0 && n == len(s)
}

// clock returns the length of the time of day at the start of s, 0 if there is none. A leap second is allowed.
func clock(s string) int {
	if len(s) < 8 || !shape(s, 0, likeClock, maskClock) || two(s, 0) > 23 || two(s, 3) > 59 || two(s, 6) > 60 {
		return 0
	}
	if len(s) == 8 || s[8] != '.' {
		return 8
	}
	n := 9
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 9 {
		return 0
	}
	return n
}

func isZone(s string) bool {
	if s == "Z" {
		return true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' || !isDigit(s[1]) || !isDigit(s[2]) || !isDigit(s[4]) || !isDigit(s[5]) {
		return false
	}
	return two(s, 1) <= 13 && two(s, 4) <= 59 || s[1:] == "14:00"
}

// isID: 1 to 64 of A-Z, a-z, 0-9, - and the full stop.
func isID(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	ok := true
	for i := range len(s) {
		ok = ok && idCharacters[s[i]]
	}
	return ok
}

// idCharacters are the characters of an id.
var idCharacters = func() (set [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-." {
		set[c] = true
	}
	return set
}()

// isSpace is \s of the specification's regular expressions.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// hasSpace reports whether s has white space or another character up to the blank, eight at a time.
func hasSpace(s string) bool {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		w := load8(s, i)
		if (w-ones*(' '+1))&^w&highs != 0 {
			return true
		}
	}
	for ; i < len(s); i++ {
		if s[i] <= ' ' {
			return true
		}
	}
	return false
}

// isCode: no space at either end and no two in a row.
func isCode(s string) bool {
	if !hasSpace(s) {
		return s != ""
	}
	space := true
	for i := range len(s) {
		if isSpace(s[i]) {
			if space {
				return false
			}
			space = true
			continue
		}
		space = false
	}
	return !space
}

// isURI: no white space. What is not absolute is checked where it is used.
func isURI(s string) bool {
	if !hasSpace(s) {
		return s != ""
	}
	for i := range len(s) {
		if isSpace(s[i]) {
			return false
		}
	}
	return true
}

// isOID: urn:oid:[0-2](.(0|[1-9][0-9]*))+
func isOID(s string) bool {
	const prefix = "urn:oid:"
	if len(s) < len(prefix)+3 || s[:len(prefix)] != prefix || s[len(prefix)] < '0' || s[len(prefix)] > '2' {
		return false
	}
	s = s[len(prefix)+1:]
	for len(s) > 0 {
		if s[0] != '.' {
			return false
		}
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 1 || n > 2 && s[1] == '0' {
			return false
		}
		s = s[n:]
	}
	return true
}

// isUUID: urn:uuid: and a lower-case UUID.
func isUUID(s string) bool {
	const prefix = "urn:uuid:"
	if len(s) != len(prefix)+36 || s[:len(prefix)] != prefix {
		return false
	}
	for i, c := range []byte(s[len(prefix):]) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// isBase64Binary: groups of four characters of the alphabet with white space between them. The specification's expression
// takes = anywhere; only the end of the data may have it, and at most twice.
func isBase64Binary(s string) bool {
	n, pad := 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isSpace(c):
			if n%4 != 0 {
				return false
			}
			continue
		case c == '=':
			pad++
		case pad > 0, !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'):
			return false
		}
		n++
	}
	return n > 0 && n%4 == 0 && pad <= 2
}

// isDecimal: a JSON number.
func isDecimal(s string) bool { return numberLength(s) == len(s) && s != "" }

// numberLength returns the length of the JSON number at the start of s, 0 if there is none.
func numberLength(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i == len(s):
		return 0
	case s[i] == '0':
		i++
	case s[i] >= '1' && s[i] <= '9':
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
	default:
		return 0
	}
	if i < len(s) && s[i] == '.' {
		n := i + 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == i+1 {
			return 0
		}
		i = n
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		n := i + 1
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		start := n
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == start {
			return 0
		}
		i = n
	}
	return i
}
