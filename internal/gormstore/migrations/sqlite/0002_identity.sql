-- Who may use one site, and what they were given. The columns are explained in internal/gormstore/identitystore/SCHEMA.md;
-- sqlite and postgres have the same tables. Instants are milliseconds since 1970 UTC, 0 = none.

-- +goose Up

CREATE TABLE auth_setting (
    name        TEXT NOT NULL PRIMARY KEY,
    value       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_role (
    name        TEXT NOT NULL PRIMARY KEY,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_key (
    id          TEXT NOT NULL PRIMARY KEY,
    alg         TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    created     INTEGER NOT NULL,
    retired     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_client (
    id          TEXT NOT NULL PRIMARY KEY,
    issued      INTEGER NOT NULL,
    name        TEXT NOT NULL,
    enabled     INTEGER NOT NULL,
    launches    INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_client_issued ON auth_client (issued);
CREATE INDEX auth_client_name ON auth_client (name, id);
CREATE INDEX auth_client_launches ON auth_client (name, id) WHERE launches = 1;
CREATE INDEX auth_client_waiting ON auth_client (name, id) WHERE enabled = 0;

CREATE TABLE auth_initial_token (
    hash        TEXT NOT NULL PRIMARY KEY,
    id          TEXT NOT NULL,
    note        TEXT NOT NULL,
    uses        INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_account (
    id          TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    login       TEXT NOT NULL,
    patient_id  TEXT NOT NULL,
    name        TEXT NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX auth_account_login ON auth_account (kind, login);
CREATE INDEX auth_account_list ON auth_account (login, id);
CREATE INDEX auth_account_patient ON auth_account (patient_id) WHERE patient_id <> '';

CREATE TABLE auth_failure (
    key         TEXT NOT NULL PRIMARY KEY,
    count       INTEGER NOT NULL,
    last        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_grant (
    id          TEXT NOT NULL PRIMARY KEY,
    client_id   TEXT NOT NULL REFERENCES auth_client (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL,
    session     TEXT NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    revoked     INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_grant_client ON auth_grant (client_id, revoked, created, id);
CREATE INDEX auth_grant_account ON auth_grant (account_id, revoked, created, id);
CREATE INDEX auth_grant_session ON auth_grant (session) WHERE session <> '';
CREATE INDEX auth_grant_created ON auth_grant (revoked, created, id);

CREATE TABLE auth_token (
    hash        TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    grant_id    TEXT NOT NULL REFERENCES auth_grant (id) ON DELETE CASCADE,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    spent       INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_token_grant ON auth_token (grant_id);
CREATE INDEX auth_token_expires ON auth_token (expires);

CREATE TABLE auth_consent (
    account_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL REFERENCES auth_client (id) ON DELETE CASCADE,
    asked       TEXT NOT NULL,
    scopes      TEXT NOT NULL,
    given       INTEGER NOT NULL,
    PRIMARY KEY (account_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_consent_client ON auth_consent (client_id);

CREATE TABLE auth_assertion (
    issuer      TEXT NOT NULL,
    jti         TEXT NOT NULL,
    expires     INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_assertion_expires ON auth_assertion (expires);

CREATE TABLE auth_session (
    hash        TEXT NOT NULL PRIMARY KEY,
    account_id  TEXT NOT NULL,
    auth_time   INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    factor      INTEGER NOT NULL,
    context     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_session_account ON auth_session (account_id, auth_time);
CREATE INDEX auth_session_expires ON auth_session (expires);

CREATE TABLE auth_ticket (
    hash        TEXT NOT NULL PRIMARY KEY,
    expires     INTEGER NOT NULL,
    spent       INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_ticket_expires ON auth_ticket (expires);

CREATE TABLE auth_launch (
    hash        TEXT NOT NULL PRIMARY KEY,
    expires     INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_launch_expires ON auth_launch (expires);
