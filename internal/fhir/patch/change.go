package patch

import (
	"context"
	"errors"
	"slices"

	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/path"
)

// find evaluates the path of the operation: the elements that it names.
func (o *operation) find(ctx context.Context, r fhir.Resource) ([]*path.Element, error) {
	return o.evaluate(ctx, o.path, r)
}

func (o *operation) evaluate(ctx context.Context, expr path.Expr, r fhir.Resource) ([]*path.Element, error) {
	items, err := path.Eval(ctx, expr, path.Collection{path.Root(r)}, &path.Env{Steps: steps})
	var failed *path.Error
	switch {
	case errors.As(err, &failed) && failed.Budget:
		return nil, fault.New(fault.TooCostly, op, "the path of a patch takes too much work")
	case err != nil:
		return nil, o.fail("the path can't be evaluated on this resource")
	}
	out := make([]*path.Element, len(items))
	for i, item := range items {
		e, ok := item.(*path.Element)
		if !ok {
			return nil, o.fail("the path leads to a value that is no element of the resource")
		}
		out[i] = e
	}
	return out, nil
}

// change does the operation on the tree of the resource.
func (o *operation) change(tree map[string]any, found []*path.Element) error {
	switch o.kind {
	case "delete":
		if len(found) == 0 {
			return nil // it is gone already
		}
	case "insert", "move":
		return o.changeList(tree, found)
	}
	if len(found) != 1 {
		return o.fail("the path must lead to exactly one element")
	}
	e := found[0]
	if o.kind == "add" {
		f := field(e.Node.Type, o.name)
		if f == nil {
			return o.fail("the element that the path leads to has no element of this name")
		}
		return o.add(tree, e, f)
	}
	if e.Parent == nil {
		return o.fail("the resource itself can't be replaced or deleted")
	}
	object, key := locate(tree, e)
	if object == nil || e.Field == nil {
		return o.fail("the path leads to what a patch can't change")
	}
	if o.kind == "delete" {
		remove(object, key, e)
		return nil
	}
	if e.Field.Kind == fhir.KindChoice || !e.Field.List {
		if !o.value.put(object, e.Field) {
			return o.fail("the value does not fit the element")
		}
		return nil
	}
	value, ok := o.value.tree(e.Field.Type)
	if !ok {
		return o.fail("the value does not fit the element")
	}
	remove(object, key, e)
	insert(object, key, e.Index, value, o.value.twin)
	return nil
}

// add puts the value into the element f of e, at the end of a list. What is no list must not be there yet.
//
// https://hl7.org/fhir/R4/fhirpatch.html
func (o *operation) add(tree map[string]any, e *path.Element, f *fhir.Field) error {
	object := objectOf(tree, e)
	if object == nil {
		if object = makeTwin(tree, e); object == nil {
			return o.fail("the path leads to what a patch can't change")
		}
	}
	if !f.List && present(object, f) {
		return o.fail("the element is there already, and an add replaces nothing")
	}
	if !o.value.put(object, f) {
		return o.fail("the value does not fit the element")
	}
	return nil
}

// insertFirst puts the value into a list that has no items yet: the one called like the last step of the path, of the only element that
// the steps before it lead to.
func (o *operation) insertFirst(ctx context.Context, r fhir.Resource, tree map[string]any) error {
	holders, name := []*path.Element{path.Root(r)}, ""
	switch last := o.path.(type) {
	case *path.Name:
		name = last.Name
	case *path.Member:
		name = last.Name
		var err error
		if holders, err = o.evaluate(ctx, last.Of, r); err != nil {
			return err
		}
	}
	if len(holders) > 1 {
		return o.fail("the path " + fault.Shown(o.text) + " leads into several lists, such as " + holders[0].Path() + "." + name + " and " + holders[1].Path() + "." + name)
	}
	if len(holders) == 0 || name == "" {
		return o.fail("the path " + fault.Shown(o.text) + " leads to no list")
	}
	f := field(holders[0].Node.Type, name)
	if f == nil || !f.List {
		return o.fail("the path " + fault.Shown(o.text) + " leads to no list")
	}
	if o.index > 0 {
		return o.fail("the index lies outside the list")
	}
	return o.add(tree, holders[0], f)
}

