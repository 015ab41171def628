package identity

import (
	"context"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// Persons knows what the record says about the person behind an account.
type Persons interface {
	// Person returns what the resource has that the account names as its person: Patient, Practitioner. The access is recorded as the
	// person's own through the client that is told. Errors: NotFound when there is none, or it tells nothing of the sort; Forbidden.
	Person(ctx context.Context, site string, a *account.Account, client string) (*Person, error)
}

// Person is what OpenID Connect tells of a person beyond the account, as far as the record has it.
// https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
type Person struct {
	Middle, Nickname string
	Gender           string // female, male, other
	Birthdate        string // 1980-02-29, or a year alone
	Phone            string
	Address          Address
	Updated          time.Time
}

// Address is the claim of that name. https://openid.net/specs/openid-connect-core-1_0.html#AddressClaim
type Address struct {
	Formatted  string `json:"formatted,omitempty"`
	Street     string `json:"street_address,omitempty"` // lines, with newlines between them
	Locality   string `json:"locality,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

// claimsSupported are all claims of ID tokens and of the userinfo endpoint.
var claimsSupported = []string{
	"iss", "sub", "aud", "exp", "iat", "jti", "auth_time", "nonce", "at_hash", "fhirUser", "profile", "name", "given_name", "family_name",
	"middle_name", "nickname", "preferred_username", "gender", "birthdate", "updated_at", "email", "email_verified", "phone_number",
	"phone_number_verified", "address",
}

// ofRecord are the scopes whose claims are in the record alone.
var ofRecord = map[string]bool{"profile": true, "nickname": true, "phone": true, "phone_verified": true, "address": true}

// Claims returns the claims of the person that the scopes ask for, in ID tokens and at the userinfo endpoint alike; what nobody knows is
// left out. Addresses and telephone numbers are nowhere verified by this server, and the claims say so.
// https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
func (o *owners) Claims(ctx context.Context, g *token.Grant, scopes []string) (map[string]any, error) {
	t := (*siteServer)(o)
	a, err := t.store.Account(ctx, g.AccountID)
	if err != nil {
		return nil, err
	}
	p, err := o.person(ctx, a, g.ClientID, scopes)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{"sub": a.ID}
	put := func(name, value string) {
		if value != "" {
			claims[name] = value
		}
	}
	unverified := func(name, value string) {
		if value != "" {
			claims[name] = false
		}
	}
	for _, s := range scopes {
		switch s {
		case "fhirUser":
			if a.FHIRUser != "" {
				put("fhirUser", t.fhir+"/"+a.FHIRUser)
			}
		case "profile":
			put("name", a.Name())
			put("given_name", a.Given)
			put("family_name", a.Family)
			put("middle_name", p.Middle)
			put("nickname", p.Nickname)
			put("preferred_username", a.Login)
			put("gender", p.Gender)
			put("birthdate", p.Birthdate)
			if !p.Updated.IsZero() {
				claims["updated_at"] = p.Updated.Unix()
			}
			if a.FHIRUser != "" {
				put("profile", t.fhir+"/"+a.FHIRUser) // SMART 1.0 apps look for the person here
			}
		case "name":
			put("name", a.Name())
		case "given_name":
			put("given_name", a.Given)
		case "family_name":
			put("family_name", a.Family)
		case "nickname":
			put("nickname", p.Nickname)
		case "email":
			put("email", a.Email)
			unverified("email_verified", a.Email)
		case "email_verified":
			unverified("email_verified", a.Email)
		case "phone":
			put("phone_number", p.Phone)
			unverified("phone_number_verified", p.Phone)
		case "phone_verified":
			unverified("phone_number_verified", p.Phone)
		case "address":
			if p.Address != (Address{}) {
				claims["address"] = p.Address
			}
		}
	}
	return claims, nil
}

// person returns what the record says, if one of the scopes asks for it; never nil without an error.
func (o *owners) person(ctx context.Context, a *account.Account, client string, scopes []string) (*Person, error) {
	t := (*siteServer)(o)
	asked := false
	for _, s := range scopes {
		asked = asked || ofRecord[s]
	}
	if !asked || t.server.config.Persons == nil || a.FHIRUser == "" {
		return &Person{}, nil
	}
	p, err := t.server.config.Persons.Person(ctx, t.name, a, client)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || fault.Is(err, fault.Forbidden) {
		return &Person{}, nil
	}
	return p, err
}
