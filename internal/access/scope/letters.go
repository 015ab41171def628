package scope

// Letters is a set of SMART v2 permissions.
type Letters uint8

// The permissions, in the order in which a scope must name them.
const (
	Create Letters = 1 << iota // c: create
	Read                       // r: read, vread, history of an instance
	Update                     // u: update and patch
	Delete                     // d: delete
	Search                     // s: search, history of a type or the system
)

// The sets that SMART v1 names.
const (
	V1Read  = Read | Search            // .read
	V1Write = Create | Update | Delete // .write
	All     = V1Read | V1Write         // .*
)

const letterOrder = "cruds"

// LetterOf returns the set of one letter of cruds, the empty set for any other byte.
func LetterOf(c byte) Letters {
	switch c {
	case 'c':
		return Create
	case 'r':
		return Read
	case 'u':
		return Update
	case 'd':
		return Delete
	case 's':
		return Search
	}
	return 0
}

// Has reports whether all of t is in l.
func (l Letters) Has(t Letters) bool { return l&t == t }

// String returns the letters in order.
func (l Letters) String() string {
	b := make([]byte, 0, len(letterOrder))
	for i := range letterOrder {
		if l&(1<<i) != 0 {
			b = append(b, letterOrder[i])
		}
	}
	return string(b)
}

// ParseLetters reads a permission: letters of cruds in order and each at most once, or read, write, * of SMART v1.
// It returns the empty set for anything else.
func ParseLetters(s string) Letters {
	switch s {
	case "read":
		return V1Read
	case "write":
		return V1Write
	case "*":
		return All
	}
	var l Letters
	for i := range len(s) {
		bit := LetterOf(s[i])
		if bit == 0 || bit <= highest(l) {
			return 0
		}
		l |= bit
	}
	return l
}

// highest returns the last letter of l as a set, so that a following one must be greater.
func highest(l Letters) Letters {
	for bit := Search; bit > 0; bit >>= 1 {
		if l&bit != 0 {
			return bit
		}
	}
	return 0
}
