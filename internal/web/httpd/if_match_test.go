package httpd_test

import (
	"maps"
	"strings"
	"testing"

	"chartwright/internal/setting"
)

// TestIfMatchIsDemanded is RACE-02: where the site demands If-Match, nobody changes what exists without saying which version of it.
// RFC 6585 §3
func TestIfMatchIsDemanded(t *testing.T) { onEachStore(t, testIfMatchIsDemanded) }

func testIfMatchIsDemanded(t *testing.T, w *world) {
	blind := []string{"OperationOutcome", `"code":"required"`, "http.If-Match"}
	at := func(tag string) map[string]string { return map[string]string{"If-Match": tag} }
	elm := strings.Replace(ann, "Ash", "Elm", 1)
	const label = `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"vip"}]}}]}`
	const merge = "application/merge-patch+json"
	patch := func(path string, header map[string]string) ask {
		all := map[string]string{"Content-Type": merge}
		maps.Copy(all, header)
		return ask{method: "PATCH", path: path, body: `{"active":true}`, header: all}
	}
	w.play(t, []scenario{
		{"nothing is demanded to begin with", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, nil, nil},
		{"nor of an update", ask{method: "PUT", path: "Patient/ann", body: elm}, 200, []string{`Etag: W/"2"`}, nil},
		{"as the CapabilityStatement says", ask{method: "GET", path: "metadata"}, 200, []string{`"versioning":"versioned"`}, []string{"versioned-update"}},
	})
	w.settings.IfMatch, w.settings.ConditionalDelete = setting.Required, setting.Multiple
	w.play(t, []scenario{
		{"the CapabilityStatement says it", ask{method: "GET", path: "metadata"}, 200, []string{`"versioning":"versioned-update"`, `"conditionalDelete":"single"`}, []string{`"versioning":"versioned"`}},
		{"an update", ask{method: "PUT", path: "Patient/ann", body: ann}, 428, blind, nil},
		{"an update of any version", ask{method: "PUT", path: "Patient/ann", body: ann, header: at("*")}, 428, blind, nil},
		{"an update by criteria", ask{method: "PUT", path: "Patient?identifier=urn:mrn|1", body: ann}, 428, blind, nil},
		{"a patch", patch("Patient/ann", nil), 428, blind, nil},
		{"a patch by criteria", patch("Patient?identifier=urn:mrn|1", nil), 428, blind, nil},
		{"a deletion", ask{method: "DELETE", path: "Patient/ann"}, 428, blind, nil},
		{"a deletion by criteria", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|1"}, 428, blind, nil},
		{"a transaction", ask{method: "POST", body: `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + ann + `,"request":{"method":"PUT","url":"Patient/ann"}}]}`}, 428, []string{"OperationOutcome", "Bundle.entry[0]"}, nil},
		{"a deletion in a transaction", ask{method: "POST", body: `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/ann"}}]}`}, 428, []string{`"expression":["Bundle.entry[0].request"]`}, nil},
		{"an entry of a batch", ask{method: "POST", body: `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"DELETE","url":"Patient/ann"}}]}`}, 200, []string{`"status":"428`}, nil},
		{"a label", ask{method: "POST", path: "Patient/ann/$meta-add", body: label}, 428, blind, nil},
		{"a label taken away", ask{method: "POST", path: "Patient/ann/$meta-delete", body: label}, 428, blind, nil},
		{"nothing has happened", ask{method: "GET", path: "Patient/ann"}, 200, []string{`"versionId":"2"`}, nil},

		{"another version", ask{method: "PUT", path: "Patient/ann", body: ann, header: at(`W/"1"`)}, 412, nil, nil},
		{"this version", ask{method: "PUT", path: "Patient/ann", body: ann, header: at(`W/"2"`)}, 200, []string{`Etag: W/"3"`}, nil},
		{"a patch of this version", patch("Patient/ann", at(`W/"3"`)), 200, []string{`Etag: W/"4"`}, nil},
		{"a batch with ifMatch", ask{method: "POST", body: `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + ann + `,"request":{"method":"PUT","url":"Patient/ann","ifMatch":"W/\"4\""}}]}`}, 200, []string{`"status":"200`}, nil},
		{"a transaction with ifMatch", ask{method: "POST", body: `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + elm + `,"request":{"method":"PUT","url":"Patient/ann","ifMatch":"W/\"5\""}}]}`}, 200, []string{`"status":"200`}, nil},
		{"a creation changes nothing that exists", ask{method: "PUT", path: "Patient/bob", body: strings.NewReplacer(`"ann"`, `"bob"`, `"1"`, `"2"`).Replace(ann)}, 201, nil, nil},
		{"nor does one by criteria", ask{method: "PUT", path: "Patient?identifier=urn:mrn|3", body: strings.NewReplacer(`"ann"`, `"eve"`, `"1"`, `"3"`).Replace(ann)}, 201, nil, nil},
		{"nor a POST", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`}, 201, nil, nil},
		{"a deletion of this version by criteria", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|1", header: at(`W/"6"`)}, 204, nil, nil},
		{"what is deleted comes back", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{`Etag: W/"8"`}, nil},
		{"a deletion of this version", ask{method: "DELETE", path: "Patient/ann", header: at(`W/"8"`)}, 204, nil, nil},
	})
}
