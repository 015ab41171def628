package matrix_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// holder gets a token for an administrator at a site.
func (w *world) holder(site, scopes string) string {
	w.t.Helper()
	c := &trial{site: site, actor: &actor{kind: access.User, account: account.Administrators}, scopes: strings.Fields(scopes)}
	w.mustArm(site, c)
	return c.token
}

// TestFiles is FILE-01, FILE-05, FILE-06, FILE-07, FILE-12, FILE-14, FILE-15 and INJ-12: a file is data, and so is its name, whatever
// either looks like; nothing of it becomes a file of the server's, a command or a header.
func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "api:oemr api:fhir user/document.crus user/DocumentReference.cruds")
	before := w.filesOfTheServer()
	const documents = "/apis/" + home + "/api/patient/" + patientA + "/document"
	upload := func(name string, content []byte) *answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreatePart(map[string][]string{"Content-Disposition": {mime.FormatMediaType("form-data", map[string]string{"name": "document", "filename": name})}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
		_ = m.Close()
		return w.send(call{method: http.MethodPost, path: documents + "?path=/medical_record", token: token, body: body.Bytes(), header: map[string]string{"Content-Type": m.FormDataContentType()}})
	}
	for _, name := range []string{
		"../../../tmp/x.txt", "/etc/passwd", `C:\Windows\x.txt`, "x\x00.txt", strings.Repeat("n", 4096) + ".txt", "x\u2215y\u29f8z.txt", "$(touch x);`touch y`|z.txt",
		"a\r\nSet-Cookie: x=1.txt", `"quoted".txt`, "Übersicht.txt", "con.txt", "-rf.txt", "%2e%2e%2fx.txt", ".htaccess", "{{.}}.txt",
	} {
		content := "content of " + fmt.Sprintf("%q", name)
		a := upload(name, []byte(content))
		if a.status != 200 {
			if a.status < 400 || a.status >= 500 {
				t.Errorf("FILE-01 %.40q: %d %.300s", name, a.status, a.body)
			}
			continue
		}
		var rows []map[string]any
		list := w.must(w.send(call{method: http.MethodGet, path: documents + "?path=/medical_record", token: token}))
		_ = json.Unmarshal(list.body, &rows)
		found := false
		for _, row := range rows {
			got := w.send(call{method: http.MethodGet, path: fmt.Sprint(documents, "/", row["id"]), token: token})
			if string(got.body) != content {
				continue
			}
			found = true
			kind, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
			if err != nil || kind != "attachment" || strings.ContainsAny(params["filename"], "\r\n\x00") && got.header.Get("Set-Cookie") != "" {
				t.Errorf("FILE-07 %.40q is offered as %q", name, got.header.Get("Content-Disposition"))
			}
			if got.header.Get("Set-Cookie") != "" || got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("FILE-07 %.40q comes with %v", name, got.header)
			}
		}
		if !found {
			t.Errorf("FILE-01 %.40q was taken and does not come back: %.300s", name, list.body)
		}
	}
	// A picture of 50,000 by 50,000 points, and the text by which scanners are tried: data like any other.
	picture := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	picture = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(picture, 50_000), 50_000)
	picture = append(picture, 8, 6, 0, 0, 0)
	picture = binary.BigEndian.AppendUint32(picture, crc32.ChecksumIEEE(picture[12:]))
	for id, content := range map[string][]byte{"FILE-15": picture, "FILE-12": []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)} {
		if a := upload(id+".png", content); a.status != 200 && (a.status < 400 || a.status >= 500) {
			t.Errorf("%s: %d %.300s", id, a.status, a.body)
		}
	}
	for name, c := range map[string]struct {
		data string
		want int
	}{
		"FILE-06 what is no base64":     {"not base64!", 400},
		"FILE-06 with a letter missing": {"YWJ", 400},
		"FILE-06 an odd letter":         {"YW=J", 400},
		"FILE-06 base64":                {base64.StdEncoding.EncodeToString([]byte("abc")), 201},
	} {
		body := `{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/` + patientA + `"},"content":[{"attachment":{"contentType":"text/plain","data":"` + c.data + `"}}]}`
		a := w.send(call{method: http.MethodPost, path: "/apis/" + home + "/fhir/DocumentReference", token: token, body: []byte(body)})
		if a.status != c.want && (c.want != 400 || a.status != 422) {
			t.Errorf("%s: %d %.300s", name, a.status, a.body)
		}
	}
	if after := w.filesOfTheServer(); after != before {
		t.Errorf("FILE-05, FILE-14 the server has written %s, before %s", after, before)
	}
}

// filesOfTheServer are the files in the data folder, but for what a database keeps beside itself.
func (w *world) filesOfTheServer() string {
	w.t.Helper()
	var list []string
	err := filepath.WalkDir(w.folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
			list = append(list, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// TestSizesToTheByte is FILE-03: a resource of exactly the greatest size is taken, one of a byte more is not.
func TestSizesToTheByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "user/Basic.cruds")
	const greatest = 5 << 20
	frame := `{"resourceType":"Basic","code":{"text":"` + `"}}`
	for _, size := range []int{greatest - 1, greatest, greatest + 1} {
		// Blanks between the tokens count like anything else.
		body := strings.Replace(frame, `"code"`, strings.Repeat(" ", size-len(frame))+`"code"`, 1)
		a := w.send(call{method: http.MethodPost, path: "/apis/" + home + "/fhir/Basic", token: token, body: []byte(strings.Replace(body, `""`, `"x"`, 1)[:len(body)])})
		if size > greatest && a.status != 413 || size <= greatest && (a.status == 413 || a.status >= 500) {
			t.Errorf("FILE-03 %d bytes: %d %.200s", size, a.status, a.body)
		}
	}
}
