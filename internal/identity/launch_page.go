package identity

import (
	"net/http"
	"net/url"
	"slices"

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
	f.showApps(http.StatusOK, looked(r))
}

func (f *flow) showApps(status int, l look) {
	apps, next, err := f.launchable(l)
	if err != nil {
		f.fail(err)
		return
	}
	p := &AppsPage{Page: f.page(), Picker: f.picker(stepApps, l, next), User: f.account.Name(), One: f.ticket.Params.Get("client_id") != ""}
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

// appsShown is how many apps are on one page.
const appsShown = 20

// launchable returns one page of the apps that can be launched here, by name, and where the next page begins: the one that the link asked
// for, or those that match what is searched for.
func (f *flow) launchable(l look) (apps []*client.Client, next string, err error) {
	ctx := f.r.Context()
	if only := f.ticket.Params.Get("client_id"); only != "" {
		c, err := f.store.Client(ctx, only)
		if fault.Is(err, fault.NotFound) || err == nil && !c.Launches() {
			return nil, "", nil
		}
		return []*client.Client{c}, "", err
	}
	return f.administration().FindClients(ctx, f.name, client.Query{Text: l.search, Launches: true, Limit: appsShown}, l.after)
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
		f.showApps(http.StatusBadRequest, notListed("Choose an app from the list."))
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
