package httpd

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
)

// TestZippedVersions: what was compressed is kept, and never stands for anything but what it was made from.
func TestZippedVersions(t *testing.T) {
	t.Parallel()
	body := func(word string) []byte {
		return []byte(`{"resourceType":"Patient","id":"ann","name":[{"text":"` + strings.Repeat(word, 600) + `"}]}`)
	}
	key := chart.Key{Type: "Patient", ID: "ann"}
	first := chart.Version{Key: key, VID: 1, Seq: 7, Updated: time.UnixMilli(1000), Body: body("ash")}
	next, anew, later, other := first, first, first, first
	next.VID, next.Seq = 2, 8
	anew.Seq = 9
	later.Updated = time.UnixMilli(2000)
	other.Body = body("elm")

	z := newZippedVersions()
	for name, v := range map[string]*chart.Version{"first": &first, "next": &next, "anew": &anew, "later": &later, "other": &other} {
		for _, site := range []string{"a", "b"} {
			data := z.of(site, v)
			if again := z.of(site, v); &again[0] != &data[0] {
				t.Errorf("%s of site %s was compressed again", name, site)
			}
			r, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(r); err != nil || string(plain) != string(v.AppendJSON(nil)) {
				t.Errorf("%s of site %s: %.120s, %v", name, site, plain, err)
			}
		}
	}
	if &z.of("a", &first)[0] == &z.of("b", &first)[0] {
		t.Error("two sites share an answer")
	}
	for seq := range int64(100_000) {
		z.store.Put(zippedVersion{site: "a", seq: seq}, nil, 4096)
	}
	if n := z.store.Bytes(); n > maxZipped {
		t.Errorf("%d bytes are kept", n)
	}
}
