package search

import (
	"maps"
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// listParam reads _list: the resources that a List names, which is what _has:List:item:_id asks for, or those of a functional
// list.
// https://hl7.org/fhir/R4/search.html#list
func (p *parser) listParam(name string, _ Modifier, value string) (string, error) {
	if strings.HasPrefix(value, "$") {
		return value, p.functionalList(value)
	}
	if !isID(value) {
		return "", invalid("_list: the logical id of a List, or the name of a functional list, is expected")
	}
	if len(p.q.Types) != 1 {
		return "", unknown("_list needs a search of one type")
	}
	via := lookup(p.table, "List", "item")
	if via == nil {
		return "", unknown("%s is not supported", name)
	}
	p.q.Clauses = append(p.q.Clauses, Clause{Has: &Has{Type: "List", Via: via, Clause: Clause{Param: ID, Values: []Value{{Code: value}}}}})
	return value, nil
}

// functionalLists say what is on a patient's current lists, which nobody keeps: what holds now, by type. Resources that turned out
// to be wrong are on none.
//
// https://hl7.org/fhir/R4/lifecycle.html#current
var functionalLists = map[string]map[string][]Parameter{
	"$current-problems": {"Condition": {
		{Name: "clinical-status", Value: "active,recurrence,relapse"}, {Name: "verification-status:not", Value: "refuted,entered-in-error"},
	}},
	"$current-allergies": {"AllergyIntolerance": {
		{Name: "clinical-status", Value: "active"}, {Name: "verification-status:not", Value: "refuted,entered-in-error"},
	}},
	"$current-drug-allergies": {"AllergyIntolerance": {
		{Name: "clinical-status", Value: "active"}, {Name: "verification-status:not", Value: "refuted,entered-in-error"},
		{Name: "category", Value: "medication"},
	}},
	"$current-medications": {
		"MedicationStatement": {{Name: "status", Value: "active,intended"}},
		"MedicationRequest":   {{Name: "status", Value: "active"}, {Name: "intent:not", Value: "proposal,plan,option"}},
	},
}

// functionalList asks for what is on a functional list.
func (p *parser) functionalList(name string) error {
	byType := functionalLists[name]
	if byType == nil {
		return invalid("_list: there is no list %s; there are %s", fault.Shown(name), strings.Join(slices.Sorted(maps.Keys(functionalLists)), ", "))
	}
	types := strings.Join(slices.Sorted(maps.Keys(byType)), ", ")
	if len(p.q.Types) != 1 || byType[p.q.Types[0]] == nil {
		return invalid("_list: %s needs a search of one type that is on it: %s", name, types)
	}
	for _, condition := range byType[p.q.Types[0]] {
		c, err := p.clauseOn(p.q.Types[0], condition.Name, condition.Value, 0)
		if f, ok := err.(*fault.Error); ok && f.Op == opUnknown { //nolint:errorlint // made here, never wrapped
			return invalid("_list: %s", f.Detail) // lenient or not: without the condition there would be more on the list
		}
		if err != nil {
			return err
		}
		p.q.Clauses = append(p.q.Clauses, c)
	}
	p.patients = name
	return nil
}

// onePatient makes sure that a functional list is somebody's.
func (p *parser) onePatient() error {
	if p.patients == "" || p.opts.OnePatient {
		return nil
	}
	if slices.ContainsFunc(p.q.Clauses, func(c Clause) bool {
		return c.Param != nil && c.Param.Type == Reference && (c.Param.Code == "patient" || c.Param.Code == "subject") && len(c.Values) == 1 && c.Modifier != Identifier
	}) {
		return nil
	}
	return of("_list", invalid("_list: %s is the list of one patient, whom patient or subject names", p.patients))
}
