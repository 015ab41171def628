-- The words of all resources and the pieces of their texts. The columns are explained in internal/gormstore/SCHEMA.md; sqlite
-- and postgres have the same tables. They follow from the record and are made behind the writes.

-- +goose Up

CREATE TABLE idx_mark (
    id     integer PRIMARY KEY CHECK (id = 1),
    epoch  bigint  NOT NULL,
    seq    bigint  NOT NULL,
    text   bigint  NOT NULL
) WITH (fillfactor = 10);

INSERT INTO idx_mark (id, epoch, seq, text) VALUES (1, 0, 0, 0);

-- A row is appended to until it is full.
CREATE TABLE idx_posting (
    param  integer  NOT NULL,
    n      smallint NOT NULL,
    lo     bigint   NOT NULL,
    term   text     COLLATE "C" NOT NULL,
    docs   text     COLLATE "C" NOT NULL,
    PRIMARY KEY (param, term, lo)
) WITH (fillfactor = 80);

CREATE TABLE idx_text (
    id     bigint  PRIMARY KEY,
    param  integer NOT NULL,
    value  text    COLLATE "C" NOT NULL,
    hash   bigint  NOT NULL
);

CREATE UNIQUE INDEX idx_text_value ON idx_text (param, value, hash);
