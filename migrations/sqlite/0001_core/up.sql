CREATE TABLE organizations (
    id                             BIGINT PRIMARY KEY NOT NULL,
    login                          TEXT NOT NULL,
    -- The login without regard to case: what is unique, matched and throttled.
    login_key                      TEXT NOT NULL UNIQUE,
    name                           TEXT NOT NULL,
    password_hash                  TEXT NOT NULL,
    status                         TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    operator_token_max_seconds     BIGINT CHECK (operator_token_max_seconds BETWEEN 1 AND 86400),
    company_token_lifetime_seconds BIGINT CHECK (company_token_lifetime_seconds > 0),
    rotation_period_days           BIGINT CHECK (rotation_period_days > 0),
    rotation_grace_seconds         BIGINT CHECK (rotation_grace_seconds >= 0),
    enforce_rotation               BOOLEAN NOT NULL,
    rotated_at                     BIGINT,
    created_at                     BIGINT NOT NULL,
    updated_at                     BIGINT NOT NULL
);

CREATE TABLE operators (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    id              BIGINT NOT NULL,
    name            TEXT NOT NULL,
    -- The chat platform's own id.
    external_id     TEXT,
    email           TEXT,
    email_key       TEXT,
    role            TEXT,
    status          TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'deleted')),
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- The names of a deleted operator are free, so that it can be added again.
CREATE UNIQUE INDEX operators_external_id ON operators (organization_id, external_id) WHERE status <> 'deleted';
CREATE UNIQUE INDEX operators_email ON operators (organization_id, email_key) WHERE status <> 'deleted';

-- A line for each issued token. It never contains a token.
CREATE TABLE ledger (
    organization_id BIGINT NOT NULL,
    jti             BLOB NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('company', 'operator')),
    operator_id     BIGINT,
    client_id       TEXT,
    parent          BLOB,
    kid             TEXT NOT NULL,
    rev             BIGINT NOT NULL,
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    address         TEXT,
    PRIMARY KEY (organization_id, jti)
) WITHOUT ROWID;

CREATE INDEX ledger_expires_at ON ledger (expires_at);

-- Everything that every node must know, in one order. `seq` has no gaps and is the order of commits, because every writer locks the
-- row of the head until it commits.
CREATE TABLE feed_head (
    id  BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    seq BIGINT NOT NULL
);
INSERT INTO feed_head (id, seq) VALUES (1, 0);

CREATE TABLE feed (
    seq             BIGINT PRIMARY KEY NOT NULL,
    organization_id BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    jti             BLOB,
    operator_id     BIGINT,
    at              BIGINT NOT NULL,
    -- When everything that the entry revokes has expired; NULL if it has no end.
    until           BIGINT
);

CREATE INDEX feed_organization ON feed (organization_id, seq);

-- The nodes that answer from memory. A revoke waits until each has applied it or its lease has expired.
CREATE TABLE nodes (
    id          BIGINT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    -- How long the node may answer from memory after the start of its last sync (microseconds).
    lease       BIGINT NOT NULL,
    applied_seq BIGINT NOT NULL,
    -- The number of its syncs. A row that does not change is that of a node that has stopped.
    beats       BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    kid          TEXT PRIMARY KEY NOT NULL,
    algorithm    TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired')),
    sealed_key   BLOB NOT NULL,
    -- The fingerprint of the master key that sealed it.
    sealed_by    TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    activated_at BIGINT,
    retired_at   BIGINT
);

CREATE UNIQUE INDEX signing_keys_active ON signing_keys (algorithm) WHERE state = 'active';

CREATE TABLE audit (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id BIGINT,
    at              BIGINT NOT NULL,
    actor           TEXT NOT NULL,
    action          TEXT NOT NULL,
    target          TEXT,
    occurrences     BIGINT NOT NULL,
    address         TEXT,
    request_id      TEXT,
    detail          TEXT
);

CREATE INDEX audit_organization ON audit (organization_id, id);
CREATE INDEX audit_at ON audit (at);

-- The last id of each kind, the same on both databases. The row lock serializes transactions that create.
CREATE TABLE sequences (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
INSERT INTO sequences (name, value) VALUES ('organizations', 0), ('operators', 0);
