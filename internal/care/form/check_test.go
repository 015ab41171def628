package form_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/care/form"
	"chartwright/internal/fault"
)

type lists map[string][]string

func (l lists) HasOption(list, option string) (bool, error) {
	if l == nil {
		return false, errors.New("no lists")
	}
	if slices.Contains(l[list], option) {
		return true, nil
	}
	return false, nil
}

var colours = lists{"colour": {"red"}}

func check(t *testing.T, f form.Field, body string) (string, map[string]any) {
	t.Helper()
	out, err := form.Check(&form.Operation{Fields: []form.Field{f}}, []byte(body), colours)
	if p, ok := errors.AsType[*form.Problems](err); ok {
		return "", p.Fields
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), nil
}

func TestControlCharactersAreRefused(t *testing.T) {
	t.Parallel()
	for value, refused := range map[string]bool{
		`"a\u0000b"`: true, `"a\u001Fb"`: true, `"\b"`: true, `"\f"`: true, `"\\\u0001"`: true, `[{"b":"\u0007"}]`: true,
		`"a\nb\tc\r"`: false, `"\u000a\u0009\u000D"`: false, `"\\u0000"`: false, `"\\b"`: false, `"\u0020\u00e9"`: false,
	} {
		for _, kind := range []form.Kind{form.Text, form.Other} {
			_, err := form.Check(&form.Operation{Fields: []form.Field{{Name: "a", Kind: kind}}}, []byte(`{"a":`+value+`}`), colours)
			p, is := errors.AsType[*form.Problems](err)
			if _, told := func() (any, bool) {
				if !is {
					return nil, false
				}
				v, ok := p.Fields["a"].(map[string]string)["Text::INVALID_CHARACTER"]
				return v, ok
			}(); told != refused {
				t.Errorf("%s of kind %v: %v", value, kind, err)
			}
		}
	}
}

func TestWhatBinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		field      form.Field
		body, want string
	}{
		{"a text", form.Field{Name: "a"}, `{"a":"x"}`, `{"a":"x"}`},
		{"a number in a text keeps its digits", form.Field{Name: "a"}, `{"a":1.50}`, `{"a":"1.50"}`},
		{"a text in a number", form.Field{Name: "a", Kind: form.Whole}, `{"a":"7"}`, `{"a":7}`},
		{"null says nothing", form.Field{Name: "a"}, `{"a":null}`, `{}`},
		{"false says nothing", form.Field{Name: "a"}, `{"a":false}`, `{}`},
		{"null clears where it may", form.Field{Name: "a", Nullable: true}, `{"a":null}`, `{"a":""}`},
		{"an empty text clears", form.Field{Name: "a", Min: 2}, `{"a":""}`, `{"a":""}`},
		{"an unknown field goes", form.Field{Name: "a"}, `{"b":1}`, `{}`},
		{"lengths count characters", form.Field{Name: "a", Max: 2}, `{"a":"éé"}`, `{"a":"éé"}`},
		{"an option", form.Field{Name: "a", List: "colour"}, `{"a":"red"}`, `{"a":"red"}`},
		{"an e-mail address with letters of any script", form.Field{Name: "a", Format: form.Email}, `{"a":"jürgen@example.org"}`, `{"a":"jürgen@example.org"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, problems := check(t, c.field, c.body); got != c.want {
				t.Errorf("got %s, want %s; %v", got, c.want, problems)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		field form.Field
		body  string
		want  map[string]string
	}{
		{"a missing field", form.Field{Name: "first_name", Required: true}, `{}`, map[string]string{"Required::NON_EXISTENT_KEY": "first_name must be provided, but does not exist"}},
		{"an empty one", form.Field{Name: "first_name", NotEmpty: true}, `{"first_name":""}`, map[string]string{"NotEmpty::EMPTY_VALUE": "first name must not be empty"}},
		{"several rules at once", form.Field{Name: "a", Label: "NPI", Min: 3, Format: form.Numeric}, `{"a":"xy"}`, map[string]string{
			"LengthBetween::TOO_SHORT": "NPI must be 3 characters or longer", "Numeric::NOT_NUMERIC": "NPI must be numeric",
		}},
		{"a length that is exact", form.Field{Name: "a", Min: 5, Max: 5}, `{"a":"123456"}`, map[string]string{"Length::TOO_LONG": "a is too long and must be 5 characters long"}},
		{"infinity is no number", form.Field{Name: "a", Format: form.Numeric}, `{"a":"inf"}`, map[string]string{"Numeric::NOT_NUMERIC": "a must be numeric"}},
		{"a hexadecimal number", form.Field{Name: "a", Format: form.Numeric}, `{"a":"0x1p3"}`, map[string]string{"Numeric::NOT_NUMERIC": "a must be numeric"}},
		{"an object", form.Field{Name: "a"}, `{"a":{}}`, map[string]string{"IsString::NOT_A_STRING": "a must be a string"}},
		{"a fraction", form.Field{Name: "a", Kind: form.Whole}, `{"a":1.5}`, map[string]string{"Numeric::NOT_NUMERIC": "a must be numeric"}},
		{"no option", form.Field{Name: "a", List: "colour"}, `{"a":"blue"}`, map[string]string{"ListOptionRule::INVALID_LIST_OPTION": `colour does not have an option_id of "a"`}},
		{"not in the set", form.Field{Name: "a", Enum: []string{"x"}}, `{"a":"y"}`, map[string]string{"InArray::NOT_IN_ARRAY": "a must be in the defined set of values"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := check(t, c.field, c.body)
			if diff := cmp.Diff(any(c.want), problems[c.field.Name]); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, body := range []string{"", "[]", "null", "1", "{} {}", `{"a":`, "\xff"} {
		t.Run("the body "+body, func(t *testing.T) {
			t.Parallel()
			if _, problems := check(t, form.Field{Name: "a"}, body); problems["body"] == nil {
				t.Errorf("%q is refused with %v", body, problems)
			}
		})
	}
	t.Run("lists that cannot be read", func(t *testing.T) {
		t.Parallel()
		if _, err := form.Check(&form.Operation{Fields: []form.Field{{Name: "a", List: "colour"}}}, []byte(`{"a":"red"}`), lists(nil)); err == nil {
			t.Error("no error")
		}
	})
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		shape  form.Shape
		err    error
		status int
		body   string
	}{
		{"a broken rule in the envelope", form.Envelope, form.Refuse("a", "R", "m"), 400, `{"validationErrors":{"a":{"R":"m"}},"internalErrors":[],"data":[],"links":[]}`},
		{"a broken rule, bare", form.Bare, form.Refuse("a", "R", "m"), 400, `{"a":{"R":"m"}}`},
		{"nothing there", form.Envelope, fault.New(fault.NotFound, "x", "no"), 404, `{"validationErrors":[],"internalErrors":[],"data":[],"links":[]}`},
		{"nothing there, bare", form.Bare, fault.New(fault.Gone, "x", "no"), 404, `null`},
		{"a right that is missing is named", form.Envelope, fault.New(fault.Forbidden, "x", "needs user/patient.read"), 403, `{"validationErrors":[],"internalErrors":["needs user/patient.read"],"data":[],"links":[]}`},
		{"an unknown caller", form.Bare, fault.New(fault.Unauthenticated, "x", "no token"), 401, `{"error":"access_denied","error_description":"The resource owner or authorization server denied the request.","hint":"no token","message":"The resource owner or authorization server denied the request."}`},
		{"a failure shows nothing of its cause", form.Envelope, fault.Wrap(fault.Internal, "x", errors.New("secret")), 500, `{"validationErrors":[],"internalErrors":["Internal Server Error"],"data":[],"links":[]}`},
		{"an error of no kind", form.Bare, errors.New("secret"), 500, `{"validationErrors":[],"internalErrors":["Internal Server Error"],"data":[],"links":[]}`},
		{"an element of a resource", form.Envelope, &fault.Error{Kind: fault.Unprocessable, Issues: []fault.Issue{{Code: "value", Expression: "Patient.birthDate", Detail: "no date"}}}, 400, `{"validationErrors":{"Patient.birthDate":{"value":"no date"}},"internalErrors":[],"data":[],"links":[]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, body := form.Answer(c.shape, c.err)
			if status != c.status || string(body) != c.body {
				t.Errorf("got %d %s, want %d %s", status, body, c.status, c.body)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"a":"x","b":1,"c":null}`))
	op := &form.Operation{Fields: []form.Field{{Name: "a", Min: 1, Max: 3, Format: form.Email}, {Name: "b", Kind: form.Whole}, {Name: "c", Format: form.DateTime, List: "colour"}, {Name: "d", Kind: form.Other}}}
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := form.Check(op, body, colours)
		if err == nil {
			if again, err := form.Check(op, out, colours); err != nil || string(again) != string(out) {
				t.Errorf("what was accepted as %s is %s the second time: %v", out, again, err)
			}
		}
	})
}
