package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestContained(t *testing.T) { onEachStore(t, testContained) }

// request is a MedicationRequest of a patient that contains medications, each with two codes of ingredients, and a Practitioner.
func request(id, patient string, medications ...string) string {
	var contained []string
	for i, m := range medications {
		contained = append(contained, fmt.Sprintf(`{"resourceType":"Medication","id":"m%d","code":{"coding":[{"system":"urn:drug","code":%q}],"text":"drug \"%s\""},"status":"active","ingredient":[{"itemCodeableConcept":{"coding":[{"code":"i-%s"}]}}]}`, i+1, m, m, m))
	}
	contained = append(contained, `{"resourceType":"Practitioner","id":"p1","name":[{"family":"Inside"}]}`)
	return fmt.Sprintf(`{"resourceType":"MedicationRequest","id":%q,"contained":[%s],"status":"active","intent":"order","medicationReference":{"reference":"#m1"},"requester":{"reference":"#p1"},"subject":{"reference":"Patient/%s"}}`,
		id, strings.Join(contained, ","), patient)
}

func testContained(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Medication/own", body: `{"resourceType":"Medication","id":"own","code":{"coding":[{"system":"urn:drug","code":"a"}]}}`})
	w.must(201, ask{method: "PUT", path: "MedicationRequest/r1", body: request("r1", "ann", "a", "b")})
	w.must(201, ask{method: "PUT", path: "MedicationRequest/r2", body: request("r2", "bob", "a")})
	w.must(201, ask{method: "PUT", path: "MedicationRequest/r3", body: request("r3", "bob", "c", "a", "a")})
	get := func(path string) ask { return ask{method: "GET", path: path} }
	as := func(token, path string) ask { return ask{method: "GET", path: path, token: token} }
	phil := func() *access.Subject {
		return &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}
	}
	w.subject("medications", &access.Subject{Actor: access.System, UserID: "m"}, "system/Medication.rs")
	w.subject("orders", &access.Subject{Actor: access.System, UserID: "m"}, "system/MedicationRequest.rs")
	w.subject("drafts", phil(), "patient/Medication.rs patient/MedicationRequest.rs?status=draft")
	w.subject("active", phil(), "patient/Medication.rs patient/MedicationRequest.rs?status=active")

	a, r1, r2, r3 := "Medication?code=a", `fhir/MedicationRequest/r1"`, `fhir/MedicationRequest/r2"`, `fhir/MedicationRequest/r3"`
	w.play(t, []scenario{
		{"by default only what is not contained", get(a), 200, []string{`Medication/own"`, `"total":1`}, []string{"MedicationRequest"}},
		{"nor if that is said", get(a + "&_contained=false&_containedType=contained"), 200, []string{`Medication/own"`}, []string{"MedicationRequest"}},
		{"containers", get(a + "&_contained=true"), 200, []string{r1, r2, r3, `"total":3`, `"mode":"match"`}, []string{`Medication/own"`}},
		{"both", get(a + "&_contained=both"), 200, []string{r1, r2, r3, `Medication/own"`, `"total":4`}, nil},
		{"by themselves", get(a + "&_contained=true&_containedType=contained"), 200,
			[]string{`MedicationRequest/r1#m1","resource":{"resourceType":"Medication","id":"m1"`, "r2#m1", "r3#m2", "r3#m3", `"total":4`, `drug \"a\"`}, []string{r1, "#p1", "r3#m1", `Medication/own"`}},
		{"both, by themselves", get(a + "&_contained=both&_containedType=contained"), 200, []string{`Medication/own"`, "r1#m1", `"total":5`}, []string{r1}},
		{"conditions meet in one resource", get(a + "&ingredient-code=i-b&_contained=true"), 200, []string{`"total":0`}, nil},
		{"where they do", get("Medication?code=b&ingredient-code=i-b&_contained=true"), 200, []string{r1, `"total":1`}, []string{r2}},
		{"what it is not", get("Medication?code:not=a&_contained=true&_containedType=contained"), 200, []string{"r1#m2", "r3#m1", `"total":2`}, []string{"r2#m1"}},
		{"what it lacks", get("Medication?form:missing=true&_contained=true&_containedType=contained"), 200, []string{`"total":6`}, []string{`Medication/own"`, "#p1"}},
		{"no condition at all", get("Medication?_contained=true&_summary=count"), 200, []string{`"total":3`}, nil},
		{"counted", get(a + "&_contained=both&_count=0"), 200, []string{`"total":4`}, nil},
		{"by local id", get("Medication?_id=m3&_contained=true&_containedType=contained"), 200, []string{"r3#m3", `"total":1`}, nil},
		{"a filter", get("Medication?_filter=code%20eq%20b%20or%20code%20eq%20c&_contained=true&_containedType=contained"), 200, []string{"r1#m2", "r3#m1", `"total":2`}, nil},
		{"strings", get("Practitioner?family=ins&_contained=true"), 200, []string{r1, r2, r3}, []string{"Healer"}},
		{"another type", get("Practitioner?_contained=both&_containedType=contained&family:contains=e"), 200, []string{"Healer", "r1#p1"}, []string{"#m1"}},
		{"when the container was written", get("Medication?_lastUpdated=gt2000&_contained=true"), 200, []string{`"total":3`}, nil},
		{"or was not", get("Medication?_lastUpdated=lt2000&_contained=true"), 200, []string{`"total":0`}, nil},
		{"several types", get("?_type=Medication,Practitioner&_id=m1,p1&_contained=true&_containedType=contained"), 200, []string{"r1#m1", "r1#p1", `"total":6`}, []string{"#m2"}},
		{"a summary", get(a + "&_contained=true&_containedType=contained&_elements=status"), 200, []string{`{"resourceType":"Medication","id":"m1","status":"active"}`}, []string{"drug"}},
		{"explained", get(a + "&_contained=true&_explain=true"), 200, []string{"statement 1: SELECT"}, nil},
		{"in a batch", ask{method: "POST", path: "", body: entries("batch", entry("", "", "GET", a+"&_contained=true", ""))}, 200, []string{r1}, nil},
		{"as XML", ask{method: "GET", path: a + "&_contained=true&_containedType=contained", header: map[string]string{"Accept": "application/fhir+xml"}}, 200, []string{"r1#m1", "<Medication"}, nil},

		{"a value that is none", get(a + "&_contained=yes"), 400, []string{"_contained"}, nil},
		{"twice", get(a + "&_contained=true&_contained=both"), 400, []string{"_contained"}, nil},
		{"a type that is none", get(a + "&_contained=true&_containedType=all"), 400, []string{"_containedType"}, nil},
		{"what refers to them", get("Medication?_has:MedicationRequest:medication:status=active&_contained=true&_containedType=contained"), 200, []string{"r1#m1", "r2#m1", "r3#m1", `"total":3`}, []string{"#m2"}},
		{"and to what it does not", get("Medication?_has:MedicationRequest:medication:status=draft&_contained=true"), 200, []string{`"total":0`}, nil},
		{"in a filter", get("Practitioner?_filter=_has:MedicationRequest:requester:status%20eq%20active&_contained=true"), 400, []string{"_filter"}, nil},
		{"text of strings", get("Practitioner?family:contains=nsid&_contained=true"), 200, []string{r1}, nil},
		{"text of codes", get("Medication?code:text=drug&_contained=true"), 200, []string{r1}, nil},
		{"not for conditions of a write", ask{method: "DELETE", path: a + "&_contained=true"}, 400, []string{"_contained"}, nil},
		{"none of the compartment is contained", get("Patient/ann/MedicationRequest?_contained=true"), 200, []string{`"total":0`}, nil},

		{"a patient's own", as("ann", a+"&_contained=true"), 200, []string{r1, `"total":1`}, []string{"r2", "r3"}},
		{"by themselves, too", as("ann", a+"&_contained=both&_containedType=contained"), 200, []string{"r1#m1", `Medication/own"`, `"total":2`}, []string{"r2", "r3"}},
		{"only in what may be seen", as("medications", a+"&_contained=both"), 200, []string{`Medication/own"`, `"total":1`}, []string{"MedicationRequest"}},
		{"nor without the right to search the type", as("orders", a+"&_contained=true"), 403, nil, []string{"MedicationRequest/r"}},
		{"a scope's query holds for the container", as("drafts", a+"&_contained=true"), 200, []string{`"total":0`}, []string{"r1"}},
		{"and lets through what it names", as("active", a+"&_contained=true"), 200, []string{r1, `"total":1`}, []string{"r2"}},
	})

	// A chain leads into what is contained, whether _contained is asked for or not, and from there on.
	w.must(201, ask{method: "PUT", path: "Organization/maker", body: `{"resourceType":"Organization","id":"maker","name":"Maker"}`})
	w.must(201, ask{method: "PUT", path: "MedicationRequest/r4", body: `{"resourceType":"MedicationRequest","id":"r4","contained":[{"resourceType":"Medication","id":"m1","code":{"coding":[{"code":"d"}]},"manufacturer":{"reference":"Organization/maker"},"ingredient":[{"itemReference":{"reference":"#m2"}}]},{"resourceType":"Medication","id":"m2","code":{"coding":[{"code":"e"}]}}],"status":"active","intent":"order","medicationReference":{"reference":"#m1"},"subject":{"reference":"Patient/bob"}}`})
	w.must(201, ask{method: "PUT", path: "MedicationRequest/r5", body: `{"resourceType":"MedicationRequest","id":"r5","status":"active","intent":"order","medicationReference":{"reference":"Medication/own"},"subject":{"reference":"Patient/bob"}}`})
	r4, r5 := `fhir/MedicationRequest/r4"`, `fhir/MedicationRequest/r5"`
	of := "MedicationRequest?medication:Medication."
	w.play(t, []scenario{
		{"a chain into them", get(of + "code=a"), 200, []string{r1, r2, r5, `"total":3`}, []string{r3, r4}},
		{"to the one that is referred to", get(of + "code=b"), 200, []string{`"total":0`}, []string{r1}},
		{"not to one that only lies there", get(of + "code=e"), 200, []string{`"total":0`}, []string{r4}},
		{"by a system", get(of + "code=urn:drug|c"), 200, []string{r3, `"total":1`}, nil},
		{"as one condition of several", get(of + "code=a&subject=Patient/bob"), 200, []string{r2, r5, `"total":2`}, []string{r1}},
		{"of two types", get("MedicationRequest?medication.code=a&patient=Patient/ann"), 200, []string{r1, `"total":1`}, []string{r2}},
		{"a string", get("MedicationRequest?requester:Practitioner.family=ins"), 200, []string{r1, r2, r3, `"total":3`}, []string{r4}},
		{"from there on", get(of + "manufacturer.name=maker"), 200, []string{r4, `"total":1`}, nil},
		{"to another in the same container", get(of + "ingredient:Medication.code=e"), 200, []string{r4, `"total":1`}, nil},
		{"what it is not", get(of + "code:not=a"), 200, []string{r3, r4, `"total":2`}, []string{r1, r5}},
		{"what it lacks", get(of + "status:missing=true&subject=Patient/bob"), 200, []string{r4, r5}, []string{r2}},
		{"by local id", get(of + "_id=m1"), 200, []string{r1, r2, r3, r4, `"total":4`}, nil},
		{"counted", get(of + "code=a&_summary=count"), 200, []string{`"total":3`}, nil},
		{"sorted", get(of + "code=a&_sort=-_id"), 200, []string{r1, r2, r5}, []string{r3}},
		{"in a filter of the chain", get("MedicationRequest?_filter=medication:Medication.code%20eq%20a%20and%20subject%20re%20Patient/ann"), 200, []string{r1, `"total":1`}, []string{r2, r5}},
		{"back along the chain", get("Patient?_has:MedicationRequest:patient:medication:Medication.code=d"), 200, []string{"Patient/bob"}, []string{"Patient/ann"}},
		{"when it was written is not known of it", get(of + "_lastUpdated=gt2000"), 200, []string{r5, `"total":1`}, []string{r1}},
		{"a chain out of them drives", get("Medication?manufacturer.name=maker&_contained=true"), 200, []string{r4, `"total":1`}, nil},
		{"what they refer to", get("Medication?code=d&_contained=true&_containedType=contained&_include=Medication:manufacturer"), 200, []string{"r4#m1", `fhir/Organization/maker"`, `"mode":"include"`}, []string{r4, "r4#m2"}},
		{"all that they refer to", get("Medication?code=d&_contained=true&_containedType=contained&_include=*"), 200, []string{`fhir/Organization/maker"`}, []string{r4, "fhir/Patient"}},
		{"what is in their containers refers to", get("Medication?code=d&_contained=both&_include=Medication:manufacturer"), 200, []string{r4, `fhir/Organization/maker"`}, nil},
		{"their containers", get("Medication?code=d&_contained=true&_containedType=contained&_revinclude=MedicationRequest:medication"), 200, []string{"r4#m1", r4, `"mode":"include"`, `"total":1`}, []string{r1}},
		{"and what these refer to", get("Medication?code=d,a&_contained=both&_containedType=contained&_revinclude=MedicationRequest:medication&_include:iterate=MedicationRequest:subject"), 200,
			[]string{"r4#m1", r1, r2, r4, r5, `fhir/Patient/bob"`, `fhir/Patient/ann"`}, nil},
		{"what a container refers to", get("Medication?code=d&_contained=true&_include:iterate=MedicationRequest:subject"), 200, []string{r4, `fhir/Patient/bob"`}, []string{"fhir/Organization"}},
		{"includes of a patient's own", as("ann", "Medication?code=a,d&_contained=true&_containedType=contained&_revinclude=MedicationRequest:medication&_include=Medication:manufacturer"), 200, []string{"r1#m1", r1}, []string{"r2", "r4", "maker"}},
		{"elements are those of the type asked for", get("Medication?code=d&_contained=true&_elements=code"), 200, []string{r4, `"contained":[`, `"intent":"order"`}, []string{"SUBSETTED"}},
		{"a patient's own alone", as("ann", of+"code=a"), 200, []string{r1, `"total":1`}, []string{"r2", "r5"}},
		{"with the right to search the type on the way", as("orders", of+"code=a"), 403, []string{"Medication"}, nil},
		{"through a granular scope of the container", as("drafts", of+"code=a"), 200, []string{`"total":0`}, []string{"r1"}},
	})
	w.must(204, ask{method: "DELETE", path: "MedicationRequest/r4"})
	w.must(204, ask{method: "DELETE", path: "MedicationRequest/r5"})
	w.play(t, []scenario{{"gone with the container", get(of + "code=d"), 200, []string{`"total":0`}, nil}})

	for _, kind := range []string{"contained=true", "contained=both", "contained=true&_containedType=contained", "contained=both&_containedType=contained"} {
		whole := fullURLs(w.must(200, get(a+"&_"+kind)))
		for _, size := range []int{1, 2, 3} {
			var paged []string
			for next := fmt.Sprintf("%s&_%s&_count=%d&_total=accurate", a, kind, size); next != ""; {
				page := w.must(200, get(next))
				if total := page["total"].(float64); int(total) != len(whole) {
					t.Errorf("_%s: a total of %v on a page, want %d", kind, total, len(whole))
				}
				found := fullURLs(page)
				if len(found) > size {
					t.Errorf("_%s: a page of %d, want %d", kind, len(found), size)
				}
				paged = append(paged, found...)
				next = link(page, "next")
			}
			if got, want := strings.Join(paged, " "), strings.Join(whole, " "); got != want {
				t.Errorf("_%s, %d on a page: %s, want %s", kind, size, got, want)
			}
		}
	}

	// Contained resources come and go with their container's versions.
	w.must(200, ask{method: "PUT", path: "MedicationRequest/r1", body: request("r1", "ann", "b", "z")})
	w.must(204, ask{method: "DELETE", path: "MedicationRequest/r2"})
	w.play(t, []scenario{
		{"what is contained no more", get(a + "&_contained=true"), 200, []string{r3, `"total":1`}, []string{r1, r2}},
		{"what moved", get("Medication?code=b&_contained=true&_containedType=contained"), 200, []string{"r1#m1", `"total":1`}, nil},
		{"what is new", get("Medication?code=z&_contained=true&_containedType=contained"), 200, []string{"r1#m2"}, nil},
	})
	w.must(200, ask{method: "PUT", path: "MedicationRequest/r1", body: `{"resourceType":"MedicationRequest","id":"r1","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/ann"}}`})
	w.play(t, []scenario{{"nothing", get("Medication?code=b,z&_contained=true"), 200, []string{`"total":0`}, nil}})
}

func fullURLs(bundle map[string]any) (list []string) {
	entries, _ := bundle["entry"].([]any)
	for _, e := range entries {
		url, _ := e.(map[string]any)["fullUrl"].(string)
		list = append(list, url)
	}
	return list
}
