package fhir

import "chartwright/internal/fault"

func (s *Schema) Unmarshal(data []byte) (Resource, error) {
	return nil, fault.New(fault.Unsupported, "fhir.decode", "soon")
}

func (s *Schema) AppendJSON(dst []byte, r Resource) ([]byte, error) {
	return nil, fault.New(fault.Unsupported, "fhir.encode", "soon")
}
