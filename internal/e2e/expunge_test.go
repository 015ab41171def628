package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
)

// told are words that a version of the patient says in all the ways in which a resource can be found by them.
func told(word string) object {
	return object{
		"resourceType": "Patient", "id": "expunged",
		"text":       object{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">narrates` + word + `</div>`},
		"name":       []object{{"family": "family" + word, "given": []string{"given" + word}}},
		"identifier": []object{{"system": "http://example.org/mrn", "value": "value" + word, "type": object{"text": "type" + word}}},
		"telecom":    []object{{"system": "phone", "value": "phone" + word}},
		"address":    []object{{"city": "city" + word}},
		"maritalStatus": object{
			"coding": []object{{"system": "http://example.org/status", "code": "code" + word, "display": "display" + word}}, "text": "status" + word,
		},
		"extension":           []object{{"url": "http://example.org/remark", "valueString": "remark" + word}},
		"contained":           []object{{"resourceType": "Practitioner", "id": "p" + word, "name": []object{{"family": "contained" + word}}, "identifier": []object{{"value": "pvalue" + word}}}},
		"generalPractitioner": []object{{"reference": "#p" + word}},
	}
}

// What is expunged is in no table any more: neither in a body nor in the search index, its words and pieces of texts included,
// and not as a count of nothing. What others say as well stays findable.
func TestExpungedWordsAreGone(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, time.Now)
		db, err := s.App.Sites.DB(context.Background(), app.DefaultSite)
		if err != nil {
			t.Fatal(err)
		}
		who := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Patient.cruds", "cdr_fhir_expunge")
		words := []string{"xqzwka", "wqxvkz", "zvkqwj"} // of runs of three characters that nobody else has
		for i, word := range words {
			status := 200
			if i == 0 {
				status = 201
			}
			who.want(status, "PUT", fhirAPI+"/Patient/expunged", told(word), nil)
			who.finds("Patient?_content=remark"+word, "expunged") // it is indexed now
			who.finds("Patient?name:contains="+word, "expunged")
		}
		other := told("xqzwka")
		other["id"], other["contained"], other["generalPractitioner"] = "other", nil, nil
		delete(other, "contained")
		delete(other, "generalPractitioner")
		who.want(201, "PUT", fhirAPI+"/Patient/other", other, nil)
		who.finds("Patient?_content=remarkxqzwka", "other")

		flag := func(name string) object {
			return object{"resourceType": "Parameters", "parameter": []object{{"name": name, "valueBoolean": true}}}
		}
		who.want(200, "POST", fhirAPI+"/Patient/expunged/$expunge", flag("expungePreviousVersions"), nil)
		gone(t, db.Reader, words[1])
		for _, search := range []string{"_content=remarkxqzwka", "_text=narratesxqzwka", "name:contains=xqzwka", "family:contains=ilyxqz", "identifier=valuexqzwka"} {
			who.finds("Patient?"+search, "other")
		}
		for _, search := range []string{"_content=remarkzvkqwj", "_text=narrateszvkqwj", "name:contains=zvkqwj", "identifier=valuezvkqwj"} {
			who.finds("Patient?"+search, "expunged")
		}
		who.want(200, "PUT", fhirAPI+"/Patient/other", object{"resourceType": "Patient", "id": "other"}, nil)
		who.want(200, "POST", fhirAPI+"/Patient/other/$purge-history", nil, nil)
		gone(t, db.Reader, words[0])

		who.want(204, "DELETE", fhirAPI+"/Patient/expunged", nil, nil)
		who.want(200, "POST", fhirAPI+"/Patient/expunged/$expunge", flag("expungeDeletedResources"), nil)
		gone(t, db.Reader, words[2])
		who.finds("Patient?_content=remarkzvkqwj")

		// Said again, it is found again: nothing believes that the index still has it.
		who.want(201, "PUT", fhirAPI+"/Patient/expunged", told(words[2]), nil)
		who.finds("Patient?_content=remarkzvkqwj", "expunged")
		who.finds("Patient?name:contains=zvkqwj", "expunged")
		if _, faults, err := s.App.Check(context.Background(), app.DefaultSite); err != nil || len(faults) != 0 {
			t.Errorf("the site is not sound: %q, %v", faults, err)
		}
	})
}

// gone looks for a word, and for its runs of three characters as terms, in every column of every table.
func gone(t *testing.T, db *gorm.DB, word string) {
	t.Helper()
	tables := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.Name() == "postgres" {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	var names []string
	if err := db.Raw(tables).Scan(&names).Error; err != nil || !slices.Contains(names, "idx_posting") {
		t.Fatalf("the tables are %v: %v", names, err)
	}
	grams := index.Grams(word)
	for _, name := range names {
		rows, err := db.Raw("SELECT * FROM " + name).Rows()
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, value := range row {
				text := fmt.Sprint(value)
				if b, ok := value.([]byte); ok {
					text = string(b)
					if body, err := packed.Unpack(b); err == nil {
						text = string(body)
					}
				}
				if strings.Contains(text, word) || columns[i] == "term" && slices.Contains(grams, text) {
					t.Errorf("%s.%s still has %s: %.200s", name, columns[i], word, text)
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
}
