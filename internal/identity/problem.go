package identity

import "errors"

// Problem is what is wrong with what was entered on a page, and where: it stands at the field that it is about, which is described by it
// for those who cannot see that. https://www.w3.org/WAI/WCAG22/Techniques/aria/ARIA21
type Problem struct {
	Error  string
	Fields []string // ids of the fields that it is about, first the one at which it stands; none = it stands above the form
}

// Note is a problem that stands at a field.
type Note struct{ ID, Text string }

// Above returns what stands above the form.
func (p Problem) Above() string {
	if len(p.Fields) > 0 {
		return ""
	}
	return p.Error
}

// Beside returns what stands at a field; nil = nothing.
func (p Problem) Beside(field string) *Note {
	if m := p.Marks(field); m != nil && m.First {
		return &Note{ID: m.Note, Text: p.Error}
	}
	return nil
}

// Mark is what a field carries that something is wrong with.
type Mark struct {
	Note  string // id of the note that says what
	First bool   // the note stands here, and the page opens here
}

// Marks returns the mark of a field; nil if nothing is wrong with it.
func (p Problem) Marks(field string) *Mark {
	for i, f := range p.Fields {
		if f == field && p.Error != "" {
			return &Mark{Note: p.Fields[0] + "-problem", First: i == 0}
		}
	}
	return nil
}

// fieldError is an error about what was entered in one field or several.
type fieldError struct {
	error
	fields []string
}

func (e *fieldError) Unwrap() error { return e.error }

// beside says which fields of the page err is about, by their ids. Nil stays nil.
func beside(err error, fields ...string) error {
	if err == nil {
		return nil
	}
	return &fieldError{err, fields}
}

// problemOf returns what a page says about err.
func problemOf(err error) Problem {
	p := Problem{Error: detail(err)}
	if f, ok := errors.AsType[*fieldError](err); ok {
		p.Fields = f.fields
	}
	return p
}
