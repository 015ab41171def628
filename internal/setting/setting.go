// Package setting holds the per-site settings: their names, what values they take, their defaults, the one service that reads
// them and the one rule by which they change. It decides nothing by itself; the doors, the access decision and the authorization
// server ask it.
package setting

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/fault"
)

// Values are the settings of one site at one instant. A value is never changed after it has been handed out.
type Values struct {
	APIStandard     bool // api_standard: /apis/{site}/api answers
	APIPortal       bool // api_portal: /apis/{site}/portal answers
	APIFHIR         bool // api_fhir: /apis/{site}/fhir answers
	APISystemScopes bool // api_system_scopes: system/ scopes may be registered and granted

	PasswordGrant string // password_grant: off, users, patient, both
	AppApproval   string // app_approval: patient_auto, manual
	Registration  string // registration: open, token, closed

	WildcardScopes bool   // wildcard_scopes: patient/*.read and the like may be registered and granted
	UpdateAsCreate bool   // update_as_create: PUT with an unknown id creates
	FHIRAliases    bool   // fhir_aliases: the FHIR API of the default site also answers under /r4, /fhir/r4 and /metadata
	Provenance     bool   // provenance: every write leaves a Provenance resource
	Validation     string // validation: off, structure, full
	AuditReads     string // audit_reads: batched, durable
	SearchHandling string // search_handling: strict, lenient
	IfMatch        string // if_match: optional, required

	RateLimit         string // rate_limit: off, or requests a second
	WriteQuota        string // write_quota: off, or bytes a day
	ConditionalDelete string // conditional_delete: single, multiple
	SecondFactor      string // second_factor: optional, administrators, staff
	EmergencyUse      string // emergency_use: how long an emergency login lasts
	PublicOffline     bool   // public_offline: apps without a secret may be given offline_access

	Closed     bool // closed: the site answers nobody, on any address
	StopTokens bool // stop_tokens: no token is issued; see [Values.MayIssue]
	StopWrites bool // stop_writes: nothing of the record changes; see [Values.MayWrite]
}

// Values of the settings that take words.
const (
	Off       = "off"
	On        = "on"
	Users     = "users"
	Patient   = "patient"
	Both      = "both"
	Auto      = "patient_auto"
	Manual    = "manual"
	Open      = "open"
	Token     = "token"
	Closed    = "closed"
	Structure = "structure"
	Full      = "full"
	Batched   = "batched"
	Durable   = "durable"
	Strict    = "strict"
	Lenient   = "lenient"
	Single    = "single"
	Multiple  = "multiple"

	Optional       = "optional"
	Required       = "required"
	Administrators = "administrators"
	Staff          = "staff"
)

// Definition says what a setting is called and what it takes.
type Definition struct {
	Name    string
	Allowed []string // every value it takes; the first is the default
	Help    string   // one sentence for the command line and the administration screens
	// Operator marks what the command line alone changes: with it an administrator would close the page that is to open it again.
	Operator bool

	text *textField
	flag *flagField
}

type (
	textField func(*Values) *string
	flagField func(*Values) *bool
)

func flag(name, initial, help string, f flagField) Definition {
	allowed := []string{Off, On}
	if initial == On {
		allowed = []string{On, Off}
	}
	return Definition{Name: name, Allowed: allowed, Help: help, flag: &f}
}

func word(name, help string, f textField, allowed ...string) Definition {
	return Definition{Name: name, Allowed: allowed, Help: help, text: &f}
}

func operators(d Definition) Definition {
	d.Operator = true
	return d
}

