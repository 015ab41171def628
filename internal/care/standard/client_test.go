package standard_test

import (
	"net/http/httptest"
	"testing"

	portalclient "chartwright/gen/client/portal"
	client "chartwright/gen/client/standard"
)

func TestClientsSpeakTheAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	staff, err := client.NewClientWithResponses(server.URL + "/apis/default")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	word := func(s string) *string { return &s }
	made, err := staff.CreatePatientWithResponse(ctx, client.PatientCreate{Fname: word("Ann"), Lname: word("Archer"), DOB: word("1980-05-17"), Sex: word("Female")})
	if err != nil || made.JSON201 == nil {
		t.Fatal(err, made)
	}
	id := made.JSON201.Data.UUID
	visit, err := staff.CreateEncounterWithResponse(ctx, id, client.EncounterCreate{PcCatid: word("5"), ClassCode: word("AMB")})
	if err != nil || visit.JSON201 == nil {
		t.Fatal(err, visit)
	}
	eid := visit.JSON201.Data.Euuid
	form, err := staff.CreateVitalWithResponse(ctx, id, eid, client.VitalInput{Bps: word("120"), Bpd: word("80")})
	if err != nil || form.JSON201 == nil {
		t.Fatal(err, form)
	}
	vitals, err := staff.ListVitalsWithResponse(ctx, id, eid, nil)
	if err != nil || vitals.JSON200 == nil || len(*vitals.JSON200) != 1 || *(*vitals.JSON200)[0].Bps != "120" {
		t.Fatal(err, vitals)
	}
	refused, err := staff.CreatePatientWithResponse(ctx, client.PatientCreate{})
	if err != nil || refused.JSON400 == nil || len(refused.JSON400.ValidationErrors) != 4 {
		t.Fatal(err, refused)
	}
	w.patient = id
	patient, err := portalclient.NewClientWithResponses(server.URL + "/apis/default")
	if err != nil {
		t.Fatal(err)
	}
	own, err := patient.GetOwnPatientWithResponse(ctx)
	if err != nil || own.JSON200 == nil || own.JSON200.Data.Lname != "Archer" {
		t.Fatal(err, own)
	}
}
