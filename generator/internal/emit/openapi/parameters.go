package openapi

import "chartwright/generator/internal/model"

func header(name, text string) object {
	return object{{"name", name}, {"in", "header"}, {"description", text}, {"schema", object{{"type", "string"}}}}
}

// id is the logical id in the path: of a record of the demonstration, or of one that may be overwritten.
func (d *document) id(t *model.Type, disposable bool) object {
	example := d.m.Documents.Example(t.Name)
	if disposable {
		example = tried
	}
	p := object{
		{"name", "id"}, {"in", "path"}, {"required", true}, {"description", "Logical id."}, {"schema", object{{"type", "string"}}}, {"example", example},
	}
	if example == tried {
		return d.shared("id", p)
	}
	return p
}

// criteria are the search of a conditional interaction. It needs at least one parameter, so one is proposed.
func (d *document) criteria(t *model.Type, id string) list {
	p := query("_id", object{{"type", "string"}, {"description", "Logical id."}, {"example", id}})
	var out list
	if id == tried {
		out = list{d.shared("criteria", p)}
	} else {
		out = list{p}
	}
	for _, s := range d.searchable(t) {
		if s.Code == "identifier" {
			out = append(out, d.shared("criteria-identifier", query("identifier", object{{"type", "string"}, {"description", line(s)}})))
		}
	}
	return out
}

func (d *document) count() object {
	c := controls[0]
	return d.shared("count", query(c.name, object{{"type", "string"}, {"description", c.text}, {"example", c.example}}))
}

// span are the parameters of histories.
func (d *document) span() list {
	return list{
		d.count(),
		d.shared("since", query("_since", object{{"type", "string"}, {"description", "Only versions of this instant or later: `2024-03-01T09:30:00Z`."}})),
		d.shared("at", query("_at", object{{"type", "string"}, {"description", "Only versions that were current at some moment of this time: `2024-03`."}})),
	}
}

func (d *document) prefer() object {
	p := header("Prefer", "What to answer.")
	p[3].value = object{{"type", "string"}, {"enum", words("return=representation", "return=minimal", "return=OperationOutcome")}}
	return d.shared("Prefer", p)
}

func (d *document) handling() object {
	p := header("Prefer", "What to do with unknown parameters.")
	p[3].value = object{{"type", "string"}, {"enum", words("handling=strict", "handling=lenient")}}
	return d.shared("Prefer-handling", p)
}

func (d *document) ifMatch() object {
	return d.shared("If-Match", header("If-Match", "An ETag such as `W/\"1\"`: refuse if another version stands."))
}

// body is a resource as request body.
func (d *document) body(t *model.Type) object {
	return object{{"required", true}, {"content", object{{fhirJSON, object{{"schema", ref("schemas", t.Name)}}}}}}
}

// patches is the body of a patch: one that does no harm to any type.
func patches() object {
	return object{{"required", true}, {"content", object{
		{"application/json-patch+json", object{{"schema", object{{"type", "array"}, {"items", object{{"type", "object"}}}}}, {"example", literal(`[{"op":"add","path":"/language","value":"en"}]`)}}},
		{"application/merge-patch+json", object{{"schema", object{{"type", "object"}}}, {"example", literal(`{"language":"en"}`)}}},
	}}}
}
