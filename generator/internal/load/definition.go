package load

import "strconv"

// Place says where a definition was read: a file below spec/ (or inside a package) and the JSON pointer in it.
type Place struct {
	File    string
	Pointer string
}

// String renders the place as file#pointer.
func (p Place) String() string { return p.File + "#" + p.Pointer }

// At returns the place of a member below p.
func (p Place) At(segment string) Place { return Place{p.File, p.Pointer + "/" + segment} }

// Item returns the place of item i of the array called name below p.
func (p Place) Item(name string, i int) Place { return p.At(name).At(strconv.Itoa(i)) }

// Extension is an extension of a definition; only the kinds of values that the generator reads are kept.
type Extension struct {
	URL            string `json:"url"`
	ValueURL       string `json:"valueUrl"`
	ValueURI       string `json:"valueUri"`
	ValueString    string `json:"valueString"`
	ValueCode      string `json:"valueCode"`
	ValueCanonical string `json:"valueCanonical"`
}

// StructureDefinition is the part of a StructureDefinition that the generator reads. Snapshots are left out on purpose: the
// differentials are the definition, a snapshot is somebody's rendering of it.
// https://hl7.org/fhir/R4/structuredefinition.html
type StructureDefinition struct {
	Place          Place  `json:"-"`
	ID             string `json:"id"`
	URL            string `json:"url"`
	Name           string `json:"name"`
	Kind           string `json:"kind"`
	Abstract       bool   `json:"abstract"`
	Type           string `json:"type"`
	BaseDefinition string `json:"baseDefinition"`
	Derivation     string `json:"derivation"`
	FHIRVersion    string `json:"fhirVersion"`
	Differential   struct {
		Element []Element `json:"element"`
	} `json:"differential"`
}

// Element is one ElementDefinition of a differential.
// https://hl7.org/fhir/R4/elementdefinition.html
type Element struct {
	Place            Place         `json:"-"`
	ID               string        `json:"id"`
	Path             string        `json:"path"`
	Representation   []string      `json:"representation"`
	SliceName        string        `json:"sliceName"`
	Short            string        `json:"short"`
	Min              *int          `json:"min"`
	Max              string        `json:"max"`
	ContentReference string        `json:"contentReference"`
	Type             []ElementType `json:"type"`
	IsModifier       bool          `json:"isModifier"`
	IsSummary        bool          `json:"isSummary"`
	Binding          *Binding      `json:"binding"`
	Constraint       []Constraint  `json:"constraint"`
}

// ElementType is one type that an element may have.
type ElementType struct {
	Code          string      `json:"code"`
	Profile       []string    `json:"profile"`
	TargetProfile []string    `json:"targetProfile"`
	Extension     []Extension `json:"extension"`
}

// Binding ties an element to a value set.
type Binding struct {
	Strength string `json:"strength"`
	ValueSet string `json:"valueSet"`
}

// Constraint is an invariant of an element.
type Constraint struct {
	Key        string `json:"key"`
	Severity   string `json:"severity"`
	Human      string `json:"human"`
	Expression string `json:"expression"`
}

// SearchParameter is the part of a SearchParameter that the generator reads.
// https://hl7.org/fhir/R4/searchparameter.html
type SearchParameter struct {
	Place        Place             `json:"-"`
	ID           string            `json:"id"`
	URL          string            `json:"url"`
	Code         string            `json:"code"`
	Base         []string          `json:"base"`
	Type         string            `json:"type"`
	Expression   string            `json:"expression"`
	XPathUsage   string            `json:"xpathUsage"`
	Target       []string          `json:"target"`
	MultipleOr   *bool             `json:"multipleOr"`
	MultipleAnd  *bool             `json:"multipleAnd"`
	Comparator   []string          `json:"comparator"`
	Modifier     []string          `json:"modifier"`
	Chain        []string          `json:"chain"`
	Component    []SearchComponent `json:"component"`
	Description  string            `json:"description"`
	Experimental bool              `json:"experimental"`
}

// SearchComponent is one part of a composite search parameter.
type SearchComponent struct {
	Definition string `json:"definition"`
	Expression string `json:"expression"`
}

// CompartmentDefinition is the part of a CompartmentDefinition that the generator reads.
// https://hl7.org/fhir/R4/compartmentdefinition.html
type CompartmentDefinition struct {
	Place    Place  `json:"-"`
	URL      string `json:"url"`
	Code     string `json:"code"`
	Resource []struct {
		Code  string   `json:"code"`
		Param []string `json:"param"`
	} `json:"resource"`
}

// OperationDefinition is the part of an OperationDefinition that the generator reads. Its type member is a boolean, unlike
// that of a StructureDefinition.
// https://hl7.org/fhir/R4/operationdefinition.html
type OperationDefinition struct {
	Place        Place                `json:"-"`
	ID           string               `json:"id"`
	URL          string               `json:"url"`
	Name         string               `json:"name"`
	Title        string               `json:"title"`
	Kind         string               `json:"kind"`
	Code         string               `json:"code"`
	AffectsState bool                 `json:"affectsState"`
	Resource     []string             `json:"resource"`
	System       bool                 `json:"system"`
	Type         bool                 `json:"type"`
	Instance     bool                 `json:"instance"`
	Parameter    []OperationParameter `json:"parameter"`
}

// OperationParameter is one parameter of an operation.
type OperationParameter struct {
	Name          string               `json:"name"`
	Use           string               `json:"use"`
	Min           int                  `json:"min"`
	Max           string               `json:"max"`
	Type          string               `json:"type"`
	SearchType    string               `json:"searchType"`
	TargetProfile []string             `json:"targetProfile"`
	Part          []OperationParameter `json:"part"`
}

// ValueSet is the part of a ValueSet that the generator reads.
// https://hl7.org/fhir/R4/valueset.html
type ValueSet struct {
	Place   Place  `json:"-"`
	URL     string `json:"url"`
	Version string `json:"version"`
	Name    string `json:"name"`
	Compose struct {
		Include []ValueSetInclude `json:"include"`
		Exclude []ValueSetInclude `json:"exclude"`
	} `json:"compose"`
}

// ValueSetInclude is one include or exclude of a value set's definition.
type ValueSetInclude struct {
	System  string `json:"system"`
	Version string `json:"version"`
	Concept []struct {
		Code string `json:"code"`
	} `json:"concept"`
	Filter []struct {
		Property string `json:"property"`
		Op       string `json:"op"`
		Value    string `json:"value"`
	} `json:"filter"`
	ValueSet []string `json:"valueSet"`
}

// CodeSystem is the part of a CodeSystem that the generator reads.
// https://hl7.org/fhir/R4/codesystem.html
type CodeSystem struct {
	Place            Place     `json:"-"`
	URL              string    `json:"url"`
	Version          string    `json:"version"`
	Content          string    `json:"content"`
	CaseSensitive    *bool     `json:"caseSensitive"`
	HierarchyMeaning string    `json:"hierarchyMeaning"`
	Concept          []Concept `json:"concept"`
}

// Concept is one concept of a code system.
type Concept struct {
	Code     string `json:"code"`
	Property []struct {
		Code         string `json:"code"`
		ValueCode    string `json:"valueCode"`
		ValueBoolean *bool  `json:"valueBoolean"`
		ValueString  string `json:"valueString"`
	} `json:"property"`
	Concept []Concept `json:"concept"`
}