// definitions is sorted by name.
var definitions = []Definition{
	flag("api_fhir", Off, "The FHIR API answers.", func(v *Values) *bool { return &v.APIFHIR }),
	flag("api_portal", Off, "The Portal API answers.", func(v *Values) *bool { return &v.APIPortal }),
	flag("api_standard", Off, "The Standard API answers.", func(v *Values) *bool { return &v.APIStandard }),
	flag("api_system_scopes", Off, "Backend services may be given system/ scopes.", func(v *Values) *bool { return &v.APISystemScopes }),
	word("app_approval", "Apps for patients alone are live at once, or every app waits for an administrator.",
		func(v *Values) *string { return &v.AppApproval }, Auto, Manual),
	word("audit_reads", "Reads wait for their audit record to be queued, or to be committed.",
		func(v *Values) *string { return &v.AuditReads }, Batched, Durable),
	operators(flag("closed", Off, "The site answers nobody, as if it did not exist; site disable and site enable change it.", func(v *Values) *bool { return &v.Closed })),
	word("conditional_delete", "A FHIR delete by criteria takes one match, or all of up to 100 together.",
		func(v *Values) *string { return &v.ConditionalDelete }, Single, Multiple),
	word("emergency_use", "How long an emergency login lasts, with all that apps were given in it, before the reason is asked for again.",
		func(v *Values) *string { return &v.EmergencyUse }, "4h", "1h", "2h", "8h", "12h"),
	flag("fhir_aliases", Off, "The FHIR API also answers under /r4, /fhir/r4 and /metadata.", func(v *Values) *bool { return &v.FHIRAliases }),
	word("if_match", "A FHIR update, patch, delete or change of labels of a resource that exists may name the version that it changes, or must (If-Match).",
		func(v *Values) *string { return &v.IfMatch }, Optional, Required),
	word("password_grant", "Who may use the password grant.",
		func(v *Values) *string { return &v.PasswordGrant }, Off, Users, Patient, Both),
	flag("provenance", On, "Every write leaves a Provenance resource, but for files that are loaded.", func(v *Values) *bool { return &v.Provenance }),
	flag("public_offline", On, "Apps that cannot keep a secret may stay connected when the person is away (offline_access).", func(v *Values) *bool { return &v.PublicOffline }),
	word("rate_limit", "How many requests a second one app may send to the APIs for one person, or for itself.",
		func(v *Values) *string { return &v.RateLimit }, "50000", "10000", "5000", "1000", "500", "100", "50", "10", Off),
	word("registration", "Who may register apps: anybody, holders of an initial access token, nobody.",
		func(v *Values) *string { return &v.Registration }, Open, Token, Closed),
	word("search_handling", "Unknown search parameters are an error or are ignored, where the request does not say.",
		func(v *Values) *string { return &v.SearchHandling }, Strict, Lenient),
	word("second_factor", "Who has to sign in with a second factor: whoever has one, administrators, or all staff.",
		func(v *Values) *string { return &v.SecondFactor }, Optional, Administrators, Staff),
	flag("stop_tokens", Off, "Stops the site's tokens: none is issued, whatever app or person asks; those that were issued go on.",
		func(v *Values) *bool { return &v.StopTokens }),
	flag("stop_writes", Off, "Stops writing: nothing of the record changes, through whichever API or command; reading goes on.",
		func(v *Values) *bool { return &v.StopWrites }),
	flag("update_as_create", On, "A FHIR update of an unknown id creates the resource.", func(v *Values) *bool { return &v.UpdateAsCreate }),
	word("validation", "How much of a written resource is checked: what the tables of its type tell, nothing, or also its references, narratives and rules in FHIRPath.",
		func(v *Values) *string { return &v.Validation }, Structure, Off, Full),
	flag("wildcard_scopes", Off, "Scopes such as patient/*.read may be registered and granted.", func(v *Values) *bool { return &v.WildcardScopes }),
	word("write_quota", "How many bytes one app may write to the record a day for one person, or for itself.",
		func(v *Values) *string { return &v.WriteQuota }, Off, "10MB", "100MB", "1GB", "10GB", "100GB"),
}

// All returns the definitions of all settings, sorted by name.
func All() []Definition { return slices.Clone(definitions) }

// Defaults returns the settings of a new site.
func Defaults() *Values {
	v := &Values{}
	for i := range definitions {
		definitions[i].put(v, definitions[i].Allowed[0])
	}
	return v
}

// Demo returns the settings of the demonstration: every API and the password grant are on.
func Demo() map[string]string {
	return map[string]string{
		"api_fhir": On, "api_portal": On, "api_standard": On, "api_system_scopes": On, "fhir_aliases": On, "password_grant": Both,
	}
}

// Check returns an Invalid error when there is no setting of this name or it does not take value.
func Check(name, value string) error {
	d := find(name)
	if d == nil {
		names := make([]string, len(definitions))
		for i := range definitions {
			names[i] = definitions[i].Name
		}
		return fault.New(fault.Invalid, "setting", "no setting %q; the settings are %s", name, strings.Join(names, ", "))
	}
	if !slices.Contains(d.Allowed, value) {
		return fault.New(fault.Invalid, "setting", "%s does not take %q; it takes %s", name, value, strings.Join(d.Allowed, ", "))
	}
	return nil
}

// Offered reports whether there is a setting of this name that the pages of administration change.
func Offered(name string) bool {
	d := find(name)
	return d != nil && !d.Operator
}

// Of returns the value of the named setting as it is written, and false when there is no such setting.
func (v *Values) Of(name string) (string, bool) {
	d := find(name)
	switch {
	case d == nil:
		return "", false
	case d.text != nil:
		return *(*d.text)(v), true
	case *(*d.flag)(v):
		return On, true
	}
	return Off, true
}

// RequestsPerSecond is the setting rate_limit as a number; 0 = no limit.
func (v *Values) RequestsPerSecond() int {
	n, err := strconv.Atoi(v.RateLimit)
	if err != nil {
		return 0 // off
	}
	return n
}

// WriteQuotaBytes is the setting write_quota as a number; 0 = no quota.
func (v *Values) WriteQuotaBytes() int64 {
	number, unit := v.WriteQuota, int64(1)
	if digits, ok := strings.CutSuffix(number, "MB"); ok {
		number, unit = digits, 1_000_000
	} else if digits, ok := strings.CutSuffix(number, "GB"); ok {
		number, unit = digits, 1_000_000_000
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0 // off
	}
	return n * unit
}

// EmergencyLife is the setting emergency_use as a duration.
func (v *Values) EmergencyLife() time.Duration {
	d, err := time.ParseDuration(v.EmergencyUse)
	if err != nil {
		return 0 // no value that it takes: nothing lasts
	}
	return d
}

func find(name string) *Definition {
	for i := range definitions {
		if definitions[i].Name == name {
			return &definitions[i]
		}
	}
	return nil
}

func (d *Definition) put(v *Values, value string) {
	if d.text != nil {
		*(*d.text)(v) = value
		return
	}
	*(*d.flag)(v) = value == On
}
