package e2e

import (
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// A composite parameter of the site ties what stands in one element together: two values of different elements are no match.
func TestCompositeSearchParameterOfTheSite(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, nil)
		admin := administrator(t, s)
		patient := func(id string, contacts ...object) object {
			return object{"resourceType": "Patient", "id": id, "contact": contacts}
		}
		contact := func(gender, family string) object {
			return object{"gender": gender, "name": object{"family": family}}
		}
		admin.want(201, "PUT", fhirAPI+"/Patient/a", patient("a", contact("male", "Ahlgren"), contact("female", "Borg")), nil)
		admin.want(201, "PUT", fhirAPI+"/Patient/b", patient("b", contact("female", "Ahlgren")), nil)
		p := parameterOf("contact", "contact-gender-family", "composite", "Patient.contact", "Patient")
		p["component"] = []object{
			{"definition": "http://hl7.org/fhir/SearchParameter/individual-gender", "expression": "gender"},
			{"definition": "http://hl7.org/fhir/SearchParameter/individual-family", "expression": "name.family"},
		}
		admin.refuses(400, "GET", "Patient?contact-gender-family=male$ahlgren", nil, "not a search parameter")
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/contact", p, nil)
		admin.want(201, "PUT", fhirAPI+"/Patient/c", patient("c", contact("male", "Ahlgren"), contact("other", "Cedergren")), nil) // while it is indexed
		work(t, s)
		admin.finds("Patient?contact-gender-family=male$Ahlgren", "a", "c")
		admin.finds("Patient?contact-gender-family=female$Ahlgren", "b")
		admin.finds("Patient?contact-gender-family=female$Borg,other$Ceder", "a", "c")
		admin.finds("Patient?contact-gender-family=male$Borg")
		admin.refuses(400, "GET", "Patient?contact-gender-family=male", nil, "contact-gender-family")
		admin.want(200, "PUT", fhirAPI+"/Patient/a", patient("a", contact("male", "Borg")), nil)
		admin.finds("Patient?contact-gender-family=male$Borg", "a")
		admin.finds("Patient?contact-gender-family=male$Ahlgren", "c")
		admin.want(204, "DELETE", fhirAPI+"/SearchParameter/contact", nil, nil)
		admin.refuses(400, "GET", "Patient?contact-gender-family=male$Borg", nil, "not a search parameter")
	})
}
