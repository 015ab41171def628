package standard

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	api "chartwright/gen/api/standard"
	"chartwright/internal/fault"
)

// The answers of this file are those that the generated types of the same operations write, byte for byte, made of rows that
// are encoded already. What stands around the rows is written by the generated types themselves.

// patientRecord answers GetPatient.
type patientRecord rendered[api.Patient]

// recordFrame is what stands before and after the patient of a PatientRecord.
var recordFrame = sync.OnceValues(func() (before, after []byte) {
	row, err := json.Marshal(api.Patient{})
	if err != nil {
		panic("standard: " + err.Error()) // the type is generated
	}
	before, after, err = frame(api.PatientRecord{}, row)
	if err != nil {
		panic("standard: " + err.Error())
	}
	return before, after
})

// VisitGetPatientResponse writes the answer.
func (p patientRecord) VisitGetPatientResponse(w http.ResponseWriter) error {
	before, after := recordFrame()
	return write(w, before, [][]byte{p.json}, after)
}

// patientPage answers ListPatients.
type patientPage struct {
	rows  []rendered[api.Patient]
	links api.Links
}

// VisitListPatientsResponse writes the answer.
func (p patientPage) VisitListPatientsResponse(w http.ResponseWriter) error {
	before, after, err := frame(api.PatientPage{Links: p.links}, []byte("null"))
	if err != nil {
		return err
	}
	return write(w, append(before, '['), encodings(p.rows), append([]byte{']'}, after...))
}

// vitalPage answers ListVitals.
type vitalPage []rendered[api.Vital]

// VisitListVitalsResponse writes the answer.
func (p vitalPage) VisitListVitalsResponse(w http.ResponseWriter) error {
	return write(w, []byte{'['}, encodings(p), []byte{']'})
}

func encodings[T any](rows []rendered[T]) [][]byte {
	list := make([][]byte, len(rows))
	for i := range rows {
		list[i] = rows[i].json
	}
	return list
}

// frame returns what the JSON of v has before and after the first hole.
func frame(v any, hole []byte) (before, after []byte, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "standard.frame", err)
	}
	before, after, ok := bytes.Cut(data, hole)
	if !ok {
		return nil, nil, fault.New(fault.Internal, "standard.frame", "%T has no place for rows", v)
	}
	return bytes.Clone(before), after, nil // so that appending to before leaves after alone
}

// write answers 200 with rows between before and after. The rows go out from where they are kept: what is sent of them is not
// copied into one piece first.
func write(w http.ResponseWriter, before []byte, rows [][]byte, after []byte) error {
	n := len(before) + len(after) + len("\n")
	for _, r := range rows {
		n += len(r)
	}
	n += max(0, len(rows)-1) // commas
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(before)
	for i, r := range rows {
		if i > 0 && err == nil {
			_, err = w.Write(comma)
		}
		if err == nil {
			_, err = w.Write(r)
		}
	}
	if err == nil {
		_, err = w.Write(after)
	}
	if err == nil {
		_, err = w.Write(lineEnd) // json.Encoder ends with one
	}
	return err
}

var comma, lineEnd = []byte{','}, []byte{'\n'}
