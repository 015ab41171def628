package search

// Span is a condition on when what a resource tells of happened: at some time in it, or nobody knows. No parameter of a URL is
// one; operations ask for it that take a start and an end.
//
// What happens between the first and the last instant of several dates counts as one time.
type Span struct {
	From, To int64 // microseconds, half-open
	// Dates are index rows of dates, the best first: the first that a resource has any of says when it happened. A number belongs
	// to one type, so rows of several types stand side by side.
	Dates [][]int32
	// Lasting are those of Dates whose resources hold on from then, until one of Ends, which are rows too, says otherwise.
	Lasting, Ends []int32
}
