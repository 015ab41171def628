package searchsql

import (
	"context"
	"database/sql"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// Dialect is a database's way of saying things.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota + 1
	PostgreSQL
)

// Querier runs one SELECT: *sql.DB, *sql.Tx, *sql.Conn, or [Statements], which keeps prepared statements by their text.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Env is what a search needs beside the query: the same for all searches of a site.
type Env struct {
	// Table is the parameter table with which granular scope filters are parsed and reverse chains resolved.
	Table search.Table
	// Base is the FHIR base URL of the site, without a slash at the end; absolute references below it are local.
	Base string
	// OpenTypes reports whether a patient's view holds the resources of a type that belong to no patient (Practitioner,
	// Organization …). Nil means none.
	OpenTypes func(typ string) bool
}

// Run answers one page of a query as narrow and page allow, in one statement; totals, includes and a plan probe for sorted
// searches take one more each. Bodies are returned as stored.
//
// Errors: Invalid for a cursor that is not one of this query, Forbidden for a chain through a type that the caller may not
// search, TooCostly when a limit is passed, Unavailable when the database does not answer.
func Run(ctx context.Context, q Querier, d Dialect, env Env, query *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	return run(ctx, q, d, env, query, narrow, page)
}
