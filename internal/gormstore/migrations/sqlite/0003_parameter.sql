-- The site's own search parameters and the jobs that keep their index rows complete. The columns are explained in
-- internal/gormstore/SCHEMA.md; sqlite and postgres have the same tables.

-- +goose Up

ALTER TABLE counter ADD COLUMN params INTEGER NOT NULL DEFAULT 0;

CREATE TABLE parameter (
    number    INTEGER NOT NULL PRIMARY KEY,
    base      TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    revision  INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    changed   INTEGER NOT NULL,
    doc       TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX parameter_live ON parameter (base, code) WHERE state <> 'retired';

CREATE TABLE reindex (
    id        INTEGER NOT NULL PRIMARY KEY,
    state     TEXT    NOT NULL,
    owner     TEXT    NOT NULL,
    lease     INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    doc       TEXT    NOT NULL
) STRICT;

CREATE INDEX reindex_open ON reindex (id) WHERE ended = 0;
