-- The words of all resources and the pieces of their texts. The columns are explained in internal/gormstore/SCHEMA.md; sqlite
-- and postgres have the same tables. They follow from the record and are made behind the writes.

-- +goose Up

CREATE TABLE idx_mark (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    text   INTEGER NOT NULL
) STRICT;

INSERT INTO idx_mark (id, epoch, seq, text) VALUES (1, 0, 0, 0);

CREATE TABLE idx_posting (
    param  INTEGER NOT NULL,
    term   TEXT    NOT NULL,
    lo     INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    docs   TEXT    NOT NULL,
    PRIMARY KEY (param, term, lo)
) WITHOUT ROWID, STRICT;

CREATE TABLE idx_text (
    id     INTEGER PRIMARY KEY,
    param  INTEGER NOT NULL,
    value  TEXT    NOT NULL,
    hash   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX idx_text_value ON idx_text (param, value, hash);
