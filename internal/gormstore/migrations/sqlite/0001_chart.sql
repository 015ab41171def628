-- The chart of one site. The columns are explained in internal/gormstore/SCHEMA.md; sqlite and postgres have the same tables.

-- +goose Up

CREATE TABLE counter (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    seq         INTEGER NOT NULL,
    rid         INTEGER NOT NULL,
    system      INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL,
    audit_hash  BLOB    NOT NULL
) STRICT;

INSERT INTO counter (id, seq, rid, system, updated, audit_seq, audit_hash) VALUES (1, 0, 0, 0, 0, 0, x'');

CREATE TABLE resource (
    rid      INTEGER PRIMARY KEY,
    type     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    vid      INTEGER NOT NULL,
    seq      INTEGER,
    updated  INTEGER NOT NULL,
    method   INTEGER NOT NULL,
    owner    TEXT,
    body     BLOB
) STRICT;

CREATE UNIQUE INDEX resource_key ON resource (type, id);
CREATE UNIQUE INDEX resource_seq ON resource (seq) WHERE seq IS NOT NULL;
CREATE INDEX resource_type ON resource (type, rid) WHERE body IS NOT NULL;
CREATE INDEX resource_updated ON resource (type, updated, rid) WHERE body IS NOT NULL;
CREATE INDEX resource_owner ON resource (owner, type, rid) WHERE owner IS NOT NULL;

CREATE TABLE history (
    seq      INTEGER PRIMARY KEY,
    rid      INTEGER NOT NULL REFERENCES resource (rid),
    vid      INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    method   INTEGER NOT NULL,
    owner    TEXT,
    body     BLOB
) STRICT;

CREATE UNIQUE INDEX history_version ON history (rid, vid);

