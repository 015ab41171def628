package matrix_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chartwright/internal/access"
	"chartwright/internal/access/accesstest"
)

// workers is how many requests are under way at once.
const workers = 6

// trial is one case: an actor with a token that holds scopes asks at a site by one path.
type trial struct {
	site   string
	actor  *actor
	scopes []string
	probe  *probe
	token  string
	want   expectation
}

func (c *trial) String() string {
	return fmt.Sprintf("at %s, %s with [%s], by %s: %s %s", c.site, c.actor.name, strings.Join(c.scopes, " "), c.probe.path, c.probe.call.method, c.probe.call.path)
}

// outcome names what is expected, for the classes and the report.
func (c *trial) outcome() string {
	switch {
	case len(c.want.status) == 0:
		return "some"
	case c.want.status[0] == 401:
		return "401 unknown"
	case c.want.status[0] == 403:
		return "403 refused"
	case c.want.status[0] >= 400:
		return fmt.Sprintf("%d not seen", c.want.status[0])
	case c.want.entry >= 400:
		return fmt.Sprintf("%d in entry", c.want.entry)
	}
	a, b := false, false
	for _, f := range c.want.rows {
		a, b = a || f.owner == patientA, b || f.owner == patientB || f.owner == several
	}
	switch {
	case b:
		return "allowed: everybody's"
	case a:
		return "allowed: A's alone"
	case len(c.want.rows) > 0:
		return "allowed: nobody's"
	}
	return "allowed: no rows"
}

// plan says how fine the classes are of which the first case each is run. The whole product has some tens of millions of cases;
// most of them differ in nothing that a rule looks at.
type plan struct {
	// full takes each actor with each form of scopes, and each type with each actor, by each path and to each outcome.
	full bool
	// slim makes no class of each resource type, and passes over the types that are treated like others.
	slim bool
	seen map[string]bool
}

// looks reports whether a case is looked at, before the model is asked. Of a type that the tables treat like another one a part
// of the cases does, each time another part.
func (p *plan) looks(like bool, typ, actor, form, site int) bool {
	switch {
	case !like:
		return true
	case p.full:
		return (typ+form+site)%3 == 0
	}
	return (3*typ+5*actor+form+site)%13 == 0
}

// takes reports whether a case is to be run: the first of its kind, by the actor, the form of the scopes and the type, each with
// the path and the outcome.
func (p *plan) takes(c *trial, form int) bool {
	may := len(c.want.status) == 0 || c.want.status[0] < 400
	if may && c.probe.refusalsOnly || c.probe.site != "" && c.probe.site != c.site {
		return false
	}
	rest := "|" + c.probe.path + "|" + c.outcome()
	kinds := []string{c.actor.name + rest}
	number := strconv.Itoa(form)
	switch {
	case p.full:
		kinds = []string{c.actor.name + "|" + number + rest, c.actor.name + "|" + c.probe.asks.Type + rest, c.site + "|" + c.probe.asks.Type + rest}
	case may || !p.slim && form%3 == 0:
		kinds = append(kinds, "form "+number+rest)
	}
	if !p.slim && may {
		kinds = append(kinds, "type "+c.probe.asks.Type+"|"+c.probe.path, c.site+rest)
	}
	fresh := false
	for _, k := range kinds {
		if !p.seen[k] {
			p.seen[k], fresh = true, true
		}
	}
	return fresh
}

// families are the scopes of API families that tokens hold beside the others: mostly all, sometimes none, sometimes another's.
var families = [][]string{
	{"api:fhir", "api:oemr", "api:port"}, nil, {"api:fhir", "api:oemr", "api:port"}, {"api:fhir"}, {"api:oemr"}, {"api:fhir", "api:oemr", "api:port"}, {"api:port"},
}

// forms are the scopes that are tried for a request, in every form that there is; the second half with what the path needs of
// another type as well.
func forms(asks access.Request, also string) [][]string {
	x, y := "_id="+patientA+"-"+asks.Type, "_id="+patientB+"-"+asks.Type
	switch asks.Type {
	case "Observation":
		x, y = "category="+laboratory, "category="+vitalSigns
	case "Patient":
		x, y = "_id="+patientA, "_id="+patientB
	}
	query := strings.NewReplacer("category=x", x, "category=y", y)
	var list [][]string
	for n, form := range accesstest.Forms(asks) {
		for i, s := range form {
			form[i] = query.Replace(s)
		}
		list = append(list, append(form, families[n%len(families)]...))
	}
	if also != "" {
		for _, form := range slices.Clip(list) {
			list = append(list, append(slices.Clone(form), "patient/"+also+".rs", "user/"+also+".rs", "system/"+also+".rs"))
		}
	}
	return list
}

