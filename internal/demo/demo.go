// Package demo makes up a small clinic: staff, payers and fourteen patients with visits, vitals, problems, allergies, drugs,
// vaccines, procedures, reports, notes, appointments, insurance, care teams, plans and goals. The same call gives the same
// resources, byte for byte. The benchmark multiplies the same patients to any number.
package demo

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 §5.5 builds version 5 UUIDs with it; nothing here is a secret
	"fmt"
	"strconv"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Clinic returns what all patients share: the organization, its location, staff and payers. Load it first.
func Clinic() []r4.Resource {
	out := []r4.Resource{clinic(), site()}
	for i := range payers {
		out = append(out, payerOrganization(payers[i]))
	}
	for i := range practitioners {
		out = append(out, practitionerResource(practitioners[i]), practitionerRole(practitioners[i]))
	}
	return out
}

// Patients is the number of made-up patients.
func Patients() int { return len(people) }

// Chart returns everything about patient n, the Patient first. n may pass [Patients]: then it is patient n modulo Patients
// again, under other ids, other names and another birth year.
func Chart(n int) []r4.Resource {
	p := people[n%len(people)]
	if copyNo := n / len(people); copyNo > 0 {
		p = p.again(n, copyNo)
	}
	c := &chartBuilder{person: p}
	c.add(c.patient())
	c.add(c.coverage(), c.careTeam())
	c.problems()
	c.allergies()
	for v := range visits {
		c.visit(v)
	}
	c.procedures()
	c.immunizations()
	c.goalAndPlan()
	c.appointments()
	return c.out
}

// again returns the person as somebody else.
func (p person) again(n, copyNo int) person {
	p.id = uuid("patient", strconv.Itoa(n))
	p.family += " " + surnames[copyNo%len(surnames)]
	if copyNo >= len(surnames) {
		p.family += "-" + strconv.Itoa(copyNo/len(surnames))
	}
	year, _ := strconv.Atoi(p.birth[:4])
	if p.birth[4:] != "-02-29" && year < 2010 {
		p.birth = strconv.Itoa(year-copyNo%17) + p.birth[4:]
	}
	p.email = ""
	return p
}

var surnames = []string{"Aldous", "Birchall", "Corrigan", "Dunmore", "Eastwell", "Farquhar", "Greaves", "Hartnoll", "Ivory", "Jessop", "Kimber", "Loxley", "Mottram"}

// uuid makes a version 5 UUID of its parts: RFC 9562 §5.5 under a name space of our own.
func uuid(parts ...string) string {
	h := sha1.New() //nolint:gosec // see the import
	h.Write([]byte("chartwright/demo"))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// chartBuilder collects the resources of one patient.
type chartBuilder struct {
	person
	out []r4.Resource
}

func (c *chartBuilder) add(rs ...r4.Resource) { c.out = append(c.out, rs...) }

// newID is the id of the n-th resource of a kind in this chart.
func (c *chartBuilder) newID(kind string, n int) fhir.ID {
	return fhir.NewID(uuid(c.id, kind, strconv.Itoa(n)))
}

func (c *chartBuilder) subject() *r4.Reference {
	return reference("Patient", c.id, c.given[0]+" "+c.family)
}

func (c *chartBuilder) author() *r4.Reference {
	d := practitioners[c.doctor]
	return reference("Practitioner", d.id, d.prefix+" "+d.given+" "+d.family)
}