CREATE TABLE system (
    id   INTEGER PRIMARY KEY,
    uri  TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO system (id, uri) VALUES (0, '');

CREATE TABLE idx_token (
    param   INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    system  INTEGER NOT NULL,
    rid     INTEGER NOT NULL,
    text    TEXT,
    PRIMARY KEY (param, code, rid, system) -- rid before system: code alone gives rids in order, and is probed by rid
) WITHOUT ROWID, STRICT;

-- How many rows of idx_token there are of each code, and under the number 0 how many live resources of each type: an accurate
-- total reads one row. Triggers keep it where rows go or change; whoever inserts rows counts them, many at once. Without NOT NULL
-- an update of n cannot fail, so that no statement needs a journal of its own for it.
CREATE TABLE idx_count (
    param   INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    system  INTEGER NOT NULL,
    n       INTEGER,
    PRIMARY KEY (param, code, system)
) WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER idx_token_less AFTER DELETE ON idx_token BEGIN
    UPDATE idx_count SET n = n - 1 WHERE param = OLD.param AND code = OLD.code AND system = OLD.system;
END;
-- +goose StatementEnd

-- A live resource is one whose version is no deletion (3) and which is no placeholder (0).
-- +goose StatementBegin
CREATE TRIGGER resource_changed AFTER UPDATE OF method ON resource WHEN (NEW.method NOT IN (0, 3)) <> (OLD.method NOT IN (0, 3)) BEGIN
    INSERT INTO idx_count (param, code, system, n) VALUES (0, NEW.type, 0, (NEW.method NOT IN (0, 3)) - (OLD.method NOT IN (0, 3)))
        ON CONFLICT (param, code, system) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER resource_less AFTER DELETE ON resource WHEN OLD.method NOT IN (0, 3) BEGIN
    UPDATE idx_count SET n = n - 1 WHERE param = 0 AND code = OLD.type AND system = 0;
END;
-- +goose StatementEnd

-- A text of several words has a row for each later word too, from which on it is kept; n is negative there, and exact empty.
CREATE TABLE idx_string (
    param  INTEGER NOT NULL,
    norm   TEXT    NOT NULL,
    rid    INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    exact  TEXT    NOT NULL,
    rest   TEXT,
    PRIMARY KEY (param, norm, rid, n)
) WITHOUT ROWID, STRICT;

-- Sorting by a string, and dropping repeats of one resource while reading a range of strings in order.
CREATE INDEX idx_string_rid ON idx_string (rid, param, norm);

CREATE TABLE idx_uri (
    param  INTEGER NOT NULL,
    uri    TEXT    NOT NULL,
    rid    INTEGER NOT NULL,
    PRIMARY KEY (param, uri, rid)
) WITHOUT ROWID, STRICT;

CREATE TABLE idx_ref (
    rid      INTEGER NOT NULL,
    param    INTEGER NOT NULL,
    target   INTEGER NOT NULL,
    version  TEXT    NOT NULL,
    PRIMARY KEY (rid, param, target, version)
) WITHOUT ROWID, STRICT;

CREATE INDEX idx_ref_target ON idx_ref (param, target, rid);

CREATE TABLE idx_date (
    rid    INTEGER NOT NULL,
    param  INTEGER NOT NULL,
    lo     INTEGER NOT NULL,
    hi     INTEGER NOT NULL,
    PRIMARY KEY (rid, param, lo, hi)
) WITHOUT ROWID, STRICT;

CREATE INDEX idx_date_range ON idx_date (param, lo, hi, rid);

-- Long periods, the only ones that begin more than 31 days before an instant which they cover: date=ge… and gt….
CREATE INDEX idx_date_long ON idx_date (param, hi, lo, rid) WHERE hi - lo > 2678400000000;

CREATE TABLE idx_number (
    rid    INTEGER NOT NULL,
    param  INTEGER NOT NULL,
    value  REAL    NOT NULL,
    lo     REAL    NOT NULL,
    hi     REAL    NOT NULL,
    PRIMARY KEY (rid, param, value, lo, hi)
) WITHOUT ROWID, STRICT;

CREATE INDEX idx_number_range ON idx_number (param, value, rid);

-- Ranges and values with a comparator, which reach beyond their value: value-quantity=gt….
CREATE INDEX idx_number_wide ON idx_number (param, value, rid) WHERE abs(lo + hi - 2 * value) > 0.01 * (hi - lo);

CREATE TABLE idx_quantity (
    rid         INTEGER NOT NULL,
    param       INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    system      INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    unit        TEXT    NOT NULL,
    value       REAL    NOT NULL,
    lo          REAL    NOT NULL,
    hi          REAL    NOT NULL,
    canon_unit  TEXT,
    canon_lo    REAL,
    canon_hi    REAL,
    PRIMARY KEY (rid, param, n)
) WITHOUT ROWID, STRICT;

CREATE INDEX idx_quantity_value ON idx_quantity (param, value, code, system, rid);
CREATE INDEX idx_quantity_canon ON idx_quantity (param, canon_unit, canon_lo, canon_hi, rid) WHERE canon_unit IS NOT NULL;

CREATE INDEX idx_quantity_wide ON idx_quantity (param, value, rid) WHERE abs(lo + hi - 2 * value) > 0.01 * (hi - lo);

CREATE TABLE idx_composite (
    rid           INTEGER NOT NULL,
    param         INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    a_text        TEXT    NOT NULL,
    a_ref         INTEGER NOT NULL,
    a_value       REAL    NOT NULL,
    a_lo          REAL    NOT NULL,
    a_hi          REAL    NOT NULL,
    b_text        TEXT    NOT NULL,
    b_ref         INTEGER NOT NULL,
    b_value       REAL    NOT NULL,
    b_lo          REAL    NOT NULL,
    b_hi          REAL    NOT NULL,
    b_canon_unit  TEXT,
    b_canon_lo    REAL,
    b_canon_hi    REAL,
    PRIMARY KEY (rid, param, n)
) WITHOUT ROWID, STRICT;

-- Code first, then the number that is compared, in whose order a search then reads.
CREATE INDEX idx_composite_value ON idx_composite (param, a_text, b_value, b_text, rid, a_ref, b_ref);
CREATE INDEX idx_composite_wide ON idx_composite (param, a_text, b_value, rid) WHERE abs(b_lo + b_hi - 2 * b_value) > 0.01 * (b_hi - b_lo);

-- A row holds the events of one commit, one after the other: see chartstore/trail_block.go.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY, -- of the first event
    events    INTEGER NOT NULL,
    earliest  INTEGER NOT NULL,
    latest    INTEGER NOT NULL,
    body      BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_time ON audit (latest, earliest);

CREATE TABLE audit_key (
    kind   INTEGER NOT NULL,
    value  TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (kind, value, seq)
) WITHOUT ROWID, STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit is append only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit is append only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_key_update BEFORE UPDATE ON audit_key BEGIN
    SELECT RAISE(ABORT, 'audit is append only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_key_delete BEFORE DELETE ON audit_key BEGIN
    SELECT RAISE(ABORT, 'audit is append only');
END;
-- +goose StatementEnd
