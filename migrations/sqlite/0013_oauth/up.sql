-- Operators who sign in. `username_fold` is the key by which usernames are compared; it shares one name space with `email_fold`.
ALTER TABLE operators ADD COLUMN username TEXT;
ALTER TABLE operators ADD COLUMN username_fold TEXT;
ALTER TABLE operators ADD COLUMN password_hash TEXT;
ALTER TABLE operators ADD COLUMN tier TEXT;
ALTER TABLE operators ADD COLUMN avatar TEXT;
CREATE UNIQUE INDEX operators_username_fold ON operators (organization_id, username_fold) WHERE status <> 'deleted';

-- The second factor of an operator (RFC 6238). `last_step` is the step of the last code that was accepted.
CREATE TABLE totp (
    organization_id BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    sealed_secret   BLOB NOT NULL,
    sealed_by       TEXT NOT NULL,
    last_step       BIGINT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, operator_id)
);

-- A code that replaces a lost second factor, once. `digest` is its SHA-256.
CREATE TABLE recovery_codes (
    organization_id BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    PRIMARY KEY (organization_id, operator_id, digest)
);

-- The networks from which each operator has signed in.
CREATE TABLE operator_addresses (
    organization_id BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    network         TEXT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, operator_id, network)
);
CREATE INDEX operator_addresses_last_at ON operator_addresses (last_at);

-- Whether an operator can be granted only the scopes of its role.
ALTER TABLE organizations ADD COLUMN cap_scopes_by_role BOOLEAN NOT NULL DEFAULT FALSE;

-- The scopes and roles that an organization defined. Those that exist always are in no row. `scopes` is separated by spaces.
CREATE TABLE scopes (
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    description     TEXT,
    PRIMARY KEY (organization_id, name)
);

CREATE TABLE roles (
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    description     TEXT,
    PRIMARY KEY (organization_id, name)
);

-- Resources that access tokens can be for (RFC 8707).
CREATE TABLE resources (
    organization_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    uri             TEXT NOT NULL,
    name            TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, uri)
);
INSERT INTO sequences (name, value) VALUES ('resources', 0);

-- Organizations of earlier versions have the scopes and roles of the preset `all`.
INSERT INTO scopes (organization_id, name, description)
SELECT organizations.id, preset.name, preset.description FROM organizations CROSS JOIN (
    SELECT 'read' AS name, 'Read-only access' AS description UNION ALL
    SELECT 'write', 'Create and change' UNION ALL
    SELECT 'analytics', 'Analytics and reports' UNION ALL
    SELECT 'read:purchase-requests', 'Read purchase requests' UNION ALL
    SELECT 'write:purchase-requests', 'Create and change purchase requests' UNION ALL
    SELECT 'read:suppliers', 'Read suppliers' UNION ALL
    SELECT 'write:suppliers', 'Manage suppliers' UNION ALL
    SELECT 'read:orders', 'Read orders' UNION ALL
    SELECT 'write:orders', 'Create and change orders' UNION ALL
    SELECT 'read:contracts', 'Read contracts' UNION ALL
    SELECT 'write:contracts', 'Manage contracts' UNION ALL
    SELECT 'read:reports', 'Read reports'
) AS preset;
INSERT INTO roles (organization_id, name, scopes, description)
SELECT organizations.id, preset.name, preset.scopes, preset.description FROM organizations CROSS JOIN (
    SELECT 'marketing' AS name, 'analytics read write' AS scopes, 'Campaigns and promotions' AS description UNION ALL
    SELECT 'tenant', 'read write', 'The tenant''s own data' UNION ALL
    SELECT 'customer', 'read', 'The customer''s own data'
) AS preset;

