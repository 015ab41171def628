// Package searchsql answers checked searches from the index tables of one site: it compiles a [search.Query], the caller's
// [access.Narrow] and a [chart.Page] to parameterised SQL of SQLite or PostgreSQL, runs it, and reads pages and includes.
// The chart store is its caller; the tables are those of internal/gormstore/SCHEMA.md.
//
// A search becomes one statement:
//
//	clauses ─┬ one drives: its index gives rids in order ─┐
//	         └ the others are checked rid by rid ─────────┼→ page of rids, LIMIT n+1 → bodies
//	view ─────  owner and scope filters, on every hop ────┘
//
// The driver is chosen by rank ([driver]) since SQLite keeps no histograms: what names one thing before what names a kind,
// before ranges, before what nearly every resource has. Without _sort the answer has the order that the driver's index gives
// for nothing, so that a first page reads what it shows and little more: by rid after equal values, after a range by value and
// what follows it in the index, so that not even the rows of one value are sorted. Where a resource has several values, the
// first page passes over what it has read, and later ones ask for each row whether it is the resource's first. Words and parts of
// strings come in the order of their [postings].
// Pages continue by key ([cursor]), never by offset.
//
// A second statement counts (_total), one follows for each round of includes, one before for each reference of a chain tells where it
// leads ([lead]), one for all _has whether they lead to many, and where ranks leave the driver open, a bounded count of a few rows decides ([compiler.best]). The last page of some
// orders reads a tail: the resources without a value to sort by, and the few long ranges that began before the bound of date=ge….
// An order of tokens may take more statements, where resources have many of them ([runner.walkTokens]), and one of several keys takes
// some ([groupWalk]). No value of a request ever
// becomes text of a statement, but for the number of rows of a page on PostgreSQL ([Dialect.limit]).
//
// What lacks a value or a code has no row that says so; each resource has one that says what it has values of, of which :missing and
// :not read those that they need ([presence]).
//
// How many resources a type or a code has is kept in idx_count: for an accurate total, and to choose a driver. What still grows
// with the chart: any other total counts index entries; system| reads all values of its parameter, and so do :text and :contains
// where grams are no help, as for parts of one or two characters; so does :missing of the tokens and URIs of contained resources. :not looks at what has the code
// where a parameter has very many codes, or most resources several of them. An order of several keys whose
// values go together sorts one group of the first ([groupWalk]), and an order of contained resources all that matches.
package searchsql
