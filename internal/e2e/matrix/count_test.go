package matrix_test

import "testing"

// TestEveryCaseIsCounted holds the cases that are looked at, and those that make no sense, against the product of what they are made
// of: for types of each kind and for the Standard and Portal APIs.
func TestEveryCaseIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	for _, site := range sites {
		if policies[site].Standard {
			w.fillStandard(site)
		}
	}
	topics := []topic{{probes: w.standardProbes(true)}, {probes: w.standardProbes(false)}, {probes: visitReads(w.facts)}}
	for number, typ := range []string{"Patient", "Practitioner", "AuditEvent"} {
		for _, phase := range phases {
			topics = append(topics, topic{number: number, probes: phase(w.facts, typ)})
		}
	}
	for n := range topics {
		tally := newTally(0)
		for site := range sites {
			w.trials(&plan{full: true, seen: map[class]bool{}}, tally, topics[n], site)
		}
		whole := tally.considered
		if sum := whole + tally.senseless; sum != topics[n].size() || sum == 0 && len(topics[n].probes) > 0 {
			t.Errorf("topic %d has %d cases and %d that make no sense, and not the %d that there are", n, whole, tally.senseless, topics[n].size())
		}
		const some = 4
		parted := newTally(0)
		for part := range some {
			for site := range sites {
				w.trials(&plan{part: part, parts: some}, parted, topics[n], site)
			}
		}
		if parted.considered != whole {
			t.Errorf("topic %d: the parts have %d cases, the whole %d", n, parted.considered, whole)
		}
	}
}
