package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/tools/populate/population"
)

// changers is how many go through the mix at once.
const changers = 64

// crudTypes are created, read and updated in this order, and deleted in the other.
var crudTypes = []string{"Patient", "Location", "Organization", "Practitioner", "Encounter", "Observation", "MedicationRequest", "Claim", "ExplanationOfBenefit"}

// crud is W4: the mix of the open FHIR server benchmark, nine types, each created, read, updated and deleted, one request after
// the other by each client, beside the same requests as one transaction each through gin and the driver.
func (s *suite) crud(ctx context.Context, e *environment) error {
	floor, err := e.other("floor", "-create")
	if err != nil {
		return err
	}
	seeds := crudSeeds()
	res, err := s.compare(ctx, changers,
		e.changing("chartwright", e.server, fhirBase, seeds), e.changing("gin and the driver, one transaction each", floor, "", seeds))
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W4", "create, read, update, delete", e.name, "requests/s"
	res.Goal = &Goal{Gate: 0.5, Target: 1}
	res.Note = fmt.Sprintf("%d clients; 36 requests a round over nine types; the floor keeps no history, no audit trail and leaves old index rows", s.clients(changers))
	s.add(res)
	return nil
}

// changing is a process as a target of the mix.
func (e *environment) changing(name string, p *process, base string, seeds map[string]r4.Resource) contender {
	c := e.contender(name, p, nil)
	c.start = func() session {
		return &crudSession{e: e, base: base, seeds: seeds, ids: make([]string, len(crudTypes))}
	}
	return c
}

// crudSeeds is one resource of each type, without an id and without the references that the mix puts in.
func crudSeeds() map[string]r4.Resource {
	seeds := map[string]r4.Resource{}
	for _, r := range (population.Population{Seed: 4}).Record(0) {
		if typ := r.Type().Name; seeds[typ] == nil {
			*r.IDField() = fhir.ID{}
			seeds[typ] = r
		}
	}
	return seeds
}

// crudSession is one client's way through the 36 requests of a round.
type crudSession struct {
	e     *environment
	base  string
	seeds map[string]r4.Resource
	ids   []string // of this round, by the place of the type
	step  int
}

func (c *crudSession) next(_ *rand.Rand, dst []byte) ([]byte, int) {
	n := len(crudTypes)
	i, verb := c.step%n, c.step/n
	if verb == 3 {
		i = n - 1 - i
	}
	typ := crudTypes[i]
	where := c.base + "/" + typ
	if verb > 0 {
		where += "/" + c.ids[i]
	}
	switch verb {
	case 0:
		return withBody(c.e.header(dst, http.MethodPost, where), c.body(i, false)), 1
	case 1:
		return append(c.e.header(dst, http.MethodGet, where), "\r\n"...), 1
	case 2:
		return withBody(c.e.header(dst, http.MethodPut, where), c.body(i, true)), 1
	}
	return append(c.e.header(dst, http.MethodDelete, where), "\r\n"...), 1
}

// answered takes the id of what was created from its Location.
func (c *crudSession) answered(resp *http.Response) error {
	if c.step < len(crudTypes) {
		where, _, _ := strings.Cut(resp.Header.Get("Location"), "/_history")
		id := path.Base(where)
		if where == "" || id == "" {
			return fmt.Errorf("created a %s without a Location", crudTypes[c.step])
		}
		c.ids[c.step] = id
	}
	if c.step++; c.step == 4*len(crudTypes) {
		c.step = 0
	}
	return nil
}

// body is the seed of a type with references to this round's resources, and for an update with an element changed.
func (c *crudSession) body(i int, changed bool) []byte {
	refer := func(typ string) *r4.Reference {
		for n, t := range crudTypes {
			if t == typ {
				return &r4.Reference{Reference: fhir.NewString(typ + "/" + c.ids[n])}
			}
		}
		return nil
	}
	pick := func(first, second string) fhir.Code {
		if changed {
			return fhir.NewCode(second)
		}
		return fhir.NewCode(first)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	var id *fhir.ID
	var r r4.Resource
	switch seed := c.seeds[crudTypes[i]].(type) {
	case *r4.Patient:
		x := *seed
		x.Gender = pick("unknown", "other")
		r, id = &x, &x.ID
	case *r4.Practitioner:
		x := *seed
		x.Gender = pick("unknown", "other")
		r, id = &x, &x.ID
	case *r4.Location:
		x := *seed
		x.ManagingOrganization = nil
		x.Name = fhir.NewString("Ward " + now)
		r, id = &x, &x.ID
	case *r4.Organization:
		x := *seed
		x.Name = fhir.NewString("Clinic " + now)
		r, id = &x, &x.ID
	case *r4.Encounter:
		x := *seed
		x.Status, x.Subject, x.ServiceProvider, x.Diagnosis = pick("planned", "in-progress"), refer("Patient"), refer("Organization"), nil
		x.Location = []r4.EncounterLocation{{Location: refer("Location")}}
		x.Participant = []r4.EncounterParticipant{{Individual: refer("Practitioner")}}
		r, id = &x, &x.ID
	case *r4.Observation:
		x := *seed
		x.Subject, x.Encounter, x.Performer, x.Issued = refer("Patient"), refer("Encounter"), nil, fhir.NewInstant(now)
		r, id = &x, &x.ID
	case *r4.MedicationRequest:
		x := *seed
		x.Status, x.Subject, x.Encounter, x.Requester, x.ReasonReference = pick("on-hold", "draft"), refer("Patient"), refer("Encounter"), refer("Practitioner"), nil
		r, id = &x, &x.ID
	case *r4.Claim:
		x := *seed
		x.Patient, x.Provider, x.Prescription, x.Facility, x.Diagnosis, x.Created = refer("Patient"), refer("Organization"), refer("MedicationRequest"), nil, nil, fhir.NewDateTime(now)
		x.Item = append(x.Item[:0:0], x.Item...)
		x.Item[0].Encounter = []r4.Reference{*refer("Encounter")}
		r, id = &x, &x.ID
	case *r4.ExplanationOfBenefit:
		x := *seed
		x.Patient, x.Provider, x.Claim, x.Facility, x.Referral, x.Diagnosis, x.Created = refer("Patient"), refer("Organization"), refer("Claim"), nil, nil, nil, fhir.NewDateTime(now)
		x.CareTeam = []r4.ExplanationOfBenefitCareTeam{{Sequence: fhir.NewPositiveInt(1), Provider: refer("Practitioner")}}
		x.Item = append(x.Item[:0:0], x.Item...)
		x.Item[0].Encounter = []r4.Reference{*refer("Encounter")}
		r, id = &x, &x.ID
	}
	if changed {
		*id = fhir.NewID(c.ids[i])
	}
	return marshal(r)
}
