package httpd_test

import "testing"

func TestCompartmentOfLinkedPatients(t *testing.T) { onEachStore(t, testCompartmentOfLinkedPatients) }

// testCompartmentOfLinkedPatients asks for the patients in a patient's compartment: the patient, and whose link leads there.
//
// https://hl7.org/fhir/R4/compartmentdefinition-patient.html
func testCompartmentOfLinkedPatients(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Patient/linked", body: `{"resourceType":"Patient","id":"linked","active":true,"link":[{"other":{"reference":"Patient/ann"},"type":"replaces"}]}`})
	w.must(201, ask{method: "PUT", path: "Device/box", body: `{"resourceType":"Device","id":"box","patient":{"reference":"Patient/ann"}}`})
	w.must(201, ask{method: "PUT", path: "Account/holder", body: `{"resourceType":"Account","id":"holder","status":"active","contained":[
		{"resourceType":"Patient","id":"ann"},{"resourceType":"Patient","id":"inside","link":[{"other":{"reference":"Patient/ann"},"type":"seealso"}]}],
		"subject":[{"reference":"#ann"},{"reference":"#inside"}]}`})
	get := func(path string) ask { return ask{method: "GET", path: path} }
	both, linked := []string{`"total":2`, `"id":"ann"`, `"id":"linked"`}, []string{`"total":1`, `"id":"linked"`}
	w.play(t, []scenario{
		{"both", get("Patient/ann/Patient?_total=accurate"), 200, both, []string{`"id":"bob"`}},
		{"in an order", get("Patient/ann/Patient?_sort=-_id&_total=accurate"), 200, both, nil},
		{"one of them", get("Patient/ann/Patient?active=true&_total=accurate"), 200, linked, []string{`"id":"ann"`}},
		{"by way of all types", get("Patient/ann/*?_type=Patient&_total=accurate"), 200, both, nil},
		{"of whom nobody links to", get("Patient/bob/Patient?_total=accurate"), 200, []string{`"total":1`, `"id":"bob"`}, nil},
		{"of the one that links", get("Patient/linked/Patient?_total=accurate"), 200, linked, nil},
		{"for the patient herself", ask{method: "GET", path: "Patient/ann/Patient?_total=accurate", token: "ann"}, 200, []string{`"total":1`, `"id":"ann"`}, []string{`"id":"linked"`}},
		{"beside what is contained", get("Patient/ann/Patient?_contained=both&_total=accurate"), 200, both, []string{"holder"}},
		{"what is contained and links there", get("Patient/ann/Patient?_contained=true&_containedType=contained"), 200, []string{`"id":"inside"`}, []string{`"id":"ann"`, `"id":"linked"`}},
		{"of a type without such a parameter", get("Device/box/Device?_total=accurate"), 200, []string{`"total":1`, `"id":"box"`}, nil},
		{"that contains nothing", get("Device/box/Device?_contained=true"), 200, nil, []string{`"resource"`}},
		{"of all other types", get("Patient/ann/*?_type=Observation,Patient"), 200, []string{"Observation"}, []string{`"resourceType":"Patient"`}},
	})
}
