package matrix_test

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"

	"chartwright/internal/access"
	"chartwright/internal/access/accesstest"
	"chartwright/internal/fault"
)

// workers is how many requests are under way at once.
const workers = 6

// trial is one case: an actor with a token that holds scopes asks at a site by one path.
type trial struct {
	site   string
	actor  *actor
	scopes []string
	form   int // number of the form of the scopes
	probe  *probe
	token  string
	inside bool // it is not sent over HTTP
	want   expectation
}

// way names how a case reaches the program.
func (c *trial) way() string {
	if c.inside {
		return "call in the process"
	}
	return "HTTP"
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

// plan says which cases are run. The whole product has some tens of millions; most of them differ in nothing that a rule looks at.
type plan struct {
	// full takes the first case of each actor with each form of scopes, of each type with each actor, and of each type at each
	// site, by each path and to each outcome: no type stands for another.
	full bool
	// slim makes no class of each resource type, and passes over the types that are treated like others.
	slim bool
	// part of parts is the share of the whole product that is taken, every case of it; parts is 0 where classes are taken.
	part, parts int
	seen        map[class]bool
}

// class is what the cases have in common of which the first is run.
type class struct {
	kind    int // which of the names are set
	actor   string
	typ     string
	site    string
	form    int
	path    string
	outcome string
}

// looks reports whether a case is looked at, before the model is asked: of the whole product those of the part, and of a type that
// the tables treat like another one a part of the cases, each time another part.
func (p *plan) looks(like bool, typ, actor, form, site int) bool {
	switch {
	case p.parts > 0:
		return (61*typ+23*actor+7*form+site)%p.parts == p.part
	case p.full || !like:
		return true
	}
	return (3*typ+5*actor+form+site)%13 == 0
}

// overHTTP is how many cases of the whole product there are for one that is sent over HTTP.
const overHTTP = 64

// inside reports whether the case of a number is handed to the program past the network, as most of the whole product are. Every
// class is sent over HTTP.
func (p *plan) inside(number int) bool { return p.parts > 0 && number%overHTTP != 0 }

// sensible reports whether a case can be run at all.
func (c *trial) sensible() bool {
	return !(c.want.may() && c.probe.refusalsOnly) && (c.probe.site == "" || c.probe.site == c.site)
}

// takes reports whether a case is to be run: the first of its class.
func (p *plan) takes(c *trial) bool {
	if p.parts > 0 {
		return true
	}
	may, fresh := c.want.may(), false
	path, outcome, typ := c.probe.path, c.outcome(), c.probe.asks.Type
	first := func(k class) {
		k.path = path
		if !p.seen[k] {
			p.seen[k], fresh = true, true
		}
	}
	if p.full {
		first(class{kind: 1, actor: c.actor.name, form: c.form, outcome: outcome})
		first(class{kind: 2, actor: c.actor.name, typ: typ, outcome: outcome})
		first(class{kind: 3, site: c.site, typ: typ, outcome: outcome})
		return fresh
	}
	first(class{kind: 4, actor: c.actor.name, outcome: outcome})
	if may || !p.slim && c.form%3 == 0 {
		first(class{kind: 5, form: c.form, outcome: outcome})
	}
	if !p.slim && may {
		first(class{kind: 6, typ: typ})
		first(class{kind: 7, site: c.site, outcome: outcome})
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

// topic is probes that belong together: about the type of a number, which the tables may treat like one that was run before.
type topic struct {
	number int
	like   bool
	probes []probe
}

// pass asks everything about the topics at every site, and tallies the answers. While one batch of requests is under way the
// next is prepared.
func (w *world) pass(p *plan, t *tally, topics iter.Seq[topic]) {
	w.t.Helper()
	batches := make(chan []*trial, 1)
	var failed error
	go func() {
		defer close(batches)
		for s := range topics {
			t.size(s.size())
			for n, site := range sites {
				trials := w.trials(p, t, s, n)
				for range patience { // a store that is busy for a while ends no run of an hour
					if failed = w.arm(site, trials); !fault.Is(failed, fault.Unavailable) {
						break
					}
				}
				if failed != nil || t.over() {
					return
				}
				batches <- trials
			}
		}
	}()
	for trials := range batches {
		w.ask(t, trials)
	}
	if failed != nil {
		w.t.Fatal(failed)
	}
}

// trials are the cases of a topic at the site of a number that the plan takes.
func (w *world) trials(p *plan, t *tally, s topic, site int) []*trial {
	var list []*trial
	cases, senseless := 0, 0
	for _, g := range grouped(s.probes) {
		lists := forms(g.asks, g.also)
		for k, a := range append(actors(), ghosts()...) {
			for n, scopes := range lists {
				if a.dead != lives && n != 1 { // what the token of a ghost says does not matter
					continue
				}
				if !p.looks(s.like, s.number, k, n, site) {
					continue
				}
				q := &asker{site: sites[site], subject: a.subject(scopes), policy: policies[sites[site]], facts: w.facts, verdicts: map[access.Request]accesstest.Verdict{}}
				for _, probe := range g.probes {
					c := &trial{site: sites[site], actor: a, scopes: scopes, form: n, probe: probe, want: q.withTrail(offered(q, probe))}
					if !c.sensible() {
						senseless++
						continue
					}
					cases++
					if p.takes(c) {
						c.inside = p.inside(len(list))
						list = append(list, c)
					}
				}
			}
		}
	}
	t.consider(cases, senseless)
	return list
}

// size is how many cases a topic has at all sites, sensible or not: multiplied, not counted.
func (s *topic) size() int {
	living, dead := len(actors()), len(ghosts())
	sum := 0
	for _, g := range grouped(s.probes) {
		sum += len(sites) * (living*len(forms(g.asks, g.also)) + dead) * len(g.probes)
	}
	return sum
}

// offered is what the model expects of a probe, for a site that may not offer the API.
func offered(q *asker, p *probe) expectation {
	on := map[access.API]bool{access.FHIR: q.policy.FHIR, access.Standard: q.policy.Standard, access.Portal: q.policy.Portal}
	if !on[p.asks.API] {
		return missing(404)
	}
	return p.want(q)
}

// ask sends the trials and compares the answers, several at once. Those of one token go one after the other, so that the program
// looks it up once; so do those that delete the same, since what one deletes, the next would miss. Where persons are deleted, all do:
// whoever is no person of the record for a moment is refused before anything else is looked at.
func (w *world) ask(t *tally, trials []*trial) {
	var rows [][]*trial
	at := map[any]int{}
	persons := slices.ContainsFunc(trials, func(c *trial) bool {
		return c.probe.victim != nil && slices.Contains([]string{"Patient", "Practitioner"}, c.probe.victim.Type)
	})
	for _, c := range trials {
		var together any = c.token
		switch {
		case persons:
			together = nil
		case c.probe.victim != nil:
			together = c.probe.victim
		}
		n, known := at[together]
		if !known {
			n = len(rows)
			at[together], rows = n, append(rows, nil)
		}
		rows[n] = append(rows[n], c)
	}
	queue := make(chan []*trial)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for row := range queue {
				for _, c := range row {
					if !t.over() {
						w.one(t, c)
					}
				}
			}
		})
	}
	for _, row := range rows {
		queue <- row
	}
	close(queue)
	wait.Wait()
}

// one sends one trial.
func (w *world) one(t *tally, c *trial) {
	send := c.probe.call
	send.inside = c.inside
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
	now, err := w.trySend(call{method: http.MethodGet, path: where, token: w.keys[c.site], inside: c.inside})
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
		if back, err := w.trySend(call{method: http.MethodPut, path: where, token: w.keys[c.site], body: body, inside: c.inside}); err != nil || back.status >= 300 {
			return "it can't be put back"
		}
	}
	if now.status != want {
		return fmt.Sprintf("afterwards a read of %s gives %d, want %d", f.Key, now.status, want)
	}
	return ""
}
