package e2e

import (
	"context"
	"testing"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// A search parameter for all types lives as one for a type does, and no two are for one type.
func TestSearchParameterForAllTypes(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		var c clock
		s := demoserver.StartOn(t, on, c.now)
		admin := administrator(t, s)
		tinted := func(typ, id, colour, more string) {
			t.Helper()
			admin.want(201, "PUT", fhirAPI+"/"+typ+"/"+id, object{"resourceType": typ, "id": id, "extension": []object{{"url": colourURL, "valueCode": colour}}, more: object{"text": "x"}}, nil)
		}
		tinted("Patient", "old", "teal", "maritalStatus")
		tinted("Basic", "old", "teal", "code")
		tinted("Basic", "other", "red", "code")

		const expression = "DomainResource.extension('" + colourURL + "').value"
		admin.refuses(422, "PUT", "SearchParameter/bad", parameterOf("bad", "status", "token", expression, "DomainResource"), "already on Account, ")
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/colour", parameterOf("colour", "colour", "token", expression, "DomainResource"), nil)
		admin.refuses(422, "PUT", "SearchParameter/twin", parameterOf("twin", "colour", "token", "Patient.gender", "Patient"), "SearchParameter/colour")
		admin.refuses(422, "PUT", "SearchParameter/twin", parameterOf("twin", "colour", "token", "Resource.language", "Resource"), "SearchParameter/colour")
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/apart", parameterOf("apart", "colour", "token", "Bundle.type", "Bundle"), nil)
		tinted("Patient", "new", "teal", "maritalStatus")
		admin.refuses(400, "GET", "Patient?colour=teal", nil, "being indexed")

		work(t, s)
		if n := len(definitions(t, s)); n != len(r4.Types)-3+1 {
			t.Errorf("%d definitions for %d types of DomainResource and Bundle", n, len(r4.Types)-3)
		}
		admin.lists("Patient", "colour", true)
		admin.lists("Substance", "colour", true)
		admin.lists("Binary", "colour", false)
		admin.finds("Patient?colour=teal", "old", "new")
		admin.finds("Basic?colour=teal", "old")
		admin.finds("Basic?colour:not=teal&_id=old,other", "other")
		admin.finds("Basic?colour:missing=false", "old", "other")
		admin.finds("?_type=Patient,Basic&colour=teal", "old", "new", "old")
		admin.finds("Observation?subject:Patient.colour=teal&_id=none")

		// Where it comes to be for fewer types, the others forget it.
		admin.want(200, "PUT", fhirAPI+"/SearchParameter/colour", parameterOf("colour", "colour", "token", expression, "Patient", "Basic"), nil)
		work(t, s)
		admin.finds("Patient?colour=teal", "old", "new")
		admin.refuses(400, "GET", "Observation?colour=teal", nil, "not a search parameter")
		admin.want(204, "DELETE", fhirAPI+"/SearchParameter/colour", nil, nil)
		admin.want(204, "DELETE", fhirAPI+"/SearchParameter/apart", nil, nil)
		c.skip(time.Minute)
		work(t, s)
		if n := rowsOfOwn(t, s); n != 0 {
			t.Errorf("%d rows of deleted parameters are left", n)
		}
		if list := definitions(t, s); len(list) != 0 {
			t.Errorf("%d definitions are left", len(list))
		}
	})
}

// definitions are the types of the definitions that the site has of its own.
func definitions(t *testing.T, s *demoserver.Server) (types []string) {
	t.Helper()
	list, err := s.App.Parameters.Own(context.Background(), app.DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		types = append(types, list[i].Base)
	}
	return types
}
