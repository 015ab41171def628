package access

import table "chartwright/gen/scope"

// severalOwners is how the record marks a row about several patients (chart.ManyOwners).
const severalOwners = "*"

// nobody is the patient of a view that holds no patient's rows: no id and no mark of the record has this form.
const nobody = "!"

// Open reports whether resources of a type that belong to nobody are shared reference data, which every patient's view holds:
// Practitioner, Organization, Medication and the like, as spec/policy/compartment.yaml lists them.
func Open(typ string) bool {
	t := table.TypeOf(typ)
	return t != nil && t.Sight == table.Open
}

// OpenTypes returns the types for which [Open] holds, sorted.
func OpenTypes() []string {
	var list []string
	for i := range table.Types {
		if table.Types[i].Sight == table.Open {
			list = append(list, table.Types[i].Name)
		}
	}
	return list
}

// Whole reports whether all resources of a type are in the view.
func (n Narrow) Whole(typ string) bool { return n.Patient == "" && len(n.Filters[typ]) == 0 }

// Admits reports whether the view holds the resource typ/id whose owner is given (chart.Version.Owner). It judges the owner
// alone: where [Narrow.Filters] has queries for the type, the row must match one of them too.
func (n Narrow) Admits(typ, id, owner string) bool {
	if n.Patient == "" {
		return true
	}
	t := table.TypeOf(typ)
	if t == nil || t.Sight == table.Denied || owner == severalOwners {
		return false
	}
	if typ == "Patient" {
		return id == n.Patient
	}
	return owner == n.Patient || owner == "" && t.Sight == table.Open
}
