-- The chart of one site. The columns are explained in internal/gormstore/SCHEMA.md; sqlite and postgres have the same tables.

-- +goose Up

CREATE TABLE counter (
    id          integer PRIMARY KEY CHECK (id = 1),
    seq         bigint  NOT NULL,
    rid         bigint  NOT NULL,
    system      integer NOT NULL,
    updated     bigint  NOT NULL,
    audit_seq   bigint  NOT NULL,
    audit_hash  bytea   NOT NULL
) WITH (fillfactor = 10);

INSERT INTO counter (id, seq, rid, system, updated, audit_seq, audit_hash) VALUES (1, 0, 0, 0, 0, 0, '');

-- Bodies come packed, stay in the row up to a page and are not compressed again: reading one is one page.
CREATE TABLE resource (
    rid      bigint   PRIMARY KEY,
    type     text     COLLATE "C" NOT NULL,
    id       text     COLLATE "C" NOT NULL,
    vid      bigint   NOT NULL,
    seq      bigint,
    updated  bigint   NOT NULL,
    method   smallint NOT NULL,
    owner    text     COLLATE "C",
    body     bytea
) WITH (toast_tuple_target = 8160);

ALTER TABLE resource ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX resource_key ON resource (type, id);
CREATE UNIQUE INDEX resource_seq ON resource (seq) WHERE seq IS NOT NULL;
CREATE INDEX resource_type ON resource (type, rid) WHERE body IS NOT NULL;
CREATE INDEX resource_updated ON resource (type, updated, rid) WHERE body IS NOT NULL;
CREATE INDEX resource_owner ON resource (owner, type, rid) WHERE owner IS NOT NULL;

CREATE TABLE history (
    seq      bigint   PRIMARY KEY,
    rid      bigint   NOT NULL REFERENCES resource (rid),
    vid      bigint   NOT NULL,
    updated  bigint   NOT NULL,
    method   smallint NOT NULL,
    owner    text     COLLATE "C",
    body     bytea
) WITH (toast_tuple_target = 8160);

ALTER TABLE history ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX history_version ON history (rid, vid);

CREATE TABLE system (
    id   integer PRIMARY KEY,
    uri  text    COLLATE "C" NOT NULL UNIQUE
);

INSERT INTO system (id, uri) VALUES (0, '');

CREATE TABLE idx_token (
    param   integer NOT NULL,
    code    text    COLLATE "C" NOT NULL,
    system  integer NOT NULL,
    rid     bigint  NOT NULL,
    text    text    COLLATE "C",
    PRIMARY KEY (param, code, rid, system) -- rid before system: code alone gives rids in order, and is probed by rid
);

-- How many rows of idx_token there are of each code, and under the number 0 how many live resources of each type: an accurate
-- total reads one row. Triggers keep it, so that it is right whoever writes the tables; each adds up what its statement did.
CREATE TABLE idx_count (
    param   integer NOT NULL,
    code    text    COLLATE "C" NOT NULL,
    system  integer NOT NULL,
    n       bigint  NOT NULL,
    PRIMARY KEY (param, code, system)
) WITH (fillfactor = 50); -- a row is updated by every write of its code

-- +goose StatementBegin
CREATE FUNCTION idx_token_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO idx_count AS c (param, code, system, n)
        SELECT param, code, system, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed GROUP BY param, code, system
        ON CONFLICT (param, code, system) DO UPDATE SET n = c.n + excluded.n;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER idx_token_more AFTER INSERT ON idx_token REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION idx_token_count();
CREATE TRIGGER idx_token_less AFTER DELETE ON idx_token REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION idx_token_count();

-- A live resource is one whose version is no deletion (3) and which is no placeholder (0).
-- +goose StatementBegin
CREATE FUNCTION resource_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO idx_count AS c (param, code, system, n)
            SELECT 0, type, 0, sum(n) FROM (
                SELECT type, 1 AS n FROM fresh WHERE method NOT IN (0, 3) UNION ALL SELECT type, -1 FROM old WHERE method NOT IN (0, 3)) x
            GROUP BY type HAVING sum(n) <> 0
            ON CONFLICT (param, code, system) DO UPDATE SET n = c.n + excluded.n;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO idx_count AS c (param, code, system, n)
            SELECT 0, type, 0, count(*) FROM fresh WHERE method NOT IN (0, 3) GROUP BY type
            ON CONFLICT (param, code, system) DO UPDATE SET n = c.n + excluded.n;
    ELSE
        INSERT INTO idx_count AS c (param, code, system, n)
            SELECT 0, type, 0, -count(*) FROM old WHERE method NOT IN (0, 3) GROUP BY type
            ON CONFLICT (param, code, system) DO UPDATE SET n = c.n + excluded.n;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER resource_more AFTER INSERT ON resource REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION resource_count();
CREATE TRIGGER resource_changed AFTER UPDATE ON resource REFERENCING OLD TABLE AS old NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION resource_count();
CREATE TRIGGER resource_less AFTER DELETE ON resource REFERENCING OLD TABLE AS old
    FOR EACH STATEMENT EXECUTE FUNCTION resource_count();

