package standard_test

import (
	"maps"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// visit opens an encounter and returns its path.
func (w *world) visit() (path, patient, encounter string) {
	w.t.Helper()
	pid, id := w.someone()
	made := w.ask("POST", "/api/patient/"+id+"/encounter", map[string]any{"pc_catid": "5", "class_code": "AMB", "date": "2024-03-01"}).want(201)
	return "/api/patient/" + pid + "/encounter/" + text(made.at("data", "eid")), id, text(made.at("data", "euuid"))
}

func TestVitalKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, _, _ := w.visit()
	sent := map[string]any{
		"date": "2024-03-01 09:30:00", "bps": "130", "bpd": 80, "weight": "220.5", "height": 70, "temperature": "98.6", "temp_method": "Oral", "pulse": "60",
		"respiration": "20", "note": "sitting", "BMI": "31.6", "BMI_status": "Obese", "waist_circ": "37", "head_circ": "22.2", "oxygen_saturation": "96",
		"user": "admin", "groupname": "Default", "oxygen_flow_rate": "2", "inhaled_oxygen_concentration": "28", "ped_weight_height": "50", "ped_bmi": "60", "ped_head_circ": "70", "external_id": "V-1",
	}
	made := w.ask("POST", path+"/vital", sent).want(201)
	vid := text(made.at("vid"))
	want := map[string]any{
		"id": vid, "form_id": vid, "date": "2024-03-01 09:30:00", "bps": "130", "bpd": "80", "weight": "220.500000", "height": "70.000000", "temperature": "98.600000",
		"temp_method": "Oral", "pulse": "60.000000", "respiration": "20.000000", "note": "sitting", "BMI": "31.600000", "BMI_status": "Obese", "waist_circ": "37.000000",
		"head_circ": "22.200000", "oxygen_saturation": "96.00", "oxygen_flow_rate": "2.000000", "inhaled_oxygen_concentration": "28.00", "ped_weight_height": "50.00",
		"ped_bmi": "60.00", "ped_head_circ": "70.00", "external_id": "V-1", "weight_unit": "lb", "details": nil,
	}
	one := w.ask("GET", path+"/vital/"+vid, nil).want(200).has(want)
	w.ask("GET", path+"/vital", nil).want(200).has(want, 0)
	panel := get[*r4.Observation](w, "Observation", text(one.at("uuid")))
	if len(panel.HasMember) != 16 || panel.Code.Coding[0].Code.V != "85353-1" {
		t.Errorf("the panel has %d members", len(panel.HasMember))
	}

	t.Run("a change replaces the form", func(t *testing.T) {
		w.ask("PUT", path+"/vital/"+vid, map[string]any{"weight": "200", "bps": "120"}).want(200).is(vid, "vid")
		after := maps.Clone(want)
		for name := range sent {
			if _, shown := after[name]; shown {
				after[name] = nil
			}
		}
		after["weight"], after["bps"], after["date"] = "200.000000", "120", "2024-03-01 09:30:00"
		w.ask("GET", path+"/vital/"+vid, nil).want(200).has(after)
		w.ask("GET", path+"/vital", nil).want(200).is(vid, 0, "id")
	})
	t.Run("what a measurement means", func(t *testing.T) {
		sent := map[string]any{"weight": "200", "bps": "190", "details": map[string]any{
			"weight": map[string]any{"interpretation_option_id": "H", "interpretation_title": "High", "reason_code": "SNOMED-CT:1", "reason_description": "because"},
			"bps":    map[string]any{"interpretation_codes": "HH"},
		}}
		n := text(w.ask("POST", path+"/vital", sent).want(201).at("vid"))
		got := w.ask("GET", path+"/vital/"+n, nil).want(200)
		got.has(map[string]any{"interpretation_option_id": "H", "interpretation_title": "High", "reason_code": "SNOMED-CT:1", "reason_description": "because"}, "details", "weight")
		got.is("HH", "details", "bps", "interpretation_codes")
	})
	t.Run("rules", func(t *testing.T) {
		w.ask("POST", path+"/vital", map[string]any{"weight": "heavy", "pulse": true}).want(400).
			is("weight must be numeric", "weight", "Numeric::NOT_NUMERIC").is("pulse must be numeric", "pulse", "Numeric::NOT_NUMERIC")
		w.ask("PUT", path+"/vital/999", map[string]any{"weight": "1"}).want(404).is("<nil>")
	})
}

func TestVitalsMadeByFHIRReadWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, patient, encounter := w.visit()
	observe := func(code, unit, value string, parts ...r4.ObservationComponent) {
		at := fhir.NewDateTime("2024-03-01T10:00:00-05:00")
		o := &r4.Observation{
			Status: fhir.NewCode("final"), Effective: &at, Component: parts,
			Category: []r4.CodeableConcept{{Coding: []r4.Coding{{System: fhir.NewURI("http://terminology.hl7.org/CodeSystem/observation-category"), Code: fhir.NewCode("vital-signs")}}}},
			Code:     &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI("http://loinc.org"), Code: fhir.NewCode(code)}}},
			Subject:  &r4.Reference{Reference: fhir.NewString("Patient/" + patient)}, Encounter: &r4.Reference{Reference: fhir.NewString("Encounter/" + encounter)},
		}
		if value != "" {
			o.Value = &r4.Quantity{Value: fhir.NewDecimal(value), Code: fhir.NewCode(unit)}
		}
		put(w, o)
	}
	part := func(code, value string) r4.ObservationComponent {
		return r4.ObservationComponent{
			Code:  &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI("http://loinc.org"), Code: fhir.NewCode(code)}}},
			Value: &r4.Quantity{Value: fhir.NewDecimal(value), Code: fhir.NewCode("mm[Hg]")},
		}
	}
	observe("29463-7", "kg", "80")
	observe("8302-2", "cm", "177.8")
	observe("8310-5", "Cel", "37")
	observe("85354-9", "", "", part("8480-6", "118"), part("8462-4", "77"))
	list := w.ask("GET", path+"/vital", nil).want(200)
	if n := len(list.at().([]any)); n != 1 {
		t.Fatalf("%d forms for one time, want 1", n)
	}
	list.has(map[string]any{"date": "2024-03-01 15:00:00", "weight": "176.369810", "height": "70.000000", "temperature": "98.600000", "bps": "118", "bpd": "77", "pulse": nil}, 0)
	vid := text(list.at(0, "id"))
	w.ask("PUT", path+"/vital/"+vid, map[string]any{"weight": "180", "bps": "118", "bpd": "77"}).want(200)
	w.ask("GET", path+"/vital/"+vid, nil).want(200).has(map[string]any{"weight": "180.000000", "height": nil, "bps": "118"})
}