// group is the probes that ask for the same, so that the same tokens serve them.
type group struct {
	asks   access.Request
	also   string
	probes []*probe
}

func grouped(probes []probe) []*group {
	var list []*group
	for i := range probes {
		p := &probes[i]
		at := slices.IndexFunc(list, func(g *group) bool { return g.asks == p.asks && g.also == p.also })
		if at < 0 {
			list, at = append(list, &group{asks: p.asks, also: p.also}), len(list)
		}
		list[at].probes = append(list[at].probes, p)
	}
	return list
}

// run asks everything about a list of probes at every site, and tallies the answers. The probes are about the type of a number,
// which the tables may treat like one that was run before.
func (w *world) run(p *plan, t *tally, number int, like bool, probes []probe) {
	w.t.Helper()
	groups := grouped(probes)
	lists := make([][][]string, len(groups))
	for i, g := range groups {
		lists[i] = forms(g.asks, g.also)
	}
	registered := union(lists)
	people := append(actors(), ghosts()...)
	for s, site := range sites {
		var trials []*trial
		for i, g := range groups {
			for k, a := range people {
				for n, scopes := range lists[i] {
					if a.dead != lives && n != 1 { // what the token of a ghost says does not matter
						continue
					}
					if !p.looks(like, number, k, n, s) {
						continue
					}
					q := &asker{site: site, subject: a.subject(scopes), policy: policies[site], facts: w.facts, verdicts: map[access.Request]accesstest.Verdict{}}
					for _, probe := range g.probes {
						if c := (&trial{site: site, actor: a, scopes: scopes, probe: probe, want: q.withTrail(offered(q, probe))}); p.takes(c, n) {
							trials = append(trials, c)
						}
					}
				}
			}
		}
		w.arm(site, registered, trials)
		w.ask(t, trials)
	}
}

// offered is what the model expects of a probe, for a site that may not offer the API.
func offered(q *asker, p *probe) expectation {
	on := map[access.API]bool{access.FHIR: q.policy.FHIR, access.Standard: q.policy.Standard, access.Portal: q.policy.Portal}
	if !on[p.asks.API] {
		return missing(404)
	}
	return p.want(q)
}

func union(groups [][][]string) []string {
	all := map[string]bool{}
	for _, lists := range groups {
		for _, list := range lists {
			for _, s := range list {
				all[s] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// ask sends the trials and compares the answers.
func (w *world) ask(t *tally, trials []*trial) {
	queue := make(chan *trial)
	var wait sync.WaitGroup
	n := workers
	if len(trials) > 0 && trials[0].probe.victim != nil {
		n = 1 // what one deletes, the next would miss
	}
	for range n {
		wait.Go(func() {
			for c := range queue {
				w.one(t, c)
			}
		})
	}
	for _, c := range trials {
		if t.full() {
			break
		}
		queue <- c
	}
	close(queue)
	wait.Wait()
}

// one sends one trial.
func (w *world) one(t *tally, c *trial) {
	send := c.probe.call
	send.path, send.token = "/apis/"+c.site+strings.ReplaceAll(send.path, siteMark, c.site), c.token
	send.body = bytes.ReplaceAll(send.body, []byte(siteMark), []byte(c.site))
	a, err := w.trySend(send)
	if err != nil {
		t.add(c, nil, err.Error())
		return
	}
	bad := check(c.site, c.want, a)
	if f := c.probe.victim; f != nil && bad == "" {
		bad = w.deleted(c, f)
	}
	t.add(c, a, bad)
}

// deleted compares what has become of the victim of a deletion with what should, and puts it back.
func (w *world) deleted(c *trial, f *fact) string {
	where := "/apis/" + c.site + "/fhir/" + f.Key.String()
	now, err := w.trySend(call{method: http.MethodGet, path: where, token: w.keys[c.site]})
	if err != nil {
		return err.Error()
	}
	q := &asker{site: c.site, subject: c.actor.subject(c.scopes), policy: policies[c.site], verdicts: map[access.Request]accesstest.Verdict{}}
	want := 200
	if policies[c.site].FHIR && q.sees(q.may(access.Delete, f.Type), f) {
		want = 410
	}
	if now.status == 410 {
		body := bytes.ReplaceAll(f.body(siteMark), []byte(siteMark), []byte(c.site))
		if back, err := w.trySend(call{method: http.MethodPut, path: where, token: w.keys[c.site], body: body}); err != nil || back.status >= 300 {
			return "it can't be put back"
		}
	}
	if now.status != want {
		return fmt.Sprintf("afterwards a read of %s gives %d, want %d", f.Key, now.status, want)
	}
	return ""
}