// changeList inserts into a list or moves within it. The path leads to the items among which the places count: to all of the list, or
// to some, whose neighbours then stay where they are. A value that is inserted comes before the item that has its place, at the end
// behind the last.
//
// https://hl7.org/fhir/R4/fhirpatch.html: "must be equal or less than the number of elements in the list", which is that of the path
func (o *operation) changeList(tree map[string]any, found []*path.Element) error {
	if err := o.oneList(found); err != nil {
		return err
	}
	object, key := locate(tree, found[0])
	if object == nil {
		return o.fail("the path leads to what a patch can't change")
	}
	if o.kind == "insert" {
		value, ok := o.value.tree(found[0].Field.Type)
		if !ok {
			return o.fail("the value does not fit the element")
		}
		if o.index > len(found) {
			return o.fail("the index lies outside the list")
		}
		insert(object, key, placeAmong(found, o.index), value, o.value.twin)
		return nil
	}
	if o.source >= len(found) || o.destination >= len(found) {
		return o.fail("source or destination lies outside the list")
	}
	if o.source == o.destination {
		return nil
	}
	from := found[o.source].Index
	to := placeAmong(slices.Delete(slices.Clone(found), o.source, o.source+1), o.destination)
	if from < to {
		to-- // what lies between moves up when the item is taken out
	}
	list, _ := object[key].([]any)
	twins, _ := object["_"+key].([]any)
	count := max(len(list), len(twins))
	for _, k := range []string{key, "_" + key} {
		if items, ok := object[k].([]any); ok {
			for len(items) < count {
				items = append(items, nil)
			}
			item := items[from]
			items = slices.Delete(items, from, from+1)
			object[k] = slices.Insert(items, to, item)
		}
	}
	return nil
}

// oneList makes sure that the items are of one list, each there once and in its order, so that a place among them is one of the list.
func (o *operation) oneList(found []*path.Element) error {
	for i, e := range found {
		if e.Parent == nil || e.Field == nil || !e.Field.List {
			return o.fail("the path " + fault.Shown(o.text) + " leads to no list")
		}
		if i == 0 {
			continue
		}
		before := found[i-1]
		if e.Name != before.Name || e.Parent != before.Parent && e.Parent.Path() != before.Parent.Path() {
			return o.fail("the path " + fault.Shown(o.text) + " leads into several lists, such as " + listOf(before) + " and " + listOf(e))
		}
		if e.Index <= before.Index {
			return o.fail("the path " + fault.Shown(o.text) + " leads to items of " + listOf(e) + " in another order than the list's, or to one twice")
		}
	}
	if len(found) == 0 {
		return o.fail("the path " + fault.Shown(o.text) + " leads to no list")
	}
	return nil
}

// listOf is the path of the list that e is an item of.
func listOf(e *path.Element) string { return e.Parent.Path() + "." + e.Name }

// placeAmong is where in the whole list an item comes to stand that is to have the place i among some of its items.
func placeAmong(some []*path.Element, i int) int {
	if i < len(some) {
		return some[i].Index
	}
	return some[len(some)-1].Index + 1
}

// locate returns the object that holds e, and the JSON name of e in it.
func locate(tree map[string]any, e *path.Element) (object map[string]any, key string) {
	if e.Parent == nil {
		return nil, ""
	}
	key = e.Name
	if e.Field != nil && e.Field.Kind == fhir.KindChoice {
		key += capitalised(e.Node.Type.Name)
	}
	return objectOf(tree, e.Parent), key
}

// objectOf returns the object that is e, nil if e is none: a primitive is an object only by its extensions.
func objectOf(tree map[string]any, e *path.Element) map[string]any {
	if e.Parent == nil {
		return tree
	}
	object, key := locate(tree, e)
	if object == nil {
		return nil
	}
	v := object[key]
	if e.Node.Type.Kind != fhir.KindComplex {
		v = object["_"+key]
	}
	if list, ok := v.([]any); ok {
		if e.Index >= len(list) {
			return nil
		}
		v = list[e.Index]
	}
	child, _ := v.(map[string]any)
	return child
}

// makeTwin makes the object of a primitive that has neither an id nor extensions yet; nil for what is no primitive.
func makeTwin(tree map[string]any, e *path.Element) map[string]any {
	if e.Parent == nil || e.Node.Type.Kind == fhir.KindComplex {
		return nil
	}
	object, key := locate(tree, e)
	if object == nil {
		return nil
	}
	twin := map[string]any{}
	values, isList := object[key].([]any)
	if !isList {
		object["_"+key] = twin
		return twin
	}
	twins, _ := object["_"+key].([]any)
	for len(twins) < len(values) {
		twins = append(twins, nil)
	}
	if e.Index >= len(twins) {
		return nil
	}
	twins[e.Index], object["_"+key] = twin, twins
	return twin
}

// remove takes e out of the object that holds it.
func remove(object map[string]any, key string, e *path.Element) {
	for _, k := range []string{key, "_" + key} {
		list, ok := object[k].([]any)
		switch {
		case !ok:
			delete(object, k)
		case e.Index < len(list):
			if list = slices.Delete(list, e.Index, e.Index+1); len(list) == 0 {
				delete(object, k)
			} else {
				object[k] = list
			}
		}
	}
}

// insert puts an item into a list, and its id and extensions into the list beside it.
func insert(object map[string]any, key string, at int, item, twin any) {
	list, _ := object[key].([]any)
	twins, _ := object["_"+key].([]any)
	if twin != nil || twins != nil {
		for len(twins) < len(list) {
			twins = append(twins, nil)
		}
		for len(list) < len(twins) {
			list = append(list, nil)
		}
		object["_"+key] = slices.Insert(twins, min(at, len(twins)), twin)
	}
	object[key] = slices.Insert(list, min(at, len(list)), item)
}
