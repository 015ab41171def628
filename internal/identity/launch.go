package identity

import (
	"context"
	"net/url"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// Launch begins an EHR launch: it returns the address at which the browser of the account's owner opens the app, with what is
// open in the EHR as context. The launch is good for this client and this account, once, for five minutes.
//
// Errors: NotFound for the client, Invalid when it has registered no launch address or not the scope launch, or waits for
// approval. https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
func (s *Server) Launch(ctx context.Context, site, clientID, accountID string, c token.Context) (string, error) {
	t, err := s.site(ctx, site)
	if err != nil {
		return "", err
	}
	k, err := t.store.Client(ctx, clientID)
	if err != nil {
		return "", err
	}
	if !k.Launches() {
		return "", fault.New(fault.Invalid, "identity.launch", "The app is not enabled, or cannot be launched from here.")
	}
	u, err := url.Parse(k.Metadata.InitiateLoginURI)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "identity.launch", err)
	}
	handle, hash := token.Mint()
	c.EHR = true
	l := &session.Launch{Hash: hash, ClientID: clientID, AccountID: accountID, Context: c, Expires: s.now().Add(session.LaunchLife)}
	err = t.store.PutLaunch(ctx, l)
	e := &chart.AuditEvent{Kind: auditToken, Action: "E", Operation: "launch", API: "oauth2", ClientID: clientID, UserID: accountID}
	if c.Patient != "" {
		e.Patients = []string{c.Patient}
	}
	if err2 := t.record(ctx, e, err); err == nil {
		err = err2
	}
	if err != nil {
		return "", err
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.Values{"iss": {t.fhir}, "launch": {handle}}.Encode()
	return u.String(), nil
}
