package standard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

const (
	systemObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
	systemInterpretation      = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
)

// vitalCode is a LOINC code and its name.
type vitalCode struct{ code, display string }

var panelCode = vitalCode{"85353-1", "Vital signs, weight, height, head circumference, oxygen saturation and BMI panel"}

// measure is one Observation of a form.
type measure struct {
	code  vitalCode
	also  string // a code that it carries, too
	field string // quantity or, without a unit, text
	unit  string // UCUM
	parts []part // instead of field
}

// part is a component of a measure.
type part struct {
	code  vitalCode
	field string
	unit  string
}

// measures are the Observations of a form, as US Core has them.
// https://hl7.org/fhir/us/core/StructureDefinition-us-core-vital-signs.html
var measures = []measure{
	{code: vitalCode{"85354-9", "Blood pressure panel with all children optional"}, parts: []part{
		{vitalCode{"8480-6", "Systolic blood pressure"}, "bps", "mm[Hg]"}, {vitalCode{"8462-4", "Diastolic blood pressure"}, "bpd", "mm[Hg]"},
	}},
	{code: vitalCode{"29463-7", "Body weight"}, field: "weight", unit: "[lb_av]"},
	{code: vitalCode{"8302-2", "Body height"}, field: "height", unit: "[in_i]"},
	{code: vitalCode{"8310-5", "Body temperature"}, field: "temperature", unit: "[degF]"},
	{code: vitalCode{"8327-9", "Body temperature measurement site"}, field: "temp_method"},
	{code: vitalCode{"8867-4", "Heart rate"}, field: "pulse", unit: "/min"},
	{code: vitalCode{"9279-1", "Respiratory rate"}, field: "respiration", unit: "/min"},
	{code: vitalCode{"39156-5", "Body mass index (BMI) [Ratio]"}, field: "BMI", unit: "kg/m2"},
	{code: vitalCode{"8280-0", "Waist circumference at umbilicus by Tape measure"}, field: "waist_circ", unit: "[in_i]"},
	{code: vitalCode{"9843-4", "Head occipital-frontal circumference"}, field: "head_circ", unit: "[in_i]"},
	{code: vitalCode{"2708-6", "Oxygen saturation in Arterial blood"}, also: "59408-5", field: "oxygen_saturation", unit: "%"},
	{code: vitalCode{"3151-8", "Inhaled oxygen flow rate"}, field: "oxygen_flow_rate", unit: "L/min"},
	{code: vitalCode{"3150-0", "Inhaled oxygen concentration"}, field: "inhaled_oxygen_concentration", unit: "%"},
	{code: vitalCode{"77606-2", "Weight-for-length Per age and sex"}, field: "ped_weight_height", unit: "%"},
	{code: vitalCode{"59576-9", "Body mass index (BMI) [Percentile] Per age and sex"}, field: "ped_bmi", unit: "%"},
	{code: vitalCode{"8289-1", "Head Occipital-frontal circumference Percentile"}, field: "ped_head_circ", unit: "%"},
}

// vitalHome are the fields of a form with a home in FHIR.
var vitalHome = fields(`date note bps bpd weight height temperature temp_method pulse respiration BMI waist_circ head_circ oxygen_saturation
	oxygen_flow_rate inhaled_oxygen_concentration ped_weight_height ped_bmi ped_head_circ`)

func newObservation(c vitalCode, patient, encounter string) *r4.Observation {
	return &r4.Observation{
		Status: fhir.NewCode("final"), Code: conceptPointer(systemLOINC, c.code, c.display),
		Category: []r4.CodeableConcept{concept(systemObservationCategory, "vital-signs", "Vital Signs")},
		Subject:  reference("Patient", patient), Encounter: reference("Encounter", encounter),
	}
}

func isCode(c *r4.CodeableConcept, want vitalCode) bool {
	return c != nil && hasCode([]r4.CodeableConcept{*c}, systemLOINC, want.code)
}

// measureOf returns what an Observation measures; nil if forms have no such field.
func measureOf(o *r4.Observation) *measure {
	for i := range measures {
		m := &measures[i]
		if isCode(o.Code, m.code) || m.also != "" && isCode(o.Code, vitalCode{code: m.also}) {
			return m
		}
	}
	return nil
}

