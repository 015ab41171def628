// Package row reads and writes the fields of generated request and answer structs by their names in JSON, so that a mapper
// need only name the fields that it treats specially. Fields are texts, whole numbers or pointers to them; others are passed
// over. What a struct looks like is found out once and kept.
package row

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

type column struct {
	name  string
	index int
	kind  reflect.Kind // of the value: String or Int64
	ptr   bool
}

type plan struct {
	columns []column
	byName  map[string]*column
}

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{byName: map[string]*column{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		c := column{name: name, index: i, kind: f.Type.Kind()}
		if c.kind == reflect.Pointer {
			c.ptr, c.kind = true, f.Type.Elem().Kind()
		}
		if name == "" || name == "-" || c.kind != reflect.String && c.kind != reflect.Int64 {
			continue
		}
		p.columns = append(p.columns, c)
	}
	for i := range p.columns {
		p.byName[p.columns[i].name] = &p.columns[i]
	}
	actual, _ := plans.LoadOrStore(t, p)
	return actual.(*plan)
}

// Each calls f with the name and value, a string or an int64, of every field of the struct that src points to. Nil pointers
// are passed over.
func Each(src any, f func(name string, value any)) {
	v := reflect.ValueOf(src).Elem()
	for _, c := range planOf(v.Type()).columns {
		if x, ok := c.get(v); ok {
			f(c.name, x)
		}
	}
}

// Names returns the names of the fields of the struct that src points to.
func Names(src any) []string {
	var names []string
	for _, c := range planOf(reflect.TypeOf(src).Elem()).columns {
		names = append(names, c.name)
	}
	return names
}

// Texts returns the fields of the struct that src points to as texts, without nil pointers.
func Texts(src any) map[string]string {
	m := map[string]string{}
	Each(src, func(name string, value any) { m[name] = text(value) })
	return m
}

// Text returns one field of the struct that src points to as text; empty for a nil pointer or an unknown name.
func Text(src any, name string) string {
	v := reflect.ValueOf(src).Elem()
	if c := planOf(v.Type()).byName[name]; c != nil {
		if x, ok := c.get(v); ok {
			return text(x)
		}
	}
	return ""
}

// Set gives a field of the struct that dst points to a value, a string or an int64, converted where they differ. It reports
// whether there is such a field and the value fits.
func Set(dst any, name string, value any) bool {
	v := reflect.ValueOf(dst).Elem()
	c := planOf(v.Type()).byName[name]
	if c == nil {
		return false
	}
	var x reflect.Value
	if c.kind == reflect.String {
		x = reflect.ValueOf(text(value))
	} else {
		n, err := strconv.ParseInt(text(value), 10, 64)
		if err != nil {
			return false
		}
		x = reflect.ValueOf(n)
	}
	f := v.Field(c.index)
	if c.ptr {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	f.Set(x.Convert(f.Type()))
	return true
}

// Copy gives the fields of the struct that dst points to the values of the fields of the same name of the one that src points
// to. Nil pointers are passed over.
func Copy(dst, src any) {
	Each(src, func(name string, value any) { Set(dst, name, value) })
}

func (c *column) get(v reflect.Value) (any, bool) {
	f := v.Field(c.index)
	if c.ptr {
		if f.IsNil() {
			return nil, false
		}
		f = f.Elem()
	}
	if c.kind == reflect.String {
		return f.String(), true
	}
	return f.Int(), true
}

func text(v any) string {
	if n, ok := v.(int64); ok {
		return strconv.FormatInt(n, 10)
	}
	s, _ := v.(string)
	return s
}
