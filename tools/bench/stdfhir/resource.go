package stdfhir

import "encoding/json"

// DomainResource is what every resource has.
type DomainResource struct {
	ResourceType      string            `json:"resourceType"`
	ID                *string           `json:"id,omitempty"`
	Meta              *Meta             `json:"meta,omitempty"`
	ImplicitRules     *string           `json:"implicitRules,omitempty"`
	Language          *string           `json:"language,omitempty"`
	Text              *Narrative        `json:"text,omitempty"`
	Contained         []json.RawMessage `json:"contained,omitempty"`
	Extension         []Extension       `json:"extension,omitempty"`
	ModifierExtension []Extension       `json:"modifierExtension,omitempty"`
}

// Patient is the resource.
type Patient struct {
	DomainResource
	Identifier           []Identifier     `json:"identifier,omitempty"`
	Active               *bool            `json:"active,omitempty"`
	Name                 []HumanName      `json:"name,omitempty"`
	Telecom              []ContactPoint   `json:"telecom,omitempty"`
	Gender               *string          `json:"gender,omitempty"`
	BirthDate            *string          `json:"birthDate,omitempty"`
	BirthDateX           *Element         `json:"_birthDate,omitempty"`
	DeceasedBoolean      *bool            `json:"deceasedBoolean,omitempty"`
	DeceasedDateTime     *string          `json:"deceasedDateTime,omitempty"`
	Address              []Address        `json:"address,omitempty"`
	MaritalStatus        *CodeableConcept `json:"maritalStatus,omitempty"`
	MultipleBirthBoolean *bool            `json:"multipleBirthBoolean,omitempty"`
	MultipleBirthInteger *int32           `json:"multipleBirthInteger,omitempty"`
	Contact              []struct {
		Element
		Relationship []CodeableConcept `json:"relationship,omitempty"`
		Name         *HumanName        `json:"name,omitempty"`
		Telecom      []ContactPoint    `json:"telecom,omitempty"`
		Address      *Address          `json:"address,omitempty"`
		Gender       *string           `json:"gender,omitempty"`
		Organization *Reference        `json:"organization,omitempty"`
		Period       *Period           `json:"period,omitempty"`
	} `json:"contact,omitempty"`
	Communication []struct {
		Element
		Language  *CodeableConcept `json:"language,omitempty"`
		Preferred *bool            `json:"preferred,omitempty"`
	} `json:"communication,omitempty"`
	GeneralPractitioner  []Reference `json:"generalPractitioner,omitempty"`
	ManagingOrganization *Reference  `json:"managingOrganization,omitempty"`
}

// ReferenceRange is the backbone element of Observation.
type ReferenceRange struct {
	Element
	Low  *Quantity        `json:"low,omitempty"`
	High *Quantity        `json:"high,omitempty"`
	Type *CodeableConcept `json:"type,omitempty"`
	Age  *Range           `json:"age,omitempty"`
	Text *string          `json:"text,omitempty"`
}

// Value is value[x] of an Observation and of its components.
type Value struct {
	ValueQuantity        *Quantity        `json:"valueQuantity,omitempty"`
	ValueCodeableConcept *CodeableConcept `json:"valueCodeableConcept,omitempty"`
	ValueString          *string          `json:"valueString,omitempty"`
	ValueBoolean         *bool            `json:"valueBoolean,omitempty"`
	ValueInteger         *int32           `json:"valueInteger,omitempty"`
	ValueRange           *Range           `json:"valueRange,omitempty"`
	ValueTime            *string          `json:"valueTime,omitempty"`
	ValueDateTime        *string          `json:"valueDateTime,omitempty"`
	ValuePeriod          *Period          `json:"valuePeriod,omitempty"`
	DataAbsentReason     *CodeableConcept `json:"dataAbsentReason,omitempty"`
}

// Observation is the resource.
type Observation struct {
	DomainResource
	Identifier        []Identifier      `json:"identifier,omitempty"`
	BasedOn           []Reference       `json:"basedOn,omitempty"`
	PartOf            []Reference       `json:"partOf,omitempty"`
	Status            *string           `json:"status,omitempty"`
	StatusX           *Element          `json:"_status,omitempty"`
	Category          []CodeableConcept `json:"category,omitempty"`
	Code              *CodeableConcept  `json:"code,omitempty"`
	Subject           *Reference        `json:"subject,omitempty"`
	Focus             []Reference       `json:"focus,omitempty"`
	Encounter         *Reference        `json:"encounter,omitempty"`
	EffectiveDateTime *string           `json:"effectiveDateTime,omitempty"`
	EffectivePeriod   *Period           `json:"effectivePeriod,omitempty"`
	EffectiveInstant  *string           `json:"effectiveInstant,omitempty"`
	Issued            *string           `json:"issued,omitempty"`
	Performer         []Reference       `json:"performer,omitempty"`
	Value
	Interpretation []CodeableConcept `json:"interpretation,omitempty"`
	Note           []Annotation      `json:"note,omitempty"`
	BodySite       *CodeableConcept  `json:"bodySite,omitempty"`
	Method         *CodeableConcept  `json:"method,omitempty"`
	Specimen       *Reference        `json:"specimen,omitempty"`
	Device         *Reference        `json:"device,omitempty"`
	ReferenceRange []ReferenceRange  `json:"referenceRange,omitempty"`
	HasMember      []Reference       `json:"hasMember,omitempty"`
	DerivedFrom    []Reference       `json:"derivedFrom,omitempty"`
	Component      []struct {
		Element
		Code *CodeableConcept `json:"code,omitempty"`
		Value
		Interpretation []CodeableConcept `json:"interpretation,omitempty"`
		ReferenceRange []ReferenceRange  `json:"referenceRange,omitempty"`
	} `json:"component,omitempty"`
}

// Bundle is the resource, with Observations in its entries.
type Bundle struct {
	DomainResource
	Type  *string `json:"type,omitempty"`
	Entry []struct {
		Element
		FullURL  *string      `json:"fullUrl,omitempty"`
		Resource *Observation `json:"resource,omitempty"`
		Request  *struct {
			Element
			Method *string `json:"method,omitempty"`
			URL    *string `json:"url,omitempty"`
		} `json:"request,omitempty"`
	} `json:"entry,omitempty"`
}
