package record

import (
	"context"
	"slices"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// Origin says where a request came from and what it asks for; it goes into every audit event of the request.
type Origin struct {
	Operation string // interaction or operationId: read, search-type, transaction, getPatient …
	Address   string // source address
	RequestID string
	Query     string // names of the search parameters, without values
	Time      time.Time
}

type originKey struct{}

// WithOrigin returns a context that carries the origin of the request. o is not copied.
func WithOrigin(ctx context.Context, o *Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

var unknownOrigin = &Origin{}

// OriginFrom returns the origin of the request, an empty one if none was set.
func OriginFrom(ctx context.Context) *Origin {
	if o, ok := ctx.Value(originKey{}).(*Origin); ok {
		return o
	}
	return unknownOrigin
}

// The codes of AuditEvent.action. https://hl7.org/fhir/R4/valueset-audit-event-action.html
const (
	actionCreate  = "C"
	actionRead    = "R"
	actionUpdate  = "U"
	actionDelete  = "D"
	actionExecute = "E"
)

// event starts an audit event with everything that the request says about itself.
func (b *Book) event(ctx context.Context, action string, status int) *chart.AuditEvent {
	o, s := OriginFrom(ctx), b.grant.Subject
	e := &chart.AuditEvent{
		Time: o.Time, Kind: "rest", Action: action, Operation: o.Operation, API: string(b.grant.Request.API),
		Query: o.Query, UserID: s.UserID, UserName: s.UserName, ClientID: s.ClientID, TokenID: s.TokenID,
		Address: o.Address, RequestID: o.RequestID, Status: status, Replica: b.records.cfg.Replica,
	}
	if len(s.Groups) > 0 {
		e.Role = s.Groups[0]
		if slices.Contains(s.Groups, access.EmergencyLogin) {
			e.Role = access.EmergencyLogin // whatever else they are
		}
	}
	return e
}

// seen records the reading of one version, or of nothing, before anything of it is shown.
func (b *Book) seen(ctx context.Context, key chart.Key, v *chart.Version, status int) error {
	e := b.event(ctx, actionRead, status)
	e.Type, e.ID = key.Type, key.ID
	if v != nil {
		e.ID, e.VID = v.ID, v.VID
		e.Patients = patientsOf(v)
	}
	if status >= 400 {
		e.Outcome = chart.MinorFailure
	}
	return b.record(ctx, e)
}

// listed records a search, or the history of what key names: the patients whose records are on the page.
func (b *Book) listed(ctx context.Context, key chart.Key, pages ...[]*chart.Version) error {
	e := b.event(ctx, actionExecute, 200)
	e.Type, e.ID = key.Type, key.ID
	seen := make(map[string]struct{})
	for _, page := range pages {
		for _, v := range page {
			if v.Owner == "" || v.Owner == chart.ManyOwners {
				continue
			}
			if _, dup := seen[v.Owner]; !dup {
				seen[v.Owner] = struct{}{}
				e.Patients = append(e.Patients, v.Owner)
			}
		}
	}
	return b.record(ctx, e)
}

// Executed records that the caller has started something about a resource type, or about all if that is empty. The event is on
// its way to disk when Executed returns.
//
// Errors: Forbidden without a grant; Unavailable if it cannot be recorded.
func (b *Book) Executed(ctx context.Context, typ string) error {
	if err := b.granted("record.execute"); err != nil {
		return err
	}
	e := b.event(ctx, actionExecute, 202)
	e.Type = typ
	return b.record(ctx, e)
}

// Refused records that subject was refused; cause says why. The event is on its way to disk when Refused returns, or counted where the
// caller is refused without end: see package refusal.
//
// Errors: Unavailable if it cannot be recorded.
func (r *Records) Refused(ctx context.Context, site chart.Site, g *access.Grant, id string, cause error) error {
	b := r.Book(site, g)
	e := b.event(ctx, actionExecute, fault.KindOf(cause).Status())
	e.Type, e.ID, e.Outcome, e.Reason = g.Request.Type, id, chart.MinorFailure, cause.Error()
	if !r.cfg.Refusals.Keep(site.Name(), e) {
		return nil
	}
	return b.record(ctx, e)
}

func (b *Book) record(ctx context.Context, e *chart.AuditEvent) error {
	settings, err := b.Settings(ctx)
	if err != nil {
		return err
	}
	return b.site.Record(ctx, e, settings.AuditReads == setting.Durable)
}

// patientsOf names the one patient whose record v belongs to.
func patientsOf(v *chart.Version) []string {
	if v.Owner == "" || v.Owner == chart.ManyOwners {
		return nil
	}
	return []string{v.Owner}
}
