package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/demo"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
)

// bodyBytes is the size of the resources that are read and created.
const bodyBytes = 3 << 10

// heartRates are the made-up patients' observations that the benchmark's are made from.
var heartRates = sync.OnceValue(func() (all []*r4.Observation) {
	for n := range demo.Patients() {
		for _, r := range demo.Chart(n) {
			if o, ok := r.(*r4.Observation); ok && o.Code.Coding[0].Code.V == "8867-4" {
				all = append(all, o)
			}
		}
	}
	return all
})

// observation makes one measurement of a heart rate as a monitor sends it, padded by a note to [bodyBytes]. An empty id leaves
// it out.
func observation(r *rand.Rand, id string) []byte {
	rates := heartRates()
	o := *rates[r.IntN(len(rates))]
	o.ID = fhir.ID{}
	if id != "" {
		o.ID = fhir.NewID(id)
	}
	number := r.Uint64()
	o.Identifier = []r4.Identifier{{System: fhir.NewURI("https://bench.example.org/measurement"), Value: fhir.NewString(fmt.Sprintf("%016x", number))}}
	code := *o.Code
	code.Coding = append(code.Coding[:1:1],
		r4.Coding{System: fhir.NewURI("http://snomed.info/sct"), Code: fhir.NewCode("364075005"), Display: fhir.NewString("Heart rate")},
		r4.Coding{System: fhir.NewURI("https://bench.example.org/channel"), Code: fhir.NewCode("HR"), Display: fhir.NewString("Heart rate")})
	o.Code = &code
	effective := fhir.NewDateTime(fmt.Sprintf("2025-%02d-%02dT%02d:%02d:00Z", 1+number%12, 1+number%28, number%24, number%60))
	o.Effective = &effective
	o.Value = &r4.Quantity{Value: fhir.NewDecimal(fmt.Sprint(50 + number%90)), Unit: fhir.NewString("beats/minute"), System: fhir.NewURI("http://unitsofmeasure.org"), Code: fhir.NewCode("/min")}
	o.Method = &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI("http://snomed.info/sct"), Code: fhir.NewCode("65653002"), Display: fhir.NewString("Pulse taking")}}}
	o.Note = []r4.Annotation{{Text: fhir.NewMarkdown("x")}}
	short := marshal(&o)
	o.Note[0].Text = fhir.NewMarkdown(strings.Repeat("At rest, seated. ", bodyBytes/17+1)[:bodyBytes-len(short)] + "x")
	return marshal(&o)
}

// indexRows counts what the server adds to its search index for a body.
func indexRows(body []byte) (int, error) {
	r, err := r4.Unmarshal(body)
	if err != nil {
		return 0, err
	}
	var rows index.Rows
	r4search.Extract(r, &rows)
	return len(rows.Tokens) + len(rows.Strings) + len(rows.References) + len(rows.URIs) + len(rows.Dates) + len(rows.Numbers) +
		len(rows.Quantities) + len(rows.Composites), nil
}

// marshal encodes what this program made itself.
func marshal(r r4.Resource) []byte {
	body, err := r4.Marshal(r)
	if err != nil {
		panic("bench: " + err.Error())
	}
	return body
}
