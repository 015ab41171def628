package r4search

import (
	"fmt"
	"strings"

	"chartwright/generator/internal/gonames"
	"chartwright/generator/internal/model"
	"chartwright/internal/fhir"
)

// rowConst is the constant of a parameter's row number: patientBirthdate, patientMetaTag.
func rowConst(t *model.Type, code string) string {
	meta := ""
	if strings.HasPrefix(code, "_") {
		meta = "Meta"
	}
	name := t.GoName + meta + gonames.Type(strings.Trim(code, "_"))
	return lower(name)
}

// identifierConst is the constant of the rows for the :identifier modifier.
func identifierConst(t *model.Type, code string) string { return rowConst(t, code) + "ByIdentifier" }

// ofTypeConst is the constant of the rows for the :of-type modifier.
func ofTypeConst(t *model.Type, code string) string { return rowConst(t, code) + "ByType" }

// lower makes the first letter small, or all of leading capitals but the last: URLBase gives urlBase.
func lower(s string) string {
	i := 0
	for i < len(s) && 'A' <= s[i] && s[i] <= 'Z' {
		i++
	}
	if i > 1 && i < len(s) {
		i--
	}
	return strings.ToLower(s[:i]) + s[i:]
}

// rows collects the row numbers of all types and proves that no two meet.
type rows struct {
	consts  map[string]string // constant → what it is
	numbers map[int32]string  // number → what it is
}

func newRows() *rows { return &rows{consts: map[string]string{}, numbers: map[int32]string{}} }

// add returns the number of typ.code and notes it.
func (r *rows) add(name, typ, code string) (int32, error) {
	what := typ + "." + code
	n := fhir.RowNumber(typ, code)
	if other, taken := r.consts[name]; taken && other != what {
		return 0, fmt.Errorf("%s and %s have one constant, %s", other, what, name)
	}
	if other, taken := r.numbers[n]; taken && other != what || n == 0 {
		return 0, fmt.Errorf("%s and %s have one row number, %d", other, what, n)
	}
	r.numbers[n] = what
	if name != "" {
		r.consts[name] = what
	}
	return n, nil
}
