package interaction

import (
	"context"
	"encoding/json"

	"chartwright/internal/fault"
)

// mergePatch is a JSON Merge Patch of a resource of type typ. RFC 7396
type mergePatch struct {
	typ  string
	body []byte
}

// apply merges the patch into the resource. A null takes the member away that it stands for; within a list, which the patch replaces
// whole, it stays: whoever decodes the result says which element can't be null, and FHIR lets it stand for a primitive that has only an
// id or extensions. https://hl7.org/fhir/R4/json.html#null
//
// Errors: Invalid if the patch is no JSON object, since only an object leaves a resource.
func (p *mergePatch) apply(_ context.Context, body []byte) ([]byte, error) {
	const op = "interaction.patch"
	tree, err := decodeJSON(p.body)
	patch, ok := tree.(map[string]any)
	if err != nil || !ok {
		return nil, fault.New(fault.Invalid, op, "a JSON Merge Patch of a resource is a JSON object")
	}
	target, err := decodeJSON(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	out, err := json.Marshal(merged(target, patch))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	return out, nil
}

// merged merges patch into target, which it may change. RFC 7396 §2
func merged(target any, patch map[string]any) map[string]any {
	out, ok := target.(map[string]any)
	if !ok {
		out = make(map[string]any, len(patch))
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(out, name)
		case map[string]any:
			out[name] = merged(out[name], value)
		default:
			out[name] = value
		}
	}
	return out
}
