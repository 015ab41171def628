package standard

import (
	"slices"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// nameParts are the fields of a body that make up one name; nil is a field that the body leaves out.
type nameParts struct{ prefix, first, middle, last, suffix *string }

// nameOf changes the parts of the name of one use. Somebody whose only name has no use has that name changed.
func nameOf(names *[]r4.HumanName, use string, in nameParts) {
	if in == (nameParts{}) {
		return
	}
	i := slices.IndexFunc(*names, func(n r4.HumanName) bool { return n.Use.V == use })
	if i < 0 && use == "official" {
		i = currentName(*names)
	}
	if i < 0 {
		*names = append(*names, r4.HumanName{Use: fhir.NewCode(use)})
		i = len(*names) - 1
	}
	n := &(*names)[i]
	if in.last != nil {
		n.Family = fhir.NewString(*in.last)
	}
	first, middle := givenNames(n)
	if in.first != nil {
		first = *in.first
	}
	if in.middle != nil {
		middle = *in.middle
	}
	n.Given = texts(first, middle)
	if in.prefix != nil {
		n.Prefix = texts(*in.prefix)
	}
	if in.suffix != nil {
		n.Suffix = texts(*in.suffix)
	}
	n.Text = fhir.String{}
	if n.Family.V == "" && len(n.Given)+len(n.Prefix)+len(n.Suffix) == 0 {
		*names = slices.Delete(*names, i, i+1)
	}
}

// givenNames returns the first given name and the others as one text.
func givenNames(n *r4.HumanName) (first, middle string) {
	var all []string
	for _, g := range n.Given {
		if g.V != "" {
			all = append(all, g.V)
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	return all[0], strings.Join(all[1:], " ")
}

// texts returns the texts that say something.
func texts(list ...string) []fhir.String {
	var out []fhir.String
	for _, t := range list {
		if t != "" {
			out = append(out, fhir.NewString(t))
		}
	}
	return out
}

// namesRow writes the current name, the maiden name, the nickname and the previous names.
func (d *Desk) namesRow(p *r4.Patient, out *api.Patient) {
	current := currentName(p.Name)
	for i := range p.Name {
		n := &p.Name[i]
		first, middle := givenNames(n)
		prefix, suffix := words(n.Prefix), words(n.Suffix)
		switch {
		case i == current:
			out.Title, out.Fname, out.Mname, out.Lname, out.Suffix = prefix, first, middle, n.Family.V, maybe(suffix)
		case n.Use.V == "maiden":
			out.BirthFname, out.BirthMname, out.BirthLname = maybe(first), maybe(middle), maybe(n.Family.V)
		case n.Use.V == "nickname":
			out.PreferredName = maybe(first)
		case n.Use.V == "old":
			old := api.PreviousName{PreviousNamePrefix: prefix, PreviousNameFirst: first, PreviousNameMiddle: middle, PreviousNameLast: n.Family.V, PreviousNameSuffix: suffix}
			if n.Period != nil {
				old.PreviousNameEnddate = maybe(day(n.Period.End.V))
			}
			old.FormattedName = strings.Join(strings.Fields(strings.Join([]string{prefix, first, middle, n.Family.V, suffix}, " ")), " ")
			out.PreviousNames = append(out.PreviousNames, old)
		}
	}
}

// words joins the texts of a list that say something.
func words(list []fhir.String) string {
	var all []string
	for _, s := range list {
		if s.V != "" {
			all = append(all, s.V)
		}
	}
	return strings.Join(all, " ")
}
