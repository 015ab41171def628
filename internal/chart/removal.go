package chart

// Removal says what of a resource [Tx.Remove] takes out of the store for good.
type Removal uint8

// The removals.
const (
	// Previous takes the versions before the current one.
	Previous Removal = iota + 1
	// Whole takes every version. The key is free afterwards: a resource that is created under it begins at version 1.
	Whole
)

// Remnant says which resources [Site.Remnants] lists.
type Remnant uint8

// The remnants.
const (
	// Superseded are the resources that have versions before the current one.
	Superseded Remnant = iota + 1
	// Deleted are the resources whose current version is a deletion.
	Deleted
	// Any are all resources, living and deleted.
	Any
)

// RemnantQuery selects resources whose versions could be removed.
type RemnantQuery struct {
	Type  string // resource type; empty = all
	Of    Remnant
	After int64 // Number > After; 0 = from the first
	Limit int
}
