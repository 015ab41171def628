-- The site's own search parameters and the jobs that keep their index rows complete. The columns are explained in
-- internal/gormstore/SCHEMA.md; sqlite and postgres have the same tables.

-- +goose Up

ALTER TABLE counter ADD COLUMN params bigint NOT NULL DEFAULT 0;

CREATE TABLE parameter (
    number    integer NOT NULL PRIMARY KEY,
    base      text    COLLATE "C" NOT NULL,
    code      text    COLLATE "C" NOT NULL,
    revision  bigint  NOT NULL,
    source    text    COLLATE "C" NOT NULL,
    state     text    COLLATE "C" NOT NULL,
    changed   bigint  NOT NULL,
    doc       text    COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX parameter_live ON parameter (base, code) WHERE state <> 'retired';

CREATE TABLE reindex (
    id        bigint  NOT NULL PRIMARY KEY,
    state     text    COLLATE "C" NOT NULL,
    owner     text    COLLATE "C" NOT NULL,
    lease     bigint  NOT NULL,
    created   bigint  NOT NULL,
    ended     bigint  NOT NULL,
    doc       text    COLLATE "C" NOT NULL
);

CREATE INDEX reindex_open ON reindex (id) WHERE ended = 0;
