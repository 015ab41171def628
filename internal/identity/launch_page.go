package identity

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/session"
)

// launchParams are what the page of an EHR can say in its link: which app, and what is open there.
var launchParams = []string{"client_id", "patient", "encounter", "location", "intent"}

// maxParam bounds one of them.
const maxParam = 200

// launchPage begins an EHR launch: staff sign in, choose the patient, and, if they like, a visit and a place, and launch an app
// with that. An EHR links to it with client_id, patient, encounter, location and intent, all of which may be left out.
// https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
func (t *siteServer) launchPage(w http.ResponseWriter, r *http.Request) {
	t.errand(w, r, session.ForLaunch, launchParams...)
}

// appsPage shows what is open and the apps that can be launched with it.
func (t *siteServer) appsPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepApps) {
		return
	}
	f.showApps(http.StatusOK, "")
}

func (f *flow) showApps(status int, problem string) {
	apps, err := f.launchable()
	if err != nil {
		f.fail(err)
		return
	}
	p := &AppsPage{Page: f.page(), Form: f.form(stepApps), Error: problem, User: f.account.Name()}
	if p.Patient, p.Encounter, p.Location, err = f.inContext(f.ticket.Context); err != nil {
		f.fail(err)
		return
	}
	for _, c := range apps {
		a := AppSummary{ID: c.ID, Name: c.Name()}
		if u, err := url.Parse(c.Metadata.InitiateLoginURI); err == nil {
			a.Host = u.Host
		}
		p.Apps = append(p.Apps, a)
		if origin := target(c.Metadata.InitiateLoginURI); !slices.Contains(p.Targets, origin) {
			p.Targets = append(p.Targets, origin)
		}
	}
	f.server.config.Screens.Apps(f.w, status, p)
}

// launchable returns the apps that can be launched here, by name: the one that the link asked for, or all.
func (f *flow) launchable() ([]*client.Client, error) {
	all, err := f.store.Clients(f.r.Context())
	if err != nil {
		return nil, err
	}
	only := f.ticket.Params.Get("client_id")
	apps := slices.DeleteFunc(all, func(c *client.Client) bool { return !launches(c) || only != "" && c.ID != only })
	slices.SortFunc(apps, func(a, b *client.Client) int {
		if n := strings.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name())); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return apps, nil
}

// launchApp takes the answer of the page: an app to be launched, or another context to be chosen first. The page stays good after
// a launch, since several apps may be launched for one patient; each launch is a new one.
func (t *siteServer) launchApp(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepApps)
	if f == nil || !f.at(stepApps) {
		return
	}
	switch choose := form.Get("choose"); choose {
	case "":
	case "patient", "encounter", "location":
		if choose == "encounter" && f.ticket.Context.Patient == "" {
			choose = "patient"
		}
		f.ticket.Picking = choose
		if err := t.store.PutTicket(r.Context(), f.ticket); err != nil {
			f.fail(err)
			return
		}
		f.proceed()
		return
	}
	ctx := r.Context()
	address, err := t.server.Launch(ctx, t.name, form.Get("app"), f.account.ID, f.ticket.Context)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		f.showApps(http.StatusBadRequest, "Choose an app from the list.")
		return
	}
	if err == nil && f.session.Context != f.ticket.Context {
		f.session.Context = f.ticket.Context
		err = t.store.PutSession(ctx, f.session)
	}
	if err != nil {
		f.fail(err)
		return
	}
	f.leave(address)
}