// find returns the member of a form that measures m and its version; nil if there is none.
func (m *measure) find(members []*entry) (*r4.Observation, *chart.Version) {
	for _, e := range members {
		if measureOf(e.observation()) == m {
			return e.observation(), e.version
		}
	}
	return nil, nil
}

// reading is what a body says about the measurements of a form.
type reading struct {
	values  map[string]string
	details map[string]api.VitalDetailInput
}

// apply gives an Observation its values; false if the body has none for it.
func (m *measure) apply(o *r4.Observation, in reading) bool {
	if m.also != "" && !isCode(o.Code, vitalCode{code: m.also}) {
		o.Code.Coding = append(o.Code.Coding, r4.Coding{System: fhir.NewURI(systemLOINC), Code: fhir.NewCode(m.also)})
	}
	if m.parts == nil {
		v := in.values[m.field]
		if v == "" {
			return false
		}
		o.DataAbsentReason = nil
		if m.unit == "" {
			s := fhir.NewString(v)
			o.Value = &s
		} else {
			o.Value = quantity(v, m.unit)
		}
		if x, ok := in.details[m.field]; ok {
			o.Interpretation = interpretation(&x)
			o.Extension = carry(o.Extension, &x, interpretationHome)
		}
		return true
	}
	var components []r4.ObservationComponent
	for _, p := range m.parts {
		v := in.values[p.field]
		if v == "" {
			continue
		}
		c := r4.ObservationComponent{Code: conceptPointer(systemLOINC, p.code.code, p.code.display), Value: quantity(v, p.unit)}
		if x, ok := in.details[p.field]; ok {
			c.Interpretation = interpretation(&x)
			c.Extension = carry(c.Extension, &x, interpretationHome)
		}
		components = append(components, c)
	}
	o.Component = components
	return components != nil
}

// quantity writes a numeric text with a unit.
func quantity(v, unit string) *r4.Quantity {
	literal := strings.TrimSpace(v)
	if f, err := strconv.ParseFloat(literal, 64); err == nil && (strings.ContainsAny(literal, "+eE") || strings.HasPrefix(literal, ".") || strings.HasSuffix(literal, ".") || leadingZero(literal)) {
		literal = strconv.FormatFloat(f, 'f', -1, 64) // JSON has fewer ways to write a number
	}
	return &r4.Quantity{Value: fhir.NewDecimal(literal), Unit: fhir.NewString(unit), System: fhir.NewURI(systemUCUM), Code: fhir.NewCode(unit)}
}

func leadingZero(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return len(s) > 1 && s[0] == '0' && s[1] != '.'
}

// vitalRow writes a form as the Standard API has it.
func (d *Desk) vitalRow(ctx context.Context, f *vitalForm, encounter, patient *chart.Version) (*api.Vital, error) {
	head := f.head()
	out := &api.Vital{
		ID: head.Number, FormID: head.Number, UUID: head.ID, LastUpdated: stampOf(head.Updated),
		Pid: &patient.Number, Puuid: &patient.ID, Eid: &encounter.Number, Euuid: &encounter.ID, Date: maybe(stamp(f.time)),
		WeightUnit: "lb", HeightUnit: "in", HeadCircUnit: "in", WaistCircUnit: "in", TemperatureUnit: "degF", PulseUnit: "/min",
		RespirationUnit: "/min", BMIUnit: "kg/m2", BpsUnit: "mm[Hg]", BpdUnit: "mm[Hg]", InhaledOxygenConcentrationUnit: "%",
		OxygenSaturationUnit: "%", OxygenFlowRateUnit: "L/min", PedWeightHeightUnit: "%", PedBmiUnit: "%", PedHeadCircUnit: "%",
	}
	var performers []r4.Reference
	if f.panel != nil {
		o := f.panel.observation()
		carried(o.Extension, out)
		out.Note = maybe(noteText(o.Note))
		performers = o.Performer
	}
	details := map[string]api.VitalDetail{}
	for _, e := range f.members {
		o := e.observation()
		m := measureOf(o)
		if m == nil {
			continue
		}
		if performers == nil {
			performers = o.Performer
		}
		m.read(o, out, e.version, details)
		if text := noteText(o.Note); out.Note == nil && text != "" {
			out.Note = &text
		}
	}
	if len(details) > 0 {
		out.Details = &details
	}
	for i := range performers {
		who, err := d.follow(ctx, &performers[i])
		if err != nil {
			return nil, err
		}
		if who == nil || who.version.Type != "Practitioner" {
			continue
		}
		out.UserUUID, out.UserNpi = &who.version.ID, maybe(identified(who.resource.(*r4.Practitioner).Identifier, systemNPI))
		break
	}
	return out, nil
}

