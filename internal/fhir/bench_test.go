package fhir_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// The structs below hold what the generated ones hold, in the way encoding/json wants it: pointers for what may be absent, a
// field for each alternative of a choice, a field for each twin. They are what the codec is measured against.
type (
	stdElement struct {
		ID        string         `json:"id,omitempty"`
		Extension []stdExtension `json:"extension,omitempty"`
	}
	stdExtension struct {
		stdElement
		URL                  string              `json:"url,omitempty"`
		ValueString          *string             `json:"valueString,omitempty"`
		ValueCode            *string             `json:"valueCode,omitempty"`
		ValueURI             *string             `json:"valueUri,omitempty"`
		ValueBoolean         *bool               `json:"valueBoolean,omitempty"`
		ValueInteger         *int32              `json:"valueInteger,omitempty"`
		ValueDecimal         *json.Number        `json:"valueDecimal,omitempty"`
		ValueDateTime        *string             `json:"valueDateTime,omitempty"`
		ValueCoding          *stdCoding          `json:"valueCoding,omitempty"`
		ValueCodeableConcept *stdCodeableConcept `json:"valueCodeableConcept,omitempty"`
		ValueAddress         *stdAddress         `json:"valueAddress,omitempty"`
		ValueQuantity        *stdQuantity        `json:"valueQuantity,omitempty"`
		ValueReference       *stdReference       `json:"valueReference,omitempty"`
	}
	stdMeta struct {
		stdElement
		VersionID   *string     `json:"versionId,omitempty"`
		LastUpdated *string     `json:"lastUpdated,omitempty"`
		Source      *string     `json:"source,omitempty"`
		Profile     []string    `json:"profile,omitempty"`
		Security    []stdCoding `json:"security,omitempty"`
		Tag         []stdCoding `json:"tag,omitempty"`
	}
	stdNarrative struct {
		stdElement
		Status *string `json:"status,omitempty"`
		Div    *string `json:"div,omitempty"`
	}
	stdCoding struct {
		stdElement
		System       *string     `json:"system,omitempty"`
		Version      *string     `json:"version,omitempty"`
		Code         *string     `json:"code,omitempty"`
		Display      *string     `json:"display,omitempty"`
		DisplayX     *stdElement `json:"_display,omitempty"`
		UserSelected *bool       `json:"userSelected,omitempty"`
	}
	stdCodeableConcept struct {
		stdElement
		Coding []stdCoding `json:"coding,omitempty"`
		Text   *string     `json:"text,omitempty"`
		TextX  *stdElement `json:"_text,omitempty"`
	}
	stdPeriod struct {
		stdElement
		Start *string `json:"start,omitempty"`
		End   *string `json:"end,omitempty"`
	}
	stdReference struct {
		stdElement
		Reference  *string        `json:"reference,omitempty"`
		Type       *string        `json:"type,omitempty"`
		Identifier *stdIdentifier `json:"identifier,omitempty"`
		Display    *string        `json:"display,omitempty"`
	}
	stdIdentifier struct {
		stdElement
		Use      *string             `json:"use,omitempty"`
		Type     *stdCodeableConcept `json:"type,omitempty"`
		System   *string             `json:"system,omitempty"`
		Value    *string             `json:"value,omitempty"`
		ValueX   *stdElement         `json:"_value,omitempty"`
		Period   *stdPeriod          `json:"period,omitempty"`
		Assigner *stdReference       `json:"assigner,omitempty"`
	}
	stdQuantity struct {
		stdElement
		Value      *json.Number `json:"value,omitempty"`
		ValueX     *stdElement  `json:"_value,omitempty"`
		Comparator *string      `json:"comparator,omitempty"`
		Unit       *string      `json:"unit,omitempty"`
		System     *string      `json:"system,omitempty"`
		Code       *string      `json:"code,omitempty"`
	}
	stdRange struct {
		stdElement
		Low  *stdQuantity `json:"low,omitempty"`
		High *stdQuantity `json:"high,omitempty"`
	}
	stdAnnotation struct {
		stdElement
		AuthorString *string `json:"authorString,omitempty"`
		Time         *string `json:"time,omitempty"`
		Text         *string `json:"text,omitempty"`
	}
	stdHumanName struct {
		stdElement
		Use     *string       `json:"use,omitempty"`
		Text    *string       `json:"text,omitempty"`
		Family  *string       `json:"family,omitempty"`
		FamilyX *stdElement   `json:"_family,omitempty"`
		Given   []*string     `json:"given,omitempty"`
		GivenX  []*stdElement `json:"_given,omitempty"`
		Prefix  []string      `json:"prefix,omitempty"`
		Suffix  []string      `json:"suffix,omitempty"`
		Period  *stdPeriod    `json:"period,omitempty"`
	}
	stdContactPoint struct {
		stdElement
		System *string    `json:"system,omitempty"`
		Value  *string    `json:"value,omitempty"`
		Use    *string    `json:"use,omitempty"`
		Rank   *int32     `json:"rank,omitempty"`
		Period *stdPeriod `json:"period,omitempty"`
	}
	stdAddress struct {
		stdElement
		Use        *string    `json:"use,omitempty"`
		Type       *string    `json:"type,omitempty"`
		Text       *string    `json:"text,omitempty"`
		Line       []string   `json:"line,omitempty"`
		City       *string    `json:"city,omitempty"`
		District   *string    `json:"district,omitempty"`
		State      *string    `json:"state,omitempty"`
		PostalCode *string    `json:"postalCode,omitempty"`
		Country    *string    `json:"country,omitempty"`
		Period     *stdPeriod `json:"period,omitempty"`
	}
	stdDomainResource struct {
		ResourceType      string            `json:"resourceType"`
		ID                *string           `json:"id,omitempty"`
		Meta              *stdMeta          `json:"meta,omitempty"`
		ImplicitRules     *string           `json:"implicitRules,omitempty"`
		Language          *string           `json:"language,omitempty"`
		Text              *stdNarrative     `json:"text,omitempty"`
		Contained         []json.RawMessage `json:"contained,omitempty"`
		Extension         []stdExtension    `json:"extension,omitempty"`
		ModifierExtension []stdExtension    `json:"modifierExtension,omitempty"`
	}
	stdPatient struct {
		stdDomainResource
		Identifier           []stdIdentifier     `json:"identifier,omitempty"`
		Active               *bool               `json:"active,omitempty"`
		Name                 []stdHumanName      `json:"name,omitempty"`
		Telecom              []stdContactPoint   `json:"telecom,omitempty"`
		Gender               *string             `json:"gender,omitempty"`
		BirthDate            *string             `json:"birthDate,omitempty"`
		BirthDateX           *stdElement         `json:"_birthDate,omitempty"`
		DeceasedBoolean      *bool               `json:"deceasedBoolean,omitempty"`
		DeceasedDateTime     *string             `json:"deceasedDateTime,omitempty"`
		Address              []stdAddress        `json:"address,omitempty"`
		MaritalStatus        *stdCodeableConcept `json:"maritalStatus,omitempty"`
		MultipleBirthBoolean *bool               `json:"multipleBirthBoolean,omitempty"`
		MultipleBirthInteger *int32              `json:"multipleBirthInteger,omitempty"`
		Contact              []struct {
			stdElement
			Relationship []stdCodeableConcept `json:"relationship,omitempty"`
			Name         *stdHumanName        `json:"name,omitempty"`
			Telecom      []stdContactPoint    `json:"telecom,omitempty"`
			Address      *stdAddress          `json:"address,omitempty"`
			Gender       *string              `json:"gender,omitempty"`
			Organization *stdReference        `json:"organization,omitempty"`
			Period       *stdPeriod           `json:"period,omitempty"`
		} `json:"contact,omitempty"`
		Communication []struct {
			stdElement
			Language  *stdCodeableConcept `json:"language,omitempty"`
			Preferred *bool               `json:"preferred,omitempty"`
		} `json:"communication,omitempty"`
		GeneralPractitioner  []stdReference `json:"generalPractitioner,omitempty"`
		ManagingOrganization *stdReference  `json:"managingOrganization,omitempty"`
	}
	stdReferenceRange struct {
		stdElement
		Low  *stdQuantity        `json:"low,omitempty"`
		High *stdQuantity        `json:"high,omitempty"`
		Type *stdCodeableConcept `json:"type,omitempty"`
		Age  *stdRange           `json:"age,omitempty"`
		Text *string             `json:"text,omitempty"`
	}
	stdValue struct {
		ValueQuantity        *stdQuantity        `json:"valueQuantity,omitempty"`
		ValueCodeableConcept *stdCodeableConcept `json:"valueCodeableConcept,omitempty"`
		ValueString          *string             `json:"valueString,omitempty"`
		ValueBoolean         *bool               `json:"valueBoolean,omitempty"`
		ValueInteger         *int32              `json:"valueInteger,omitempty"`
		ValueRange           *stdRange           `json:"valueRange,omitempty"`
		ValueTime            *string             `json:"valueTime,omitempty"`
		ValueDateTime        *string             `json:"valueDateTime,omitempty"`
		ValuePeriod          *stdPeriod          `json:"valuePeriod,omitempty"`
		DataAbsentReason     *stdCodeableConcept `json:"dataAbsentReason,omitempty"`
	}
	stdObservation struct {
		stdDomainResource
		Identifier        []stdIdentifier      `json:"identifier,omitempty"`
		BasedOn           []stdReference       `json:"basedOn,omitempty"`
		PartOf            []stdReference       `json:"partOf,omitempty"`
		Status            *string              `json:"status,omitempty"`
		StatusX           *stdElement          `json:"_status,omitempty"`
		Category          []stdCodeableConcept `json:"category,omitempty"`
		Code              *stdCodeableConcept  `json:"code,omitempty"`
		Subject           *stdReference        `json:"subject,omitempty"`
		Focus             []stdReference       `json:"focus,omitempty"`
		Encounter         *stdReference        `json:"encounter,omitempty"`
		EffectiveDateTime *string              `json:"effectiveDateTime,omitempty"`
		EffectivePeriod   *stdPeriod           `json:"effectivePeriod,omitempty"`
		EffectiveInstant  *string              `json:"effectiveInstant,omitempty"`
		Issued            *string              `json:"issued,omitempty"`
		Performer         []stdReference       `json:"performer,omitempty"`
		stdValue
		Interpretation []stdCodeableConcept `json:"interpretation,omitempty"`
		Note           []stdAnnotation      `json:"note,omitempty"`
		BodySite       *stdCodeableConcept  `json:"bodySite,omitempty"`
		Method         *stdCodeableConcept  `json:"method,omitempty"`
		Specimen       *stdReference        `json:"specimen,omitempty"`
		Device         *stdReference        `json:"device,omitempty"`
		ReferenceRange []stdReferenceRange  `json:"referenceRange,omitempty"`
		HasMember      []stdReference       `json:"hasMember,omitempty"`
		DerivedFrom    []stdReference       `json:"derivedFrom,omitempty"`
		Component      []struct {
			stdElement
			Code *stdCodeableConcept `json:"code,omitempty"`
			stdValue
			Interpretation []stdCodeableConcept `json:"interpretation,omitempty"`
			ReferenceRange []stdReferenceRange  `json:"referenceRange,omitempty"`
		} `json:"component,omitempty"`
	}
	stdBundle struct {
		stdDomainResource
		Type  *string `json:"type,omitempty"`
		Entry []struct {
			stdElement
			FullURL  *string         `json:"fullUrl,omitempty"`
			Resource *stdObservation `json:"resource,omitempty"`
			Request  *struct {
				stdElement
				Method *string `json:"method,omitempty"`
				URL    *string `json:"url,omitempty"`
			} `json:"request,omitempty"`
		} `json:"entry,omitempty"`
	}
)