-- A text of several words has a row for each later word too, from which on it is kept; n is negative there, and exact empty.
CREATE TABLE idx_string (
    param  integer  NOT NULL,
    norm   text     COLLATE "C" NOT NULL,
    rid    bigint   NOT NULL,
    n      smallint NOT NULL,
    exact  text     COLLATE "C" NOT NULL,
    rest   text     COLLATE "C",
    PRIMARY KEY (param, norm, rid, n)
);

-- Sorting by a string, and dropping repeats of one resource while reading a range of strings in order.
CREATE INDEX idx_string_rid ON idx_string (rid, param, norm, n);

CREATE TABLE idx_uri (
    param  integer NOT NULL,
    uri    text    COLLATE "C" NOT NULL,
    rid    bigint  NOT NULL,
    PRIMARY KEY (param, uri, rid)
);

CREATE TABLE idx_ref (
    rid      bigint  NOT NULL,
    param    integer NOT NULL,
    target   bigint  NOT NULL,
    version  text    COLLATE "C" NOT NULL,
    PRIMARY KEY (rid, param, target, version)
);

CREATE INDEX idx_ref_target ON idx_ref (param, target, rid);

CREATE TABLE idx_date (
    rid    bigint  NOT NULL,
    param  integer NOT NULL,
    lo     bigint  NOT NULL,
    hi     bigint  NOT NULL,
    PRIMARY KEY (rid, param, lo, hi)
);

CREATE INDEX idx_date_range ON idx_date (param, lo, hi, rid);

-- Long periods, the only ones that begin more than 31 days before an instant which they cover: date=ge… and gt….
CREATE INDEX idx_date_long ON idx_date (param, hi, lo, rid) WHERE hi - lo > 2678400000000;

CREATE TABLE idx_number (
    rid    bigint           NOT NULL,
    param  integer          NOT NULL,
    value  double precision NOT NULL,
    lo     double precision NOT NULL,
    hi     double precision NOT NULL,
    PRIMARY KEY (rid, param, value, lo, hi)
);

CREATE INDEX idx_number_range ON idx_number (param, value, rid);

-- Ranges and values with a comparator, which reach beyond their value: value-quantity=gt….
CREATE INDEX idx_number_wide ON idx_number (param, value, rid) WHERE abs(lo + hi - 2 * value) > 0.01 * (hi - lo);

CREATE TABLE idx_quantity (
    rid         bigint           NOT NULL,
    param       integer          NOT NULL,
    n           smallint         NOT NULL,
    system      integer          NOT NULL,
    code        text             COLLATE "C" NOT NULL,
    unit        text             COLLATE "C" NOT NULL,
    value       double precision NOT NULL,
    lo          double precision NOT NULL,
    hi          double precision NOT NULL,
    canon_unit  text             COLLATE "C",
    canon_lo    double precision,
    canon_hi    double precision,
    PRIMARY KEY (rid, param, n)
);

CREATE INDEX idx_quantity_value ON idx_quantity (param, value, code, system, rid);
CREATE INDEX idx_quantity_canon ON idx_quantity (param, canon_unit, canon_lo, canon_hi, rid) WHERE canon_unit IS NOT NULL;

CREATE INDEX idx_quantity_wide ON idx_quantity (param, value, rid) WHERE abs(lo + hi - 2 * value) > 0.01 * (hi - lo);

CREATE TABLE idx_composite (
    rid           bigint           NOT NULL,
    param         integer          NOT NULL,
    n             smallint         NOT NULL,
    a_text        text             COLLATE "C" NOT NULL,
    a_ref         bigint           NOT NULL,
    a_value       double precision NOT NULL,
    a_lo          double precision NOT NULL,
    a_hi          double precision NOT NULL,
    b_text        text             COLLATE "C" NOT NULL,
    b_ref         bigint           NOT NULL,
    b_value       double precision NOT NULL,
    b_lo          double precision NOT NULL,
    b_hi          double precision NOT NULL,
    b_canon_unit  text             COLLATE "C",
    b_canon_lo    double precision,
    b_canon_hi    double precision,
    PRIMARY KEY (rid, param, n)
);

-- Code first, then the number that is compared, in whose order a search then reads.
CREATE INDEX idx_composite_value ON idx_composite (param, a_text, b_value, b_text, rid, a_ref, b_ref);
CREATE INDEX idx_composite_wide ON idx_composite (param, a_text, b_value, rid) WHERE abs(b_lo + b_hi - 2 * b_value) > 0.01 * (b_hi - b_lo);

-- A row holds the events of one commit, one after the other: see chartstore/trail_block.go.
CREATE TABLE audit (
    seq       bigint  PRIMARY KEY, -- of the first event
    events    integer NOT NULL,
    earliest  bigint  NOT NULL,
    latest    bigint  NOT NULL,
    body      bytea   NOT NULL
) WITH (toast_tuple_target = 8160);

ALTER TABLE audit ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX audit_time ON audit (latest, earliest);

CREATE TABLE audit_key (
    kind   smallint NOT NULL,
    value  text     COLLATE "C" NOT NULL,
    seq    bigint   NOT NULL,
    PRIMARY KEY (kind, value, seq)
);

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is append only';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER audit_update BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

CREATE TRIGGER audit_key_update BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_key
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
