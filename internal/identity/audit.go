package identity

import (
	"context"
	"net"
	"net/http"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// Kinds of audit events of this package.
const (
	auditLogin   = "login"
	auditLogout  = "logout"
	auditToken   = "token"
	auditConsent = "consent"
	auditClient  = "client"
	auditUser    = "user"
	auditRole    = "role"
)

// event begins an audit event about a request.
func event(r *http.Request, kind, operation string) *chart.AuditEvent {
	e := &chart.AuditEvent{Kind: kind, Action: "E", Operation: operation, API: "oauth2"}
	if r != nil {
		e.Address = r.RemoteAddr
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			e.Address = host
		}
		e.RequestID = r.Header.Get("X-Request-ID")
	}
	return e
}

func about(e *chart.AuditEvent, c *client.Client, a *account.Account, g *token.Grant) *chart.AuditEvent {
	if c != nil {
		e.ClientID = c.ID
	}
	if g != nil {
		e.UserID, e.ClientID = g.AccountID, g.ClientID
		e.Role = roleOf(g.Actor)
		if g.Context.Patient != "" {
			e.Patients = []string{g.Context.Patient}
		}
	}
	if a != nil {
		e.UserID, e.UserName, e.Role = a.ID, a.Login, roleOf(a.Kind.Actor())
		if a.Emergency() {
			e.Role = account.EmergencyLogin
		}
	}
	return e
}

func roleOf(a access.Actor) string {
	switch a {
	case access.User:
		return "user"
	case access.Patient:
		return "patient"
	case access.System:
		return "system"
	}
	return ""
}

// record keeps an event. Without a record nothing is given out, so an error here is the request's.
func (t *siteServer) record(ctx context.Context, e *chart.AuditEvent, failure error) error {
	if failure != nil {
		e.Outcome, e.Reason = chart.MinorFailure, reason(failure)
		if fault.KindOf(failure) == fault.Unavailable && !fault.Wanted(failure) {
			e.Outcome = chart.SeriousFailure
		}
	}
	e.Time = t.server.now().UTC()
	// The event is about something that happened, whether the client is still listening or not.
	if err := t.server.config.Audit.Record(context.WithoutCancel(ctx), t.name, e); err != nil {
		t.server.log.Error("audit record", "site", t.name, "kind", e.Kind, "operation", e.Operation, "error", err)
		return fault.Wrap(fault.Unavailable, "identity.audit", err)
	}
	return nil
}
