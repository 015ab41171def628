package access

// Scopes are the parsed scopes of a token.
type Scopes struct {
	Raw []string // as granted
}
