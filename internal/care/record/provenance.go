package record

import (
	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
)

// provenance stores who wrote what the transaction has written, if the site wants that: one Provenance for the writes of one kind
// to one patient's record, so that a patient sees those about him and no other's. A Provenance needs none itself.
//
// https://hl7.org/fhir/R4/provenance.html
func (u *Unit) provenance() error {
	settings, err := u.book.Settings(u.ctx)
	if err != nil || !settings.Provenance {
		return err
	}
	type share struct{ owner, activity string }
	shares := map[share]*r4.Provenance{}
	var order []share // the store sees them in the same order each time
	for _, v := range *u.written {
		if v.Type == "Provenance" {
			continue
		}
		of := share{v.Owner, activities[v.Method]}
		p := shares[of]
		if p == nil {
			p = u.newProvenance(of.activity)
			shares[of] = p
			order = append(order, of)
		}
		p.Target = append(p.Target, r4.Reference{Reference: fhir.NewString(v.Key.String() + "/_history/" + itoa(v.VID))})
	}
	for _, of := range order {
		if err := u.putProvenance(shares[of], of.owner); err != nil {
			return err
		}
	}
	return nil
}

// activities are the names of writes in v3-DataOperation.
var activities = map[chart.Method]string{
	chart.Create: "CREATE", chart.Upsert: "CREATE", chart.Update: "UPDATE", chart.Patch: "UPDATE", chart.Delete: "DELETE",
}

func (u *Unit) newProvenance(activity string) *r4.Provenance {
	return &r4.Provenance{
		ID:       fhir.NewID(u.book.records.NewID()),
		Recorded: fhir.NewInstant(u.tx.Now().UTC().Format("2006-01-02T15:04:05.000Z")),
		Activity: concept("http://terminology.hl7.org/CodeSystem/v3-DataOperation", activity),
		Agent:    u.agents(),
	}
}

// agents are who wrote: the person who is signed in and the program that he used, or a program for itself.
func (u *Unit) agents() []r4.ProvenanceAgent {
	s := u.book.grant.Subject
	agent := func(role string, who *r4.Reference) r4.ProvenanceAgent {
		return r4.ProvenanceAgent{Type_: concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", role), Who: who}
	}
	program := &r4.Reference{
		Type_: fhir.NewURI("Device"), Display: fhir.NewString("client " + s.ClientID),
		Identifier: &r4.Identifier{Value: fhir.NewString(s.ClientID)},
	}
	switch {
	case s.FHIRUser == "":
		return []r4.ProvenanceAgent{agent("author", program)}
	case s.ClientID == "":
		return []r4.ProvenanceAgent{agent("author", &r4.Reference{Reference: fhir.NewString(s.FHIRUser)})}
	}
	return []r4.ProvenanceAgent{agent("author", &r4.Reference{Reference: fhir.NewString(s.FHIRUser)}), agent("transmitter", program)}
}

func concept(system, code string) *r4.CodeableConcept {
	return &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI(system), Code: fhir.NewCode(code)}}}
}

// putProvenance stores p in the record that it is about. It is the server's doing, so the caller's grant does not matter.
func (u *Unit) putProvenance(p *r4.Provenance, owner string) error {
	body, err := r4.Marshal(p)
	if err != nil {
		return fault.Wrap(fault.Internal, "record.provenance", err)
	}
	rows := rowsPool.Get().(*index.Rows)
	defer rowsPool.Put(rows)
	rows.Reset()
	generation, err := u.book.index(u.ctx, p, rows)
	if err != nil {
		return err
	}
	_, err = u.tx.Put(u.ctx, &chart.Write{
		Key: chart.Key{Type: "Provenance", ID: p.ID.V}, Method: chart.Create, Body: body, Rows: rows, Generation: generation, Owner: owner,
		Expect: chart.Expect{Absent: true, Fresh: true},
	})
	return err
}
