package packed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
)

// TestDictionariesStay holds the dictionaries to the bytes they had when rows were first made with them.
func TestDictionariesStay(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(dictionary1)
	if got, want := hex.EncodeToString(sum[:]), "5f9deb81d0bf63d836d3a8689db8303c1d4a5f1ddfc595230ead4a1580a53596"; got != want {
		t.Errorf("dictionary 1 was edited: %s, want %s; make a new one and leave this as it was", got, want)
	}
	if len(dictionary1) > s2.MaxDictSize {
		t.Errorf("a dictionary has at most %d bytes, this has %d", s2.MaxDictSize, len(dictionary1))
	}
}

// observation is a resource as a clinic writes them.
const observation = `{"resourceType":"Observation","id":"o1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],` +
	`"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-03-04T05:06:07Z",` +
	`"valueQuantity":{"value":71,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}`

func TestPack(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(observation[:len(observation)-1]+`,"note":[`, 400) // longer than what refers to the dictionary
	for _, tt := range []struct {
		name, body string
		most       int // bytes when stored
	}{
		{"what every clinic writes", observation, len(observation) / 3},
		{"a short one stays", `{"resourceType":"Basic","id":"b"}`, 33},
		{"a long one", long, len(long) / 20},
		{"noise stays", "{" + noise(300), 301},
	} {
		stored := Pack([]byte(tt.body))
		if len(stored) > tt.most {
			t.Errorf("%s: %d bytes become %d, want at most %d", tt.name, len(tt.body), len(stored), tt.most)
		}
		if back, err := Unpack(stored); err != nil || string(back) != tt.body {
			t.Errorf("%s: comes back as %.80q, %v", tt.name, back, err)
		}
	}
	if Pack(nil) != nil {
		t.Error("a deletion has no body")
	}
	if b, err := Unpack(nil); b != nil || err != nil {
		t.Errorf("no body unpacks to %q, %v", b, err)
	}
}

// noise has nothing that repeats.
func noise(n int) string {
	var b strings.Builder
	for sum := sha256.Sum256(nil); b.Len() < n; sum = sha256.Sum256(sum[:]) {
		b.Write(sum[:])
	}
	return b.String()[:n]
}

// TestUnpackBroken: a damaged row is an error, never a panic nor a large allocation.
func TestUnpackBroken(t *testing.T) {
	t.Parallel()
	sound := Pack([]byte(observation))
	for name, stored := range map[string][]byte{
		"unknown dictionary": append([]byte{9}, sound[1:]...),
		"number without one": append([]byte{0}, sound[1:]...),
		"no block":           sound[:1],
		"cut":                sound[:len(sound)-3],
		"claims too much":    {1, 0xff, 0xff, 0xff, 0xff, 0x0e, 0x00},
	} {
		if b, err := Unpack(stored); err == nil {
			t.Errorf("%s: %q, want an error", name, b)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(Pack([]byte(observation)))
	f.Add([]byte{1, 4, 0xff})
	f.Fuzz(func(t *testing.T, stored []byte) {
		body, err := Unpack(stored)
		if err != nil || len(body) == 0 || body[0] != '{' {
			return
		}
		if back, err := Unpack(Pack(body)); err != nil || !bytes.Equal(back, body) {
			t.Errorf("%q comes back as %q, %v", body, back, err)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	b.SetBytes(int64(len(observation)))
	for b.Loop() {
		Pack([]byte(observation))
	}
}

func BenchmarkUnpack(b *testing.B) {
	stored := Pack([]byte(observation))
	b.SetBytes(int64(len(observation)))
	for b.Loop() {
		_, _ = Unpack(stored)
	}
}
