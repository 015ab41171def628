package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/app"
	"chartwright/internal/care/bulk"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/fhir/fhirtest"
)

// refused are the official examples that break the standard themselves, each with its fault as the server states it. An entry
// that is not needed fails the test.
var refused = map[string]string{
	"DeviceMetric-example.json":        "DeviceMetric.parent: the reference must be to Device, not DeviceDefinition",
	"DeviceUseStatement-example.json":  "DeviceUseStatement.reasonReference[0]: the reference must be to Condition",
	"MedicationRequest-medrx0301.json": "MedicationRequest.dispenseRequest.performer: the reference must be to Organization, not Practitioner",
	"Observation-clinical-gender.json": "Observation.performer[0]: the reference must be to CareTeam",
	"Questionnaire-qs1.json":           "Questionnaire.item[0].item[0].linkId: the element is required",
	"ig-r4.json":                       "ImplementationGuide.name: the element is required",
}

// Every official example is stored and read back identical in content, decimals to the digit, or is refused for a stated fault
// of its own.
func TestOfficialExamplesSurvive(t *testing.T) {
	t.Parallel()
	dir := fhirtest.Folder(t, "examples")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s: %v", dir, err)
	}
	s := demoserver.Start(t)
	scopes := []string{"openid", "api:fhir", "user/AuditEvent.rs"}
	for _, typ := range r4.Types {
		if typ.Name != "AuditEvent" {
			scopes = append(scopes, "user/"+typ.Name+".cruds")
		}
	}
	admin := signIn(t, s, demoserver.Admin, scopes...)
	var mu sync.Mutex
	same, used := 0, map[string]bool{}
	work := make(chan string)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for file := range work {
				name := filepath.Base(file)
				data, err := os.ReadFile(file)
				if err != nil {
					t.Error(err)
					continue
				}
				fault, err := storeAndCompare(admin, file, data)
				mu.Lock()
				switch want := refused[name]; {
				case err != nil:
					t.Errorf("%s: %v", name, err)
				case fault == "":
					same++
				case want != "" && strings.Contains(fault, want):
					used[name] = true
				default:
					t.Errorf("%s is refused: %s", name, fault)
				}
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		work <- f
	}
	close(work)
	wg.Wait()
	for name := range refused {
		if !used[name] {
			t.Errorf("%s is on the list of refused examples and was accepted or is not there", name)
		}
	}
	t.Logf("%d examples are identical in content, %d refused", same, len(used))
	if want := len(files) - len(refused); same != want {
		t.Errorf("%d examples are identical, want %d", same, want)
	}
}

// storeAndCompare stores one example under its id and reads it back. Fault is why the server refused it. Audit events, which
// no client writes, are loaded from their file.
func storeAndCompare(c *caller, file string, data []byte) (fault string, err error) {
	sent, err := content(data)
	if err != nil {
		return "", err
	}
	method, path := "POST", "/apis/default/fhir/"+fmt.Sprint(sent["resourceType"])
	if id, ok := sent["id"]; ok {
		method, path = "PUT", path+"/"+fmt.Sprint(id)
	}
	if sent["resourceType"] == "AuditEvent" {
		if err := load(c, file); err != nil {
			return "", err
		}
		method, data = "GET", nil
	}
	status, answer := c.do(method, path, "application/fhir+json", data)
	if status != 200 && status != 201 {
		var outcome struct {
			Issue []struct {
				Details     struct{ Text string }
				Diagnostics string
				Expression  []string
			}
		}
		if err := json.Unmarshal(answer, &outcome); err != nil || status >= 500 {
			return "", fmt.Errorf("status %d: %.300s", status, answer)
		}
		var faults []string
		for _, i := range outcome.Issue {
			faults = append(faults, strings.Join(i.Expression, ",")+": "+i.Details.Text+i.Diagnostics)
		}
		return strings.Join(faults, "; "), nil
	}
	stored, err := content(answer)
	if err != nil {
		return "", err
	}
	status, answer = c.do("GET", "/apis/default/fhir/"+fmt.Sprint(stored["resourceType"])+"/"+fmt.Sprint(stored["id"])+"?_format=json", "", nil) // a Binary is its file to others
	if status != 200 {
		return "", fmt.Errorf("read: status %d: %.300s", status, answer)
	}
	got, err := content(answer)
	if err != nil {
		return "", err
	}
	for _, r := range []object{sent, got} {
		forget(r)
	}
	if _, had := sent["id"]; !had {
		delete(got, "id")
	}
	if !reflect.DeepEqual(sent, got) {
		return "", fmt.Errorf("what is read differs from what was written:\n%.500s\n%.500s", mustJSON(sent), mustJSON(got))
	}
	return "", nil
}

func load(c *caller, file string) error {
	loader, err := c.server.App.Loader(context.Background(), app.DefaultSite, func(int64) {})
	if err != nil {
		return err
	}
	report, err := loader.Load(context.Background(), []bulk.File{{Path: file}})
	if err == nil && len(report.Rejected) > 0 {
		err = fmt.Errorf("rejected: %s", report.Rejected[0].Reason)
	}
	return err
}

// content decodes JSON with numbers as text.
func content(data []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var v object
	err := d.Decode(&v)
	return v, err
}

// forget removes what the server sets.
func forget(r object) {
	meta, ok := r["meta"].(object)
	if !ok {
		return
	}
	delete(meta, "versionId")
	delete(meta, "lastUpdated")
	if len(meta) == 0 {
		delete(r, "meta")
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
