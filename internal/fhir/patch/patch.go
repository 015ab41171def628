// Package patch applies FHIRPath Patches to resources.
//
// The paths are evaluated on the typed resource; the changes are made to its JSON, where a list, a choice and an element that is
// absent all look alike, and whoever decodes the result again finds out whether it is still a resource.
//
// https://hl7.org/fhir/R4/fhirpatch.html
package patch

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/path"
)

const op = "fhir.patch"

// MaxOperations bounds the operations of one patch.
const MaxOperations = 1000

// Patch is a checked FHIRPath Patch. It is immutable and safe for concurrent use.
type Patch struct{ operations []operation }

type operation struct {
	kind                string // add, insert, delete, replace, move
	path                path.Expr
	text                string // of path
	name                string // add
	index               int    // insert
	source, destination int    // move
	value               *value
	at                  string // expression of the parameter, for errors
}

// Parse reads the patch that a Parameters resource holds.
//
// Errors: Invalid with the parameter at fault; TooLarge.
func Parse(p *r4.Parameters) (*Patch, error) {
	if len(p.Parameter) > MaxOperations {
		return nil, fault.New(fault.TooLarge, op, "a patch has at most %d operations", MaxOperations)
	}
	out := &Patch{operations: make([]operation, len(p.Parameter))}
	for i := range p.Parameter {
		at := "Parameters.parameter[" + strconv.Itoa(i) + "]"
		if p.Parameter[i].Name.V != "operation" {
			return nil, fault.At(op, at+".name", "operation is expected here")
		}
		o, err := parseOperation(p.Parameter[i].Part, at)
		if err != nil {
			return nil, err
		}
		out.operations[i] = *o
	}
	return out, nil
}

func parseOperation(parts []r4.ParametersParameter, at string) (*operation, error) {
	o := &operation{index: -1, source: -1, destination: -1, at: at}
	for i := range parts {
		part := &parts[i]
		place := at + ".part[" + strconv.Itoa(i) + "]"
		if slices.ContainsFunc(parts[:i], func(p r4.ParametersParameter) bool { return p.Name.V == part.Name.V }) {
			return nil, fault.At(op, place+".name", "the operation has two parts of this name")
		}
		var err error
		switch part.Name.V {
		case "type":
			o.kind, err = textOf(part, place)
		case "path":
			if o.text, err = textOf(part, place); err == nil {
				if o.path, err = path.Parse(o.text); err != nil {
					err = fault.At(op, place, "this is no FHIRPath expression")
				}
			}
		case "name":
			o.name, err = textOf(part, place)
		case "index":
			o.index, err = numberOf(part, place)
		case "source":
			o.source, err = numberOf(part, place)
		case "destination":
			o.destination, err = numberOf(part, place)
		case "value":
			o.value, err = valueOf(part, place)
		case "previousValue": // of a patch that tells what changed; see [Diff]
		default:
			err = fault.At(op, place+".name", "a patch has no part of this name")
		}
		if err != nil {
			return nil, err
		}
	}
	return o, o.check()
}

// check makes sure that the operation has the parts that its type needs.
func (o *operation) check() error {
	needs := map[string]bool{"path": o.path != nil}
	switch o.kind {
	case "add":
		needs["name"], needs["value"] = o.name != "", o.value != nil
	case "insert":
		needs["index"], needs["value"] = o.index >= 0, o.value != nil
	case "replace":
		needs["value"] = o.value != nil
	case "move":
		needs["source"], needs["destination"] = o.source >= 0, o.destination >= 0
	case "delete":
	default:
		return fault.At(op, o.at, "the type of an operation is add, insert, delete, replace or move")
	}
	for _, name := range []string{"path", "name", "index", "source", "destination", "value"} {
		if there, needed := needs[name]; needed && !there {
			return fault.At(op, o.at, "the operation %s needs the part %s", o.kind, name)
		}
	}
	return nil
}

// Apply returns the JSON of the resource in body with every operation done, in order. The result may be no valid resource.
//
// Errors: Unprocessable with the operation that does not apply; TooCostly for a path that takes too much work.
func (p *Patch) Apply(ctx context.Context, body []byte) ([]byte, error) {
	for i := range p.operations {
		var err error
		if body, err = p.operations[i].apply(ctx, body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// steps bounds the evaluation of one path.
const steps = 100_000

func (o *operation) apply(ctx context.Context, body []byte) ([]byte, error) {
	r, err := r4.Unmarshal(body)
	if err != nil { // what an operation before this one has made
		return nil, o.fail("the operation before this one leaves no valid resource")
	}
	tree, err := decodeTree(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	found, err := o.find(ctx, r)
	if err != nil {
		return nil, err
	}
	if o.kind == "insert" && len(found) == 0 {
		err = o.insertFirst(ctx, r, tree)
	} else {
		err = o.change(tree, found)
	}
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(prune(tree))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	return out, nil
}

func (o *operation) fail(detail string) error {
	return &fault.Error{Kind: fault.Unprocessable, Op: op, Detail: detail, Issues: []fault.Issue{{Expression: o.at, Detail: detail}}}
}

// decodeTree reads JSON into maps and lists; numbers keep their digits.
func decodeTree(body []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var tree map[string]any
	err := d.Decode(&tree)
	return tree, err
}

// prune takes out what an operation has emptied: FHIR has no empty lists and objects. It returns nil if nothing is left of v.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			list, isList := child.([]any)
			if isList {
				child = pruneList(list, strings.HasPrefix(key, "_"))
			} else {
				child = prune(child)
			}
			if child == nil {
				delete(v, key)
			} else {
				v[key] = child
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		return pruneList(v, false)
	}
	return v
}

// pruneList drops the items of a list that were emptied. In the list of id and extensions beside a list of primitives each
// item has its place, so there it leaves a null.
func pruneList(list []any, beside bool) any {
	out, some := list[:0], false
	for _, item := range list {
		kept := prune(item)
		if kept == nil && item != nil && !beside {
			continue
		}
		out, some = append(out, kept), some || kept != nil
	}
	if !some {
		return nil
	}
	return out
}

// capitalised is the part of the JSON name of a choice that names its type.
func capitalised(typ string) string { return strings.ToUpper(typ[:1]) + typ[1:] }
