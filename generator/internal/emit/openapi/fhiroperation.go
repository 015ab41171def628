package openapi

import (
	"net/http"
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

// operations adds the FHIR operations that a route leads to: of a type, of its instances, or of the whole server if t is nil.
// What is shown of their parameters is in spec/policy/documents.yaml.
//
// https://hl7.org/fhir/R4/operations.html
func (d *document) operations(t *model.Type, r model.InteractionRoute) {
	for i := range d.m.Interactions.Operations {
		o := &d.m.Interactions.Operations[i]
		at := map[string]bool{"operation-system": o.System, "operation-type": o.Type, "operation-instance": o.Instance}[r.Interaction]
		if !at || r.Method == http.MethodGet && o.Post || t != nil && (len(o.Types) > 0 && !contains(o.Types, t.Name) || contains(o.Except, t.Name)) {
			continue
		}
		if op := d.operation(t, r, o); op != nil {
			path, tag := r.Path, systemTag
			if t != nil {
				path, tag = strings.Replace(path, "{type}", t.Name, 1), t.Name
			}
			d.add(strings.Replace(path, "${operation}", "$"+o.Code, 1), r.Method, tag, op)
		}
	}
}

// operation is one way to call an operation; nil if nobody may, or if it can't be called this way.
func (d *document) operation(t *model.Type, r model.InteractionRoute, o *model.ServedOperation) *operation {
	op := &operation{
		id: "operation", summary: o.Title, description: "The operation $" + o.Code + ": OperationDefinition/" + o.ID, fails: "404 415 422",
		answers: []answer{{"200", "The result.", "Result"}},
	}
	if !d.schemas.has("Result") {
		d.schemas.set("Result", object{{"type", "object"}, {"description", "Parameters, or the resource that the definition names."}})
	}
	typ := ""
	if t != nil {
		typ = t.Name
		op.id += t.Name
	}
	if op.needs = d.operationNeeds(typ, "$"+o.Code); op.needs == nil {
		return nil
	}
	onInstance := r.Interaction == "operation-instance"
	if onInstance {
		op.id += "Instance"
		op.parameters = list{d.id(t, false)}
	}
	op.id += capital(strings.ReplaceAll(o.Code, "-", ""))
	shown := d.shown(o.Code, strings.TrimPrefix(r.Interaction, "operation-"))
	if r.Method == http.MethodPost {
		if !o.Post && !slices.ContainsFunc(shown, func(p model.DocumentParameter) bool { return p.Type != "" }) {
			return nil // the same by GET is simpler to show
		}
		op.id += "ByPost"
		if o.Versioned {
			op.parameters, op.fails = append(op.parameters, d.ifMatch()), "404 410 412 415 422"
		}
		op.body = d.operationBody(t, shown)
		return op
	}
	for _, p := range shown {
		switch {
		case p.Type != "" && !onInstance:
			return nil // only simple parameters fit into a URL, and of an instance the resource is there already
		case p.Type == "":
			schema := object{{"type", "string"}}
			if p.Example != "" {
				schema.set("example", p.Example)
			}
			op.parameters = append(op.parameters, query(p.Name, schema))
		}
	}
	return op
}

// shown are the parameters of an operation that the documents show where it is called at a level.
func (d *document) shown(code, level string) []model.DocumentParameter {
	return slices.DeleteFunc(slices.Clone(d.m.Documents.Operations[code]), func(p model.DocumentParameter) bool { return p.Level != "" && p.Level != level })
}

// operationBody is the Parameters of a call by POST with what is proposed, or the resource itself.
func (d *document) operationBody(t *model.Type, shown []model.DocumentParameter) object {
	values := list{}
	for _, p := range shown {
		switch {
		case p.Type == "Resource" && t != nil && t.Name == "Parameters": // alone it would be taken for the envelope
			values = append(values, object{{"name", p.Name}, {"resource", d.example(t)}})
		case p.Type == "Resource" && t != nil:
			return d.body(t)
		case p.Example == "":
		case p.Type == "":
			values = append(values, object{{"name", p.Name}, {"valueString", p.Example}})
		default:
			values = append(values, object{{"name", p.Name}, {"value" + p.Type, literal(p.Example)}})
		}
	}
	example := object{{"resourceType", "Parameters"}}
	if len(values) > 0 {
		example.set("parameter", values)
	}
	return object{{"required", true}, {"content", object{{fhirJSON, object{
		{"schema", object{{"type", "object"}, {"description", "Parameters."}}}, {"example", example},
	}}}}}
}

// operationNeeds says which scopes an operation on a type, or on the whole server, needs, from the policy of the access decision;
// nil if nobody can hold them.
func (d *document) operationNeeds(typ, code string) list {
	for i := range d.m.Access.Operations {
		o := &d.m.Access.Operations[i]
		if o.Name != code || o.Type != typ && (o.Type != "*" || typ == "") {
			continue
		}
		if o.Word != "" {
			d.offer(scope{name: o.Word, text: d.m.Access.Text(o.Word)})
			return list{d.needs(o.Word)}
		}
		if typ == "" {
			break // each part is decided by itself
		}
		for _, letter := range "rscud" { // where any one will do, reading is the least
			if o.Letters>>strings.IndexRune(letterOrder, letter)&1 == 1 && d.possible(typ, string(letter)) {
				return d.security(typ, string(letter))
			}
		}
		return nil
	}
	return list{d.needs()}
}