// read gives a form the values of an Observation.
func (m *measure) read(o *r4.Observation, out *api.Vital, v *chart.Version, details map[string]api.VitalDetail) {
	if m.parts == nil {
		readValue(o.Value, m.field, m.unit, out)
		interpreted(o.Interpretation, o.Extension, m.field, v, details)
		return
	}
	for _, p := range m.parts {
		i := slices.IndexFunc(o.Component, func(c r4.ObservationComponent) bool { return isCode(c.Code, p.code) })
		if i < 0 {
			continue
		}
		if q, ok := o.Component[i].Value.(*r4.Quantity); ok {
			row.Set(out, p.field, q.Value.V)
		}
		interpreted(o.Component[i].Interpretation, o.Component[i].Extension, p.field, v, details)
	}
}

func readValue(value fhir.Value, field, unit string, out *api.Vital) {
	switch x := value.(type) {
	case *fhir.String:
		row.Set(out, field, x.V)
	case *r4.Quantity:
		if f, ok := convert(x, unit); ok {
			places := 6
			if field == "oxygen_saturation" || field == "inhaled_oxygen_concentration" || strings.HasPrefix(field, "ped_") {
				places = 2
			}
			row.Set(out, field, strconv.FormatFloat(f, 'f', places, 64))
		}
	}
}

// convert returns a quantity in the unit of the form; false for a unit that does not fit.
func convert(q *r4.Quantity, unit string) (float64, bool) {
	f, ok := q.Value.Float()
	if !ok {
		return 0, false
	}
	have := q.Code.V
	if have == "" {
		have = q.Unit.V
	}
	if have == unit || have == "" {
		return f, true
	}
	switch have + ">" + unit {
	case "kg>[lb_av]":
		return f / 0.45359237, true
	case "g>[lb_av]":
		return f / 453.59237, true
	case "cm>[in_i]":
		return f / 2.54, true
	case "m>[in_i]":
		return f / 0.0254, true
	case "Cel>[degF]":
		return f*9/5 + 32, true
	case "{beats}/min>/min", "{breaths}/min>/min", "1/min>/min", "kg/m^2>kg/m2", "{percentile}>%", "{score}>%", "l/min>L/min":
		return f, true
	}
	return 0, false
}

var interpretationHome = fields("interpretation_option_id interpretation_codes interpretation_title")

// interpretation is what a detail says in the code system of FHIR.
func interpretation(x *api.VitalDetailInput) []r4.CodeableConcept {
	code := orElse(some(x.InterpretationCodes), some(x.InterpretationOptionID))
	if code == "" {
		return nil
	}
	return []r4.CodeableConcept{concept(systemInterpretation, code, some(x.InterpretationTitle))}
}

// interpreted writes the interpretation of one measurement.
func interpreted(list []r4.CodeableConcept, extensions []fhir.Extension, field string, v *chart.Version, details map[string]api.VitalDetail) {
	x := api.VitalDetail{ID: v.Number, VitalsColumn: &field, InterpretationListID: maybe("vitals-interpretation")}
	carried(extensions, &x)
	if len(list) > 0 && len(list[0].Coding) > 0 {
		code := list[0].Coding[0].Code.V
		x.InterpretationOptionID, x.InterpretationCodes, x.InterpretationTitle = maybe(code), maybe(code), maybe(wording(&list[0]))
	}
	if x.InterpretationCodes != nil || x.ReasonCode != nil || x.ReasonStatus != nil || x.ReasonDescription != nil {
		details[field] = x
	}
}

// invalidDate is the message about a date that is none.
func invalidDate(field string) error {
	return form.Refuse(field, "DateTime::INVALID_VALUE", strings.ReplaceAll(field, "_", " ")+" must be a valid date")
}
