package accesstest

import (
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
	"chartwright/internal/access/scope"
)

// Forms are the scopes of a token that asks for the action on the type in every form that there is, and in some that must not do.
func Forms(r access.Request) [][]string {
	typ, letter := r.Type, string(r.Action)
	if o := table.OperationOf(r.Operation, r.Type); r.API == access.FHIR && r.Operation != "" && o != nil {
		letter = "r"
		if o.Letters != 0 {
			letter = scope.Letters(o.Letters).String()[:1]
		}
		if o.Data != "" {
			typ = o.Data
		}
	}
	if typ == "" || strings.HasPrefix(typ, "!") {
		typ = "Patient"
	}
	v1 := "read"
	if strings.Contains("cud", letter) {
		v1 = "write"
	}
	own := r.Operation
	if o := table.RouteOf(r.Operation); o != nil {
		own = o.Own
	}
	other := string("cruds"[(strings.Index("cruds", letter)+1)%5])
	swapped := strings.ToLower(typ[:1]) + typ[1:]
	if swapped == typ {
		swapped = strings.ToUpper(typ[:1]) + typ[1:]
	}
	list := [][]string{nil}
	for _, ctx := range []string{"patient", "user", "system"} {
		is := func(rest string) string { return ctx + "/" + rest }
		list = append(list,
			[]string{is(typ + "." + letter)},
			[]string{is(typ + "." + v1)},
			[]string{is(typ + "." + other)},
			[]string{is(swapped + ".cruds"), is("Basic.cruds"), is("vital.cruds")},
			[]string{is("*.cruds")},
			[]string{is(typ + "." + letter + "?category=x")},
			[]string{is(typ + "." + letter + "?category=x"), is(typ + "." + letter + "?category=y"), is(typ + "." + other)},
			[]string{is(typ + ".cruds?category=x"), is(typ + "." + letter)},
			[]string{is(typ + ".rs"), scope.CDRDelete},
			[]string{is(typ + ".rs?category=x"), scope.CDRDelete},
			[]string{is(typ + "." + own)},
			[]string{is("*." + own)},
		)
	}
	return append(list,
		[]string{"openid", "fhirUser"}, []string{"openid"}, []string{"fhirUser"}, []string{"openid", "fhirUser", "patient/" + typ + "." + letter},
		[]string{"user/" + typ + "." + letter + "?category=x", "patient/" + typ + "." + letter},
		[]string{"user/" + typ + "." + other, "patient/" + typ + "." + letter},
		[]string{scope.CDRAll}, []string{scope.CDRDelete}, []string{scope.CDRExpunge, scope.CDRValidate},
		[]string{scope.CDRExpunge, scope.CDRValidate, "user/Basic.r", "patient/Basic.r"},
		[]string{"user/" + typ + ".rs", "user/" + typ + ".rs?category=x", scope.CDRDelete},
		[]string{"user/*." + other}, []string{"patient/*." + other},
		[]string{scope.CDRValidate, "user/" + typ + "." + letter + "?category=x"},
	)
}
