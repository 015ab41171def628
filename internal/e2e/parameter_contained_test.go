package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// A site's own parameter finds what other resources contain: what was there before it, what came meanwhile, and nothing once it is
// gone.
func TestParameterOfContained(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		var c clock
		s := demoserver.StartOn(t, on, c.now)
		admin := administrator(t, s)
		holds := func(id string, patients ...object) object {
			return object{
				"resourceType": "Observation", "id": id, "status": "final", "code": object{"text": "x"},
				"contained": patients, "subject": object{"reference": "#" + patients[0]["id"].(string)},
			}
		}
		put := func(status int, o object) {
			t.Helper()
			admin.want(status, "PUT", fhirAPI+"/Observation/"+o["id"].(string), o, nil)
		}
		var many []object
		for i := range 120 { // more than a step of the job goes through
			many = append(many, coloured(fmt.Sprintf("c%d", i), "teal"))
		}
		put(201, holds("many", many...))
		put(201, holds("old", coloured("c", "red"), coloured("d", "teal")))
		put(201, holds("gone", coloured("c", "teal")))
		admin.want(204, "DELETE", fhirAPI+"/Observation/gone", nil, nil)

		admin.want(201, "PUT", fhirAPI+"/SearchParameter/colour", parameterOf("colour", "colour", "token", "Patient.extension('"+colourURL+"').value", "Patient"), nil)
		put(201, holds("new", coloured("c", "teal")))
		admin.refuses(400, "GET", "Patient?_contained=true&colour=teal", nil, "being indexed")
		work(t, s)
		admin.finds("Patient?_contained=true&colour=teal", "many", "new", "old")
		admin.finds("Patient?_contained=true&_containedType=contained&colour=red,teal&_id=c,d", "c", "c", "d")
		admin.finds("Patient?_contained=true&_containedType=contained&colour=teal&_count=500&_id:not=c,d&_sort=-colour", func() (ids []string) {
			for _, o := range many {
				ids = append(ids, o["id"].(string))
			}
			return ids
		}()...)
		admin.finds("Observation?subject:Patient.colour=teal", "many", "new")
		admin.finds("Observation?subject:Patient.colour=red", "old")
		if _, faults, err := s.App.Check(context.Background(), app.DefaultSite); err != nil || len(faults) > 0 {
			t.Errorf("the site is not sound: %q, %v", faults, err)
		}

		put(200, holds("new", coloured("c", "red")))
		admin.finds("Patient?_contained=true&colour=red", "new", "old")
		admin.finds("Patient?_contained=both&colour=teal", "many", "old")

		admin.want(204, "DELETE", fhirAPI+"/SearchParameter/colour", nil, nil)
		admin.refuses(400, "GET", "Patient?_contained=true&colour=red", nil, "not a search parameter")
		c.skip(time.Minute)
		work(t, s)
		if n := rowsOfOwn(t, s); n != 0 {
			t.Errorf("%d rows of the deleted parameter are left", n)
		}
	})
}