type benchBody struct {
	name string
	body []byte
	std  func() any
}

// benchBodies returns a Patient, an Observation and a Bundle of Observations in canonical form.
func benchBodies(t testing.TB) []benchBody {
	read := func(file string) []byte {
		raw, err := os.ReadFile(filepath.Join(data(t, "examples"), file))
		if err != nil {
			t.Fatal(err)
		}
		return canonical(t, raw)
	}
	var bundle *r4.Bundle
	resources(t, "synthea", func(file string, body []byte) {
		if bundle != nil || file[0] == '0' {
			return
		}
		r, err := r4.Unmarshal(body)
		if err != nil {
			t.Fatal(err)
		}
		all := r.(*r4.Bundle)
		bundle = &r4.Bundle{Type_: all.Type_}
		for _, e := range all.Entry {
			if _, ok := e.Resource.(*r4.Observation); ok && len(bundle.Entry) < 50 {
				bundle.Entry = append(bundle.Entry, e)
			}
		}
	})
	body, err := r4.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return []benchBody{
		{"Patient", read("Patient-example.json"), func() any { return new(stdPatient) }},
		{"Observation", read("Observation-blood-pressure.json"), func() any { return new(stdObservation) }},
		{"Bundle", body, func() any { return new(stdBundle) }},
	}
}

