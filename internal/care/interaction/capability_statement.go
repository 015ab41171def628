package interaction

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"chartwright/gen/r4route"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/search"
	"chartwright/internal/setting"
)

// capabilityCache keeps CapabilityStatements, which depend on little and change with the search parameters of the site alone.
type capabilityCache struct {
	mu   sync.RWMutex
	made map[capabilityKey]capability
}

// capability is a CapabilityStatement and the search parameters that it lists.
type capability struct {
	params search.Table
	body   []byte
	tag    string // of all that it says but its date, so that replicas agree
}

// capabilityKey is what a CapabilityStatement depends on.
type capabilityKey struct {
	base, authorization string
	updateCreate        bool
	conditionalDelete   string // as CapabilityStatement.rest.resource.conditionalDelete has it
	ifMatch             string // the setting
}

// maxCapabilities bounds the cache; a server has a handful of sites.
const maxCapabilities = 256

// capabilityStatement returns what a site offers, made from the tables that the server runs on: the interactions of
// gen/r4route and the search parameters.
//
// https://hl7.org/fhir/R4/capabilitystatement.html
func (e *Engine) capabilityStatement(k capabilityKey, params search.Table) (capability, error) {
	c := &e.capabilities
	c.mu.RLock()
	have := c.made[k]
	c.mu.RUnlock()
	if have.body != nil && have.params == params {
		return have, nil
	}
	s := e.statement(k, params)
	date := s.Date
	s.Date = ""
	undated, err := json.Marshal(s)
	if err != nil {
		return have, err
	}
	have = capability{params: params, tag: contentTag(undated)}
	s.Date = date
	if have.body, err = json.Marshal(s); err != nil {
		return have, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil || len(c.made) >= maxCapabilities {
		c.made = map[capabilityKey]capability{}
	}
	c.made[k] = have
	return have, nil
}

// The parts of a CapabilityStatement that this server fills, in the order of the definition.
type (
	capabilityStatement struct {
		ResourceType   string         `json:"resourceType"`
		Status         string         `json:"status"`
		Date           string         `json:"date"`
		Publisher      string         `json:"publisher,omitempty"`
		Kind           string         `json:"kind"`
		Software       software       `json:"software"`
		Implementation implementation `json:"implementation"`
		FHIRVersion    string         `json:"fhirVersion"`
		Format         []string       `json:"format"`
		PatchFormat    []string       `json:"patchFormat"`
		Rest           []rest         `json:"rest"`
	}
	software struct {
		Name        string `json:"name"`
		Version     string `json:"version,omitempty"`
		ReleaseDate string `json:"releaseDate,omitempty"`
	}
	implementation struct {
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	rest struct {
		Mode        string        `json:"mode"`
		Security    *restSecurity `json:"security,omitempty"`
		Resource    []offered     `json:"resource"`
		Interaction []coded       `json:"interaction"`
		SearchParam []searchParam `json:"searchParam"`
		Operation   []operation   `json:"operation,omitempty"`
		Compartment []string      `json:"compartment,omitempty"`
	}
	restSecurity struct {
		Extension []extension `json:"extension,omitempty"`
		CORS      bool        `json:"cors"`
		Service   []concept   `json:"service"`
	}
	extension struct {
		URL       string      `json:"url"`
		ValueURI  string      `json:"valueUri,omitempty"`
		Extension []extension `json:"extension,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	coding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
	coded struct {
		Code string `json:"code"`
	}
	offered struct {
		Type              string        `json:"type"`
		Profile           string        `json:"profile"`
		Interaction       []coded       `json:"interaction"`
		Versioning        string        `json:"versioning"`
		ReadHistory       bool          `json:"readHistory"`
		UpdateCreate      bool          `json:"updateCreate"`
		ConditionalCreate bool          `json:"conditionalCreate"`
		ConditionalRead   string        `json:"conditionalRead"`
		ConditionalUpdate bool          `json:"conditionalUpdate"`
		ConditionalDelete string        `json:"conditionalDelete"`
		ReferencePolicy   []string      `json:"referencePolicy"`
		SearchInclude     []string      `json:"searchInclude,omitempty"`
		SearchRevInclude  []string      `json:"searchRevInclude,omitempty"`
		SearchParam       []searchParam `json:"searchParam"`
		Operation         []operation   `json:"operation,omitempty"`
	}
	searchParam struct {
		Name       string `json:"name"`
		Definition string `json:"definition,omitempty"`
		Type       string `json:"type"`
	}
	operation struct {
		Name       string `json:"name"`
		Definition string `json:"definition"`
	}
)

func (e *Engine) statement(k capabilityKey, params search.Table) *capabilityStatement {
	s := &capabilityStatement{
		ResourceType: "CapabilityStatement", Status: "active", Date: e.now().UTC().Format(time.RFC3339), Kind: "instance",
		Software:       software{Name: e.software.Name, Version: e.software.Version},
		Implementation: implementation{Description: "FHIR R4 API of " + e.software.Name, URL: k.base},
		FHIRVersion:    "4.0.1",
		Format:         []string{"application/fhir+json", "application/fhir+xml", "json", "xml"},
		PatchFormat:    []string{mediaJSONPatch, mediaMergePatch, mediaFHIR, mediaFHIRXML},
	}
	if !e.software.Released.IsZero() {
		s.Software.ReleaseDate = e.software.Released.UTC().Format(time.RFC3339)
	}
	r := rest{Mode: "server", Security: securityOf(k.authorization)}
	for _, c := range r4route.SystemCapabilities {
		r.Interaction = append(r.Interaction, coded{c.Code})
	}
	r.SearchParam = []searchParam{parameterOf(search.ID), parameterOf(search.LastUpdated)}
	for _, code := range search.Undefined {
		r.SearchParam = append(r.SearchParam, searchParam{Name: code, Type: search.Special.String()})
	}
	referring := references(params)
	for i := range r4route.Types {
		o := e.offered(&r4route.Types[i], k, params)
		o.SearchRevInclude = referring[o.Type]
		r.Resource = append(r.Resource, o)
	}
	for i := range r4search.Compartments {
		r.Compartment = append(r.Compartment, "http://hl7.org/fhir/CompartmentDefinition/"+strings.ToLower(r4search.Compartments[i].Code))
	}
	for i := range r4route.Operations {
		if o := &r4route.Operations[i]; o.System {
			r.Operation = append(r.Operation, operation{o.Code, definitionURL(k.base, o)})
		}
	}
	s.Rest = []rest{r}
	return s
}

func (e *Engine) offered(t *r4route.Type, k capabilityKey, params search.Table) offered {
	has := t.Interactions.Has
	o := offered{
		Type: t.Name, Profile: t.Definition, Versioning: "versioned", ReadHistory: has(r4route.VRead),
		UpdateCreate: k.updateCreate && has(r4route.Update), ConditionalCreate: has(r4route.Create), ConditionalRead: "full-support",
		ConditionalUpdate: has(r4route.UpdateConditional), ConditionalDelete: "not-supported",
		ReferencePolicy: []string{"literal", "logical", "local"}, Operation: operationsOn(t.Name, k.base),
	}
	if k.ifMatch == setting.Required {
		o.Versioning = "versioned-update"
	}
	if has(r4route.DeleteConditional) {
		if o.ConditionalDelete = k.conditionalDelete; k.ifMatch == setting.Required {
			o.ConditionalDelete = setting.Single
		}
	}
	for _, c := range r4route.TypeCapabilities {
		if has(c.Interaction) {
			o.Interaction = append(o.Interaction, coded{c.Code})
		}
	}
	o.SearchParam = []searchParam{parameterOf(search.ID), parameterOf(search.LastUpdated)}
	for _, p := range params.Of(t.Name) {
		if p.Code == search.ID.Code || p.Code == search.LastUpdated.Code || !usable(p) {
			continue
		}
		o.SearchParam = append(o.SearchParam, parameterOf(p))
		if p.Type == search.Reference {
			o.SearchInclude = append(o.SearchInclude, t.Name+":"+p.Code)
		}
	}
	return o
}

// references lists by resource type the search parameters that refer to it, as _revinclude takes them.
func references(params search.Table) map[string][]string {
	out := make(map[string][]string, len(r4route.Types))
	for i := range r4route.Types {
		source := r4route.Types[i].Name
		for _, p := range params.Of(source) {
			if p.Type != search.Reference || !usable(p) {
				continue
			}
			targets := p.Targets
			if len(targets) == 0 {
				targets = typeNames
			}
			for _, typ := range targets {
				out[typ] = append(out[typ], source+":"+p.Code)
			}
		}
	}
	return out
}

// operationsOn lists the operations that are called on a type or its instances.
func operationsOn(typ, base string) []operation {
	var out []operation
	for i := range r4route.Operations {
		o := &r4route.Operations[i]
		if (o.Type || o.Instance) && o.On(typ) {
			out = append(out, operation{o.Code, definitionURL(base, o)})
		}
	}
	return out
}

// securityOf says where clients get access tokens: from the authorization server whose URL this is.
//
// https://hl7.org/fhir/smart-app-launch/STU2/conformance.html#declaring-support-for-oauth2-endpoints
func securityOf(authorization string) *restSecurity {
	uris := extension{URL: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"}
	for _, endpoint := range [][2]string{
		{"authorize", "authorize"}, {"token", "token"}, {"register", "registration"}, {"introspect", "introspect"}, {"revoke", "revoke"},
	} {
		uris.Extension = append(uris.Extension, extension{URL: endpoint[0], ValueURI: authorization + "/" + endpoint[1]})
	}
	return &restSecurity{
		Extension: []extension{uris}, CORS: true,
		Service: []concept{{Coding: []coding{{"http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR"}}}},
	}
}

// usable reports whether a search by p works: one without index rows is not understood, unless it asks for words.
func usable(p *search.Param) bool {
	return p.Type == search.Composite || len(p.Rows) > 0 || p.FullText()
}

func parameterOf(p *search.Param) searchParam {
	return searchParam{Name: p.Code, Definition: p.URL, Type: p.Type.String()}
}
