package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/token"
)

// maxGrantPage bounds a page of grants.
const maxGrantPage = 1000

// GrantQuery selects the live grants that match every field that is set, and for a list the page of them.
type GrantQuery struct {
	ID       string
	ClientID string
	Who      Who    // the person
	After    string // Next of the page before; empty = from the newest
	Limit    int    // 1 to 1000
}

// GrantPage is one page of grants, newest first.
type GrantPage struct {
	Grants []*token.Grant
	Next   string // empty = the last page
}

func (a *Admin) grantFilter(ctx context.Context, site string, q GrantQuery) (token.Filter, error) {
	f := token.Filter{ID: q.ID, ClientID: q.ClientID}
	if !q.Who.named() {
		return f, nil
	}
	u, err := a.User(ctx, site, q.Who)
	if err != nil {
		return f, err
	}
	f.AccountID = u.ID
	return f, nil
}

// Grants lists one page of the live grants. A grant that is made or revoked between two pages makes no other appear twice or not
// at all. Errors: Invalid; those of [Admin.User].
func (a *Admin) Grants(ctx context.Context, site string, q GrantQuery) (*GrantPage, error) {
	if q.Limit < 1 || q.Limit > maxGrantPage {
		return nil, fault.New(fault.Invalid, "grant.list", "a page holds 1 to %d grants", maxGrantPage)
	}
	f, err := a.grantFilter(ctx, site, q)
	if err != nil {
		return nil, err
	}
	if q.After != "" {
		if f.After, err = token.ParseCursor(q.After); err != nil {
			return nil, err
		}
	}
	f.Limit = q.Limit + 1 // one more says whether there is another page
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	page := &GrantPage{}
	if page.Grants, err = st.Grants(ctx, f); err != nil {
		return nil, err
	}
	if len(page.Grants) > q.Limit {
		page.Grants = page.Grants[:q.Limit]
		page.Next = token.CursorOf(page.Grants[q.Limit-1]).String()
	}
	return page, nil
}

// RevokeGrants ends grants with all their tokens and returns how many were live: the next call with one of the tokens is refused.
// What a person has agreed to for ever is remembered still; [Admin.RevokeUser] forgets it. Errors: Invalid when nothing is selected;
// those of [Admin.User].
func (a *Admin) RevokeGrants(ctx context.Context, site string, q GrantQuery) (int, error) {
	f, err := a.grantFilter(ctx, site, q)
	if err != nil {
		return 0, err
	}
	if f == (token.Filter{}) {
		return 0, fault.New(fault.Invalid, "grant.revoke", "say which: a grant's id, a client or a user")
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return 0, err
	}
	n, err := st.RevokeGrants(ctx, f)
	id := f.ID
	if id == "" {
		id = f.AccountID
	}
	return n, a.record(ctx, site, &chart.AuditEvent{Kind: auditToken, Action: "D", Operation: "token revoke", ClientID: f.ClientID, ID: id}, err)
}