func canonical(t testing.TB, raw []byte) []byte {
	r, err := r4.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r4.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBenchIsFair makes sure that the structs for encoding/json lose nothing of the bodies.
func TestBenchIsFair(t *testing.T) {
	t.Parallel()
	for _, b := range benchBodies(t) {
		v := b.std()
		if err := json.Unmarshal(b.body, v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(tree(t, b.body), tree(t, out)) {
			t.Errorf("%s changes in encoding/json", b.name)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, body := range benchBodies(b) {
		b.Run(body.name+"/fhir", func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r4.Unmarshal(body.body); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(body.name+"/std", func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := json.Unmarshal(body.body, body.std()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, body := range benchBodies(b) {
		r, err := r4.Unmarshal(body.body)
		if err != nil {
			b.Fatal(err)
		}
		v := body.std()
		if err := json.Unmarshal(body.body, v); err != nil {
			b.Fatal(err)
		}
		b.Run(body.name+"/fhir", func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				if dst, err = r4.AppendJSON(dst[:0], r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(body.name+"/std", func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRatio runs both codecs in turns of a few milliseconds, so that what else the machine does meets both, and reports
// the median of how many times faster than encoding/json this one is.
func BenchmarkRatio(b *testing.B) {
	for _, body := range benchBodies(b) {
		r, err := r4.Unmarshal(body.body)
		if err != nil {
			b.Fatal(err)
		}
		v := body.std()
		if err := json.Unmarshal(body.body, v); err != nil {
			b.Fatal(err)
		}
		var dst []byte
		for _, pair := range []struct {
			name      string
			ours, std func() error
		}{
			{"decode", func() error { _, err := r4.Unmarshal(body.body); return err }, func() error { return json.Unmarshal(body.body, body.std()) }},
			{"encode", func() error { dst, err = r4.AppendJSON(dst[:0], r); return err }, func() error { _, err := json.Marshal(v); return err }},
			{"marshal", func() error { _, err := r4.Marshal(r); return err }, func() error { _, err := json.Marshal(v); return err }},
		} {
			b.Run(body.name+"/"+pair.name, func(b *testing.B) {
				var ratios []float64
				for b.Loop() {
					ours, std := turn(b, pair.ours), turn(b, pair.std)
					ratios = append(ratios, std/ours)
				}
				slices.Sort(ratios)
				b.ReportMetric(ratios[len(ratios)/2], "times-std")
			})
		}
	}
}

// turn returns the nanoseconds that fn takes, over two milliseconds.
func turn(b *testing.B, fn func() error) float64 {
	start := time.Now()
	for n := 1; ; n++ {
		if err := fn(); err != nil {
			b.Fatal(err)
		}
		if d := time.Since(start); d > 2*time.Millisecond {
			return float64(d) / float64(n)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, body := range benchBodies(b) {
		r, err := r4.Unmarshal(body.body)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(body.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fhir.WalkReferences(r, func(*string) {})
			}
		})
	}
}
