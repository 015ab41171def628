package index

// Form numbers what resources become in the search index. Raise it by one in every release that makes other rows of a resource than
// the release before: with a search parameter that comes, goes or changes its expression (gen/r4search), with a data type that
// becomes other rows (this package), with texts that are folded otherwise. A site keeps the form of its rows, and until
// `chartwright reindex` has made them anew whoever operates it is told that searches may miss some of what it holds.
// The test of internal/care/record that holds the rows of some resources against a sum fails where this was forgotten.
//
// Rows of the site's own parameters, words and pieces of texts have marks of their own.
const Form = 3