-- OAuth clients. `tag` is 64 bits of the SHA-256 of the id, which the feed names the client by. `settings` is JSON.
CREATE TABLE clients (
    organization_id BIGINT NOT NULL,
    id              TEXT NOT NULL,
    tag             BIGINT NOT NULL,
    status          TEXT NOT NULL,
    settings        TEXT NOT NULL,
    created_seq     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX clients_id ON clients (id);
CREATE INDEX clients_tag ON clients (organization_id, tag);

CREATE TABLE client_secrets (
    organization_id BIGINT NOT NULL,
    client_id       TEXT NOT NULL,
    digest          BLOB NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    PRIMARY KEY (organization_id, client_id, digest)
);

-- A grant: what an operator allowed a client at one sign-in, and the family of all tokens that follow from it. `ended_at` is set when
-- it is revoked.
CREATE TABLE grants (
    organization_id BIGINT NOT NULL,
    id              BLOB NOT NULL,
    client_id       TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    scopes          TEXT NOT NULL,
    resources       TEXT NOT NULL,
    nonce           TEXT,
    auth_time       BIGINT NOT NULL,
    amr             TEXT NOT NULL,
    sid             BLOB,
    dpop_jkt        TEXT,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX grants_client ON grants (organization_id, client_id, operator_id);
CREATE INDEX grants_operator ON grants (organization_id, operator_id);
CREATE INDEX grants_expires_at ON grants (expires_at);

-- What an operator allowed a client so far, over all its grants.
CREATE TABLE consents (
    organization_id BIGINT NOT NULL,
    client_id       TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    scopes          TEXT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, client_id, operator_id)
);

-- Authorization codes. `digest` is the SHA-256 of a code.
CREATE TABLE codes (
    organization_id BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    client_id       TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    grant_id        BLOB NOT NULL,
    state           TEXT NOT NULL,
    redirect_uri    TEXT,
    challenge       TEXT,
    dpop_jkt        TEXT,
    scopes          TEXT NOT NULL,
    resources       TEXT NOT NULL,
    nonce           TEXT,
    auth_time       BIGINT NOT NULL,
    amr             TEXT NOT NULL,
    sid             BLOB,
    rev             BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX codes_expires_at ON codes (expires_at);

-- Refresh tokens. `digest` is the SHA-256 of a token. `salt`, drawn at the first use, determines the successor's text together with
-- the token that is presented.
CREATE TABLE refresh_tokens (
    organization_id      BIGINT NOT NULL,
    digest               BLOB NOT NULL,
    jti                  BLOB NOT NULL,
    grant_id             BLOB NOT NULL,
    rev                  BIGINT NOT NULL,
    issued_at            BIGINT NOT NULL,
    expires_at           BIGINT NOT NULL,
    used_at              BIGINT,
    salt                 BLOB,
    successor            BLOB,
    successor_expires_at BIGINT,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (organization_id, grant_id);
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);

-- Opaque access tokens. `digest` is the SHA-256 of a token; `claims` is JSON, as it would stand in a JWT.
CREATE TABLE opaque_tokens (
    organization_id BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    claims          TEXT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX opaque_tokens_digest ON opaque_tokens (digest);
CREATE INDEX opaque_tokens_expires_at ON opaque_tokens (expires_at);

-- Browser sessions of the pages. `digest` is the SHA-256 of the cookie. `state` says whether it waits for its second factor.
CREATE TABLE browser_sessions (
    digest          BLOB PRIMARY KEY NOT NULL,
    sid             BLOB NOT NULL,
    organization_id BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    rev             BIGINT NOT NULL,
    state           TEXT NOT NULL,
    amr             TEXT NOT NULL,
    signed_in_at    BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    address         TEXT
);
CREATE INDEX browser_sessions_operator ON browser_sessions (organization_id, operator_id);
CREATE INDEX browser_sessions_last_seen_at ON browser_sessions (last_seen_at);

-- Requests of clients that a browser has begun. `digest` is the SHA-256 of the request's id, `browser` that of the browser's cookie.
-- `shown_scopes` are those that the consent page showed, separated by spaces.
CREATE TABLE page_requests (
    digest          BLOB PRIMARY KEY NOT NULL,
    browser         BLOB NOT NULL,
    organization_id BIGINT NOT NULL,
    client_id       TEXT NOT NULL,
    parameters      TEXT NOT NULL,
    signed_in_sid   BLOB,
    shown_scopes    TEXT,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX page_requests_expires_at ON page_requests (expires_at);

-- The ledger records every kind of token. `kid` is NULL for a token that is not signed, `grant_id` is the grant of an OAuth token.
-- SQLite cannot drop a constraint, so the table is written again.
CREATE TABLE ledger_new (
    organization_id BIGINT NOT NULL,
    jti             BLOB NOT NULL,
    kind            TEXT NOT NULL,
    operator_id     BIGINT,
    client_id       TEXT,
    parent          BLOB,
    kid             TEXT,
    rev             BIGINT NOT NULL,
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    address         TEXT,
    successor       BLOB,
    rotated_at      BIGINT,
    ends_at         BIGINT,
    due_told_at     BIGINT,
    grant_id        BLOB,
    PRIMARY KEY (organization_id, jti)
) WITHOUT ROWID;
INSERT INTO ledger_new (organization_id, jti, kind, operator_id, client_id, parent, kid, rev, issued_at, expires_at, last_used_at, address,
    successor, rotated_at, ends_at, due_told_at)
SELECT organization_id, jti, kind, operator_id, client_id, parent, kid, rev, issued_at, expires_at, last_used_at, address,
    successor, rotated_at, ends_at, due_told_at FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_new RENAME TO ledger;
CREATE INDEX ledger_expires_at ON ledger (expires_at);
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE kind = 'company';
CREATE INDEX ledger_ends_at ON ledger (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX ledger_client ON ledger (organization_id, client_id, issued_at) WHERE client_id IS NOT NULL;
CREATE INDEX ledger_grant ON ledger (organization_id, grant_id) WHERE grant_id IS NOT NULL;
-- Keys stay until what they have signed has expired.
CREATE INDEX ledger_kid ON ledger (kid, organization_id, jti) WHERE kind IN ('company', 'access', 'session');
