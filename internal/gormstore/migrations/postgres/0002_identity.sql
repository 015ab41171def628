-- Who may use one site, and what they were given. The columns are explained in internal/gormstore/identitystore/SCHEMA.md;
-- sqlite and postgres have the same tables. Instants are milliseconds since 1970 UTC, 0 = none.

-- +goose Up

CREATE TABLE auth_setting (
    name        text COLLATE "C" NOT NULL PRIMARY KEY,
    value       text COLLATE "C" NOT NULL
);

CREATE TABLE auth_role (
    name        text COLLATE "C" NOT NULL PRIMARY KEY,
    doc         text NOT NULL
);

CREATE TABLE auth_key (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    alg         text COLLATE "C" NOT NULL,
    sealed      bytea NOT NULL,
    created     bigint NOT NULL,
    retired     bigint NOT NULL
);

CREATE TABLE auth_client (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    issued      bigint NOT NULL,
    name        text COLLATE "C" NOT NULL,
    enabled     bigint NOT NULL,
    launches    bigint NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE INDEX auth_client_issued ON auth_client (issued);
CREATE INDEX auth_client_name ON auth_client (name, id);
CREATE INDEX auth_client_launches ON auth_client (name, id) WHERE launches = 1;
CREATE INDEX auth_client_waiting ON auth_client (name, id) WHERE enabled = 0;

CREATE TABLE auth_initial_token (
    hash        text COLLATE "C" NOT NULL PRIMARY KEY,
    id          text COLLATE "C" NOT NULL,
    note        text NOT NULL,
    uses        bigint NOT NULL,
    created     bigint NOT NULL,
    expires     bigint NOT NULL
);

CREATE TABLE auth_account (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL,
    login       text COLLATE "C" NOT NULL,
    patient_id  text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX auth_account_login ON auth_account (kind, login);
CREATE INDEX auth_account_list ON auth_account (login, id);
CREATE INDEX auth_account_patient ON auth_account (patient_id) WHERE patient_id <> '';

CREATE TABLE auth_failure (
    key         text COLLATE "C" NOT NULL PRIMARY KEY,
    count       bigint NOT NULL,
    last        bigint NOT NULL
);

CREATE TABLE auth_grant (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    client_id   text COLLATE "C" NOT NULL REFERENCES auth_client (id) ON DELETE CASCADE,
    account_id  text COLLATE "C" NOT NULL,
    session     text COLLATE "C" NOT NULL,
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    revoked     bigint NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE INDEX auth_grant_client ON auth_grant (client_id, revoked, created, id);
CREATE INDEX auth_grant_account ON auth_grant (account_id, revoked, created, id);
CREATE INDEX auth_grant_session ON auth_grant (session) WHERE session <> '';
CREATE INDEX auth_grant_created ON auth_grant (revoked, created, id);

CREATE TABLE auth_token (
    hash        text COLLATE "C" NOT NULL PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL,
    grant_id    text COLLATE "C" NOT NULL REFERENCES auth_grant (id) ON DELETE CASCADE,
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    spent       bigint NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE INDEX auth_token_grant ON auth_token (grant_id);
CREATE INDEX auth_token_expires ON auth_token (expires);

CREATE TABLE auth_consent (
    account_id  text COLLATE "C" NOT NULL,
    client_id   text COLLATE "C" NOT NULL REFERENCES auth_client (id) ON DELETE CASCADE,
    asked       text NOT NULL,
    scopes      text COLLATE "C" NOT NULL,
    given       bigint NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

CREATE INDEX auth_consent_client ON auth_consent (client_id);

CREATE TABLE auth_assertion (
    issuer      text COLLATE "C" NOT NULL,
    jti         text COLLATE "C" NOT NULL,
    expires     bigint NOT NULL,
    PRIMARY KEY (issuer, jti)
);

CREATE INDEX auth_assertion_expires ON auth_assertion (expires);

CREATE TABLE auth_session (
    hash        text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id  text COLLATE "C" NOT NULL,
    auth_time   bigint NOT NULL,
    seen        bigint NOT NULL,
    expires     bigint NOT NULL,
    factor      bigint NOT NULL,
    context     text NOT NULL
);

CREATE INDEX auth_session_account ON auth_session (account_id, auth_time);
CREATE INDEX auth_session_expires ON auth_session (expires);

CREATE TABLE auth_ticket (
    hash        text COLLATE "C" NOT NULL PRIMARY KEY,
    expires     bigint NOT NULL,
    spent       bigint NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE INDEX auth_ticket_expires ON auth_ticket (expires);

CREATE TABLE auth_launch (
    hash        text COLLATE "C" NOT NULL PRIMARY KEY,
    expires     bigint NOT NULL,
    doc         text COLLATE "C" NOT NULL
);

CREATE INDEX auth_launch_expires ON auth_launch (expires);
