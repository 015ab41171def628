package access

// rule names one rule of the decision, so that a test can switch it off and prove that others notice.
type rule uint32

// The rules, and where each is kept.
const (
	// decide.go
	ruleSignedIn rule = 1 << iota // nobody may do nothing

	// admit.go
	ruleSwitch       // the API is switched on at the site
	ruleSystemSwitch // clients may act for themselves at the site
	ruleRole         // staff on Standard, patients on Portal
	ruleFamily       // the token holds the scope of the API
	rulePerson       // staff and patients are persons of the record
	ruleSelf         // a portal patient acts on his own record

	// route.go, for the Standard and Portal APIs
	ruleAPI // an operation belongs to one API

	// data.go, for FHIR; route.go, for the words of the Standard and Portal APIs
	ruleScope    // a data scope of a context that fits the actor permits the action
	ruleWildcard // wildcards count only where the site allows them
	ruleGranular // granular scopes narrow

	// patient.go
	ruleContext    // patient/ scopes need a patient in context
	ruleSight      // types that patient/ scopes never see
	ruleLetters    // what patient/ scopes can do with a type
	ruleOwnLetters // what a patient himself can do with a type
	ruleNarrow     // patient/ scopes see one patient's rows

	// right.go
	ruleRight // staff need the right of their role
	ruleNever // records that only the server writes

	// operation.go
	ruleOwnScope // operations with a scope of their own
	rulePlace    // contexts in which an operation may be called

	lastRule
)

// holds evaluates one rule: it is broken if the condition is, unless the rule is off.
func (c *call) holds(r rule, condition bool) bool { return condition || c.off&r != 0 }
