package interaction

import (
	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
)

// newest keeps the newest observations of each group of codes, of those that it is shown from the newest to the oldest.
//
// A code stands in the group of each of its codings: they are translations of one another, and what shares one with any of a group
// belongs to it. So an observation may bring together what were several groups, and which are the newest of a group is known at
// the end only; until then it keeps those that are among the newest of the group as it is known so far, which are more.
//
// https://hl7.org/fhir/R4/observation-operation-lastn.html
type newest struct {
	limit  int
	groups []group
	of     map[string]int // coding or text → group that it came to first
	kept   []candidate
}

// candidate is an observation that may be among the newest of its group.
type candidate struct {
	version *chart.Version
	group   int // that it came to first
	at      moment
}

// group counts the observations of the same code that were kept.
type group struct {
	in    int // the group that it has become part of; itself if none
	count int
	last  moment // of the last that was kept
}

// takes reports whether an observation of this time is among the first limit, or at the same time as the last of them.
func (g *group) takes(limit int, at moment) bool {
	if g.count >= limit && (!at.known || at != g.last) {
		return false
	}
	g.count, g.last = g.count+1, at
	return true
}

// moment is the time of an observation: the range of it, in microseconds since 1970.
type moment struct {
	lo, hi int64
	known  bool
}

// add looks at the next observation. Errors: Internal for what can't be read.
func (n *newest) add(v *chart.Version) error {
	r, err := r4.Unmarshal(v.Body)
	if err != nil {
		return fault.Wrap(fault.Internal, "interaction.lastn", err)
	}
	o, ok := r.(*r4.Observation)
	if !ok {
		return nil
	}
	g, at := n.join(codesOf(o.Code)), effective(o.Effective)
	if n.groups[g].takes(n.limit, at) {
		n.kept = append(n.kept, candidate{version: v, group: g, at: at})
	}
	return nil
}

// join brings the groups of these codes together and returns what they are now.
func (n *newest) join(codes []string) int {
	if n.of == nil {
		n.of = map[string]int{}
	}
	joined := -1
	for _, code := range codes {
		g, known := n.of[code]
		switch {
		case known:
			g = n.find(g)
		case joined >= 0:
			g = joined
		default:
			g = len(n.groups)
			n.groups = append(n.groups, group{in: g})
		}
		n.of[code] = g
		if joined >= 0 && joined != g {
			n.merge(joined, g)
		}
		joined = g
	}
	return joined
}

// merge makes one group part of another. The time of the last that was kept is that of the group that took one later.
func (n *newest) merge(from, to int) {
	a, b := &n.groups[from], &n.groups[to]
	a.in = to
	if b.count += a.count; a.count > 0 && (b.count == a.count || a.last.hi < b.last.hi) {
		b.last = a.last
	}
}

// find returns what a group is part of.
func (n *newest) find(g int) int {
	for n.groups[g].in != g {
		n.groups[g].in = n.groups[n.groups[g].in].in // the way is half as long next time
		g = n.groups[g].in
	}
	return g
}

// result returns the newest of each group, the newest first.
func (n *newest) result() []*chart.Version {
	final := make([]group, len(n.groups))
	var out []*chart.Version
	for _, c := range n.kept {
		if final[n.find(c.group)].takes(n.limit, c.at) {
			out = append(out, c.version)
		}
	}
	return out
}

// codesOf returns what a code is grouped by: its codings, or its text if it has none.
func codesOf(c *r4.CodeableConcept) []string {
	if c == nil {
		return []string{"none"}
	}
	if len(c.Coding) == 0 {
		return []string{"text " + c.Text.V}
	}
	codes := make([]string, len(c.Coding))
	for i := range c.Coding {
		codes[i] = "code " + c.Coding[i].System.V + "|" + c.Coding[i].Code.V
	}
	return codes
}

// effective is the time of an observation, not known where it has none that could be compared.
func effective(v fhir.Value) moment {
	switch v := v.(type) {
	case *fhir.DateTime:
		return momentOf(v.V, v.V)
	case *fhir.Instant:
		return momentOf(v.V, v.V)
	case *r4.Period:
		return momentOf(v.Start.V, v.End.V)
	}
	return moment{}
}

func momentOf(from, to string) moment {
	lo, _, ok := index.ParseDate(from)
	_, hi, ended := index.ParseDate(to)
	return moment{lo: lo, hi: hi, known: ok && ended}
}
