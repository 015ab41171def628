package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/demo"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// FirstStart makes the default site where there is none: with the demonstration's patients and accounts, or with one
// administrator whose password is printed to out, once. Later starts change nothing.
func (a *App) FirstStart(ctx context.Context, withDemo bool, out io.Writer) error {
	var content []r4.Resource
	if withDemo {
		content = demoRecord()
	}
	if _, err := a.Sites.Open(ctx, DefaultSite); fault.Is(err, fault.NotFound) {
		if err := a.makeSite(ctx, DefaultSite, content); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	} else if err != nil {
		return err
	}
	if withDemo {
		return a.seedDemo(ctx, content)
	}
	password, err := a.firstAdministrator(ctx, DefaultSite)
	if err != nil || password == "" {
		return err
	}
	fmt.Fprintf(out, "The administrator of site %s is admin with the password %s\nIt is shown this once; change it with: chartwright user passwd admin\n", DefaultSite, password)
	return nil
}

// AddSite makes a site with everything that every site has, and returns the one-time password of its administrator, admin.
//
// Errors: Conflict if it exists, Invalid for a bad name.
func (a *App) AddSite(ctx context.Context, name string) (password string, err error) {
	if err := a.makeSite(ctx, name, nil); err != nil {
		return "", err
	}
	return a.firstAdministrator(ctx, name)
}

// makeSite makes a site that begins with the given resources, followed by the reference lists of the Standard API, which are
// resources of the site and editable there.
func (a *App) makeSite(ctx context.Context, name string, content []r4.Resource) error {
	if _, err := a.Sites.Add(ctx, name); err != nil {
		return err
	}
	return a.put(ctx, name, append(content, standard.Lists()...))
}

// firstAdministrator makes the account admin where a site has no staff. An empty password means that it has.
func (a *App) firstAdministrator(ctx context.Context, site string) (password string, err error) {
	password, err = a.Admin.FirstAdministrator(ctx, site)
	if err != nil || password == "" {
		return "", err
	}
	c, err := a.Admin.User(ctx, site, identity.Who{Login: "admin", Kind: account.Staff})
	if err != nil {
		return "", err
	}
	return password, a.practitionerOf(ctx, site, c)
}

// demoRecord is everything that the demonstration's record holds. The first patient comes first, so that he has the number 1
// that every example of the Standard API shows.
func demoRecord() []r4.Resource {
	all := append(demo.Chart(0), demo.Clinic()...)
	for n := 1; n < demo.Patients(); n++ {
		all = append(all, demo.Chart(n)...)
	}
	return append(append(all, demo.Office()...), demo.Samples()...)
}

// seedDemo fills the default site with the demonstration, where that is missing.
func (a *App) seedDemo(ctx context.Context, content []r4.Resource) error {
	site, err := a.Sites.Open(ctx, DefaultSite)
	if err != nil {
		return err
	}
	if _, err = site.Read(ctx, chart.Key{Type: "Patient", ID: demo.PortalPatient}); fault.Is(err, fault.NotFound) {
		err = a.put(ctx, DefaultSite, content)
	}
	if err != nil {
		return err
	}
	return a.Admin.SeedDemo(ctx, DefaultSite, identity.Demo{
		PatientID:    demo.PortalPatient,
		Practitioner: demo.Staff(),
		RedirectURIs: documentationRedirects(a.BaseURL),
	})
}

// documentationRedirects are where the pages of the documentation want to be sent back to. On loopback people write the address
// as they like, so all spellings of it count; without TLS only its IP addresses, since a name could be resolved to elsewhere.
// https://www.rfc-editor.org/rfc/rfc8252#section-8.3
func documentationRedirects(baseURL string) []string {
	const page = "/swagger/oauth2-redirect.html"
	u, err := url.Parse(baseURL)
	if err != nil {
		return []string{baseURL + page}
	}
	spellings := []string{"localhost", "127.0.0.1", "::1"}
	if u.Scheme == "http" {
		spellings = spellings[1:]
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return []string{baseURL + page}
	}
	var out []string
	for _, host := range spellings {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if u.Port() != "" {
			host += ":" + u.Port()
		}
		out = append(out, u.Scheme+"://"+host+page)
	}
	return out
}

// put stores resources under their ids in one transaction. The audit trail alone says where they come from: nobody wrote them.
func (a *App) put(ctx context.Context, site string, resources []r4.Resource) error {
	ctx = record.WithOrigin(ctx, &record.Origin{Operation: "seed"})
	settings, err := a.Settings.Settings(ctx, site)
	if err != nil {
		return err
	}
	own := *settings
	own.Provenance = false
	books := map[string]*record.Book{} // by type: each has a grant of its own
	drafts := make([]*record.Draft, 0, len(resources))
	touch := make([]chart.Key, 0, len(resources))
	for _, r := range resources {
		typ := r.Type().Name
		if books[typ] == nil {
			book, err := a.Operator(ctx, site, access.Create, typ)
			if err != nil {
				return err
			}
			books[typ] = book.Under(&own)
		}
		d, err := books[typ].Draft(ctx, r, r.IDField().V)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", typ, r.IDField().V, err)
		}
		drafts, touch = append(drafts, d), append(touch, d.Key)
	}
	if len(drafts) == 0 {
		return nil
	}
	return books[drafts[0].Type].Write(ctx, touch, func(u *record.Unit) error {
		for _, d := range drafts {
			if _, err := u.As(books[d.Type]).Put(d, chart.Update, chart.Expect{}); err != nil {
				return err
			}
		}
		return nil
	})
}
