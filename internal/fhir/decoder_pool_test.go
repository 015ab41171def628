package fhir_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"chartwright/gen/r4"
)

// TestResourcesAreIndependent decodes many resources with the same decoders, some of them broken half way, from several
// goroutines, and only then looks at what became of each.
func TestResourcesAreIndependent(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var kept []r4.Resource
			var want [][]byte
			for i := range 200 {
				body := fmt.Appendf(nil, `{"resourceType":"Patient","id":"p%d-%d","extension":[{"extension":[{"url":"v","valueString":"%d"},{"url":"w","valueCodeableConcept":{"coding":[{"code":"a%d"},{"code":"b"},{"code":"c"}]}}],"url":"u"}],"name":[{"given":["x%d","y","z"],"_given":[null,{"id":"i%d"},null]},{"family":"f"}]}`, g, i, i, i, i, i)
				if i%3 == 0 {
					broken := bytes.Replace(body, []byte(`"family"`), []byte(`"familie"`), 1)
					if _, err := r4.Unmarshal(broken); err == nil {
						t.Error("a broken body was accepted")
					}
				}
				r, err := r4.Unmarshal(body)
				if err != nil {
					t.Error(err)
					return
				}
				p := r.(*r4.Patient)
				p.Name = append(p.Name, r4.HumanName{}) // must not reach into a neighbour
				p.Name = p.Name[:len(p.Name)-1]
				kept, want = append(kept, r), append(want, body)
			}
			for i, r := range kept {
				got, err := r4.Marshal(r)
				if err != nil || !bytes.Equal(got, want[i]) {
					t.Errorf("resource %d of goroutine %d: %v\ngot  %s\nwant %s", i, g, err, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}
