package model

// Access is who may do what: the facts behind the one access decision and the scopes on offer.
type Access struct {
	Rights     []Right      // in the order of the policy
	Groups     []Group      // in the order of the policy
	Types      []AccessType // resource types, by name
	Words      []AccessWord // resources of the Standard and Portal APIs, by name
	Operations []AccessOperation
	Routes     []Route // operations of the Standard and Portal APIs, by id
	Granular   []GranularScope
	Plain      []ScopeText
	OwnScopes  []ScopeText // operation scopes
	Verbs      [5]string   // by letter of cruds
	Frames     []Frame     // by context
}

// Right is one section/value of the access control list.
type Right struct{ Section, Value string }

// String returns section/value.
func (r Right) String() string { return r.Section + "/" + r.Value }

// Group is a role with what it may do in a new site.
type Group struct {
	Name   string
	Title  string
	Grants []RightGrant // in the order of the rights
}

// RightGrant is one right of a group. Levels is a set: 1 view, 2 addonly, 4 wsome, 8 write.
type RightGrant struct {
	Right  int // index into Access.Rights
	Levels uint8
}

// Need is what a member of staff needs for one action: Levels of the right that satisfy it.
type Need struct {
	Right  int // index into Access.Rights; NeedStaff or NeverNeed
	Levels uint8
}

// The values of Need.Right that are no right.
const (
	NeedStaff = -1 // any member of staff
	NeedNever = -2 // nobody
)

// Letters is a set of SMART permissions: bit 0 = c, then r, u, d, s.
type Letters uint8

// AccessType is what may be done with the resources of one type.
type AccessType struct {
	Name    string
	Phrase  string // what the records are, for consent
	View    string // owned, open or denied to patient/ scopes
	Patient Letters
	Self    Letters
	Needs   [5]Need // by letter of cruds
	Common  bool
}

// AccessWord is a resource of the Standard and Portal APIs.
type AccessWord struct {
	Name    string
	Phrase  string
	User    Letters
	Patient Letters
	Shared  bool // the site's, not patients'
}

// AccessOperation is what a FHIR operation needs at one place.
type AccessOperation struct {
	Name     string
	Type     string // "" = the whole server, * = every type
	Letters  Letters
	Any      bool   // one of Letters is enough
	Data     string // type whose letters count; "" = Type
	Own      bool   // needs the operation's own scope
	Word     string // needs this plain scope
	Or       string // this plain scope opens it too
	Need     *Need  // instead of the type's own need
	Contexts [3]bool
	Entries  bool
}

// Route is one operation of the Standard or Portal API.
type Route struct {
	ID     string
	API    string // standard or portal
	Method string
	Path   string
	Action byte   // letter of cruds
	Word   string // resource word of its scope; "" = needs none
	Own    string // name of an operation scope that opens it too: $swap-insurance
	Need   Need
	Audit  string
}

// GranularScope is one granular restriction on offer.
type GranularScope struct {
	Type, Parameter, Value, Text string
}

// ScopeText is one scope with its consent text.
type ScopeText struct {
	Scope, Text string
	Hidden      bool
}

// Frame says whose records a scope is about, after the phrase of the type.
type Frame struct {
	Context           string
	Owned, Open, Note string
}
