package e2e

import (
	"slices"
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// Includes follow the references of a site's own parameters, canonical ones as well, which no index leads from.
func TestIncludeBySearchParameterOfTheSite(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		var c clock
		s := demoserver.StartOn(t, on, c.now)
		admin := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/SearchParameter.cruds", "user/Patient.cruds", "user/Questionnaire.cruds", "user/QuestionnaireResponse.cruds")
		const url = "http://example.org/Questionnaire/q"
		for _, version := range []string{"1", "2"} {
			admin.want(201, "PUT", fhirAPI+"/Questionnaire/q"+version, object{"resourceType": "Questionnaire", "id": "q" + version, "url": url, "version": version, "status": "active"}, nil)
		}
		admin.want(201, "PUT", fhirAPI+"/Patient/p", object{"resourceType": "Patient", "id": "p"}, nil)
		admin.want(201, "PUT", fhirAPI+"/QuestionnaireResponse/r", object{
			"resourceType": "QuestionnaireResponse", "id": "r", "status": "completed", "questionnaire": url + "|2", "subject": object{"reference": "Patient/p"},
		}, nil)
		form := parameterOf("form", "form", "reference", "QuestionnaireResponse.questionnaire", "QuestionnaireResponse")
		form["target"] = []string{"Questionnaire"}
		who := parameterOf("who", "who", "reference", "QuestionnaireResponse.subject", "QuestionnaireResponse")
		who["target"] = []string{"Patient"}
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/form", form, nil)
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/who", who, nil)
		work(t, s)

		for search, want := range map[string][]string{
			"QuestionnaireResponse?_id=r&_include=QuestionnaireResponse:form":               {"QuestionnaireResponse/r", "Questionnaire/q2"},
			"QuestionnaireResponse?_id=r&_include=QuestionnaireResponse:form:Questionnaire": {"QuestionnaireResponse/r", "Questionnaire/q2"},
			"QuestionnaireResponse?_id=r&_include=QuestionnaireResponse:who":                {"QuestionnaireResponse/r", "Patient/p"},
			"Questionnaire?_id=q1&_revinclude=QuestionnaireResponse:form":                   {"Questionnaire/q1"},
			"Questionnaire?_id=q2&_revinclude=QuestionnaireResponse:form":                   {"Questionnaire/q2", "QuestionnaireResponse/r"},
		} {
			var result struct {
				Entry []struct {
					Resource struct{ ResourceType, ID string }
				}
			}
			admin.want(200, "GET", fhirAPI+"/"+search, nil, &result)
			var got []string
			for _, e := range result.Entry {
				got = append(got, e.Resource.ResourceType+"/"+e.Resource.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", search, got, want)
			}
		}
	})
}
