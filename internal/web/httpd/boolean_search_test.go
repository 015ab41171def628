package httpd_test

import (
	"net/url"
	"testing"

	"chartwright/internal/access"
)

// TestBooleansAreTrueOrFalse: what a boolean can't be is no value of its parameter, wherever a search says it.
func TestBooleansAreTrueOrFalse(t *testing.T) { onEachStore(t, testBooleansAreTrueOrFalse) }

func testBooleansAreTrueOrFalse(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Organization/on", body: `{"resourceType":"Organization","id":"on","active":true,"name":"On"}`})
	w.must(201, ask{method: "PUT", path: "Organization/off", body: `{"resourceType":"Organization","id":"off","active":false,"name":"Off"}`})
	w.must(201, ask{method: "PUT", path: "Patient/in", body: `{"resourceType":"Patient","id":"in","active":true,"managingOrganization":{"reference":"Organization/on"}}`})
	w.must(201, ask{method: "PUT", path: "Encounter/e", body: `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"type":[{"coding":[{"code":"ADMS"}]}]}`})
	w.subject("filtered", &access.Subject{Actor: access.System, UserID: "f"}, "system/Organization.rs?active=yes")
	get := func(path string) ask { return ask{method: "GET", path: path} }
	bad := []string{`"code":"invalid"`, "true or false"}
	at := func(name string) []string { return append([]string{`"expression":["http.` + name + `"]`}, bad...) }
	w.play(t, []scenario{
		{"true", get("Organization?active=true"), 200, []string{`"total":1`, "Organization/on"}, nil},
		{"false", get("Organization?active=false"), 200, []string{"Organization/off"}, nil},
		{"either", get("Organization?active=true,false"), 200, []string{`"total":2`}, nil},
		{"without a system", get("Organization?active=%7Ctrue"), 200, []string{"Organization/on"}, nil},
		{"of a system that it has not", get("Organization?active=urn:x%7Ctrue"), 200, []string{`"total":0`}, nil},
		{"not true", get("Organization?active:not=true"), 200, []string{`"total":1`, "Organization/off"}, nil},
		{"neither", get("Organization?active=yes"), 400, at("active"), nil},
		{"in capitals", get("Organization?active=TRUE"), 400, at("active"), nil},
		{"a number", get("Organization?active=1"), 400, at("active"), nil},
		{"beside one that is", get("Organization?active=true,yes"), 400, at("active"), nil},
		{"of a system", get("Organization?active=urn:x%7Cyes"), 400, at("active"), nil},
		{"any of a system", get("Organization?active=urn:x%7C"), 400, at("active"), nil},
		{"not", get("Organization?active:not=yes"), 400, at("active:not"), []string{"Organization/o"}},
		{"leniently", ask{method: "GET", path: "Organization?active=yes", header: map[string]string{"Prefer": "handling=lenient"}}, 400, bad, nil},
		{"what is computed", get("Patient?deceased=unknown"), 400, at("deceased"), nil},
		{"in a chain", get("Patient?organization.active=yes"), 400, bad, nil},
		{"in a chain that names the type", get("Patient?organization:Organization.active:not=yes"), 400, bad, nil},
		{"in a chain, rightly", get("Patient?organization:Organization.active=true"), 200, []string{"Patient/in"}, nil},
		{"through _has", get("Organization?_has:Patient:organization:active=yes"), 400, bad, nil},
		{"in a filter", get("Organization?_filter=" + url.QueryEscape("active eq yes")), 400, bad, nil},
		{"in a filter, other than", get("Organization?_filter=" + url.QueryEscape("active ne yes")), 400, bad, nil},
		{"of several types", get("?_type=Patient,Organization&active=yes"), 400, at("active"), nil},
		{"of several types, rightly", get("?_type=Patient,Organization&active=true"), 200, []string{"Patient/in", "Organization/on"}, nil},
		{"of types on some of which it is a code", get("?_type=OperationDefinition,Encounter&type=ADMS"), 200, []string{"Encounter/e"}, nil},
		{"and in another order", get("?_type=Encounter,OperationDefinition&type=ADMS"), 200, []string{"Encounter/e"}, nil},
		{"of one where it is none", get("OperationDefinition?type=ADMS"), 400, at("type"), nil},
		{"as a condition", ask{method: "DELETE", path: "Organization?active=no"}, 400, bad, nil},
		{"in a scope", ask{method: "GET", path: "Organization", token: "filtered"}, 403, nil, []string{"Organization/o"}},
		{"nothing was deleted", get("Organization?_summary=count"), 200, []string{`"total":2`}, nil},
	})
}
