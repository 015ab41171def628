package standard_test

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"testing"
)

// upload sends a file to a category of a patient's documents.
func (w *world) upload(pid, category, name string, content []byte) answer {
	w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("document", name)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = m.Close()
	r := httptest.NewRequest("POST", "/apis/default/api/patient/"+pid+"/document?path="+category, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.send(r)
}

func TestDocumentComesBackAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, _ := w.someone()
	other, _ := w.someone()
	content := []byte("%PDF-1.4 a report")
	w.upload(pid, "/Medical_Record", "report \"1\".pdf", content).want(200).is("true")
	list := w.ask("GET", "/api/patient/"+pid+"/document?path=/medical_record", nil).want(200).has(map[string]any{"filename": `report "1".pdf`, "mimetype": "application/pdf"}, 0)
	did := text(list.at(0, "id"))
	got := w.ask("GET", "/api/patient/"+pid+"/document/"+did, nil).want(200)
	if !bytes.Equal(got.body, content) {
		t.Errorf("the content is %q", got.body)
	}
	w.ask("GET", "/api/patient/"+pid+"/document?path=/advance_directive/living_will", nil).want(200).is("[]")
	w.ask("GET", "/api/patient/"+pid+"/document?path=/nothing", nil).want(404).is("<nil>")
	w.ask("GET", "/api/patient/"+other+"/document/"+did, nil).want(404).is("<nil>")
	w.upload(pid, "/medical_record", "run.exe", []byte("MZ\x90\x00\x03\x00\x00\x00")).want(400).is("document must be in the defined set of values", "document", "InArray::NOT_IN_ARRAY")
	w.upload(pid, "/medical_record", "empty.txt", nil).want(400).is("document must not be empty", "document", "NotEmpty::EMPTY_VALUE")
	w.upload(pid, "/nothing", "a.txt", content).want(404)
	w.upload(pid, "/medical_record", "big.txt", bytes.Repeat([]byte("a"), 21<<20)).want(413)
	w.upload(pid, "/medical_record", "bigger.txt", bytes.Repeat([]byte("a"), 40<<20)).want(413)
	t.Run("a category that the role does not open", func(t *testing.T) {
		w.holds = func(right string) bool { return right != "patients/docs" }
		w.ask("GET", "/api/patient/"+pid+"/document?path=/medical_record", nil).want(403)
		w.ask("GET", "/api/patient/"+pid+"/document/"+did, nil).want(403)
	})
}
