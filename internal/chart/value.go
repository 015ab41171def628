package chart

// Value is a value of a search parameter as the index has it: a code with its system, or a URI as Code.
type Value struct {
	Param        int32 // number of the index rows
	System, Code string
}
