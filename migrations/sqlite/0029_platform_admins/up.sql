-- Admins of the platform. `login_key` is the login in the form in which logins are compared. Each has a second factor: `last_step` is the
-- step of the last code that was accepted.
CREATE TABLE platform_admins (
    id            BIGINT PRIMARY KEY NOT NULL,
    login         TEXT NOT NULL,
    login_key     TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    sealed_secret BLOB NOT NULL,
    sealed_by     TEXT NOT NULL,
    last_step     BIGINT,
    created_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX platform_admins_login_key ON platform_admins (login_key);

-- The recovery codes that were not used. `digest` is the SHA-256 of the code.
CREATE TABLE platform_recovery_codes (
    admin_id BIGINT NOT NULL,
    digest   BLOB NOT NULL,
    PRIMARY KEY (admin_id, digest)
);

-- Where each admin signed in from: an IPv4 address, or the first address of a /64 of IPv6.
CREATE TABLE platform_addresses (
    admin_id BIGINT NOT NULL,
    network  TEXT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (admin_id, network)
);
CREATE INDEX platform_addresses_last_at ON platform_addresses (last_at);

-- Sessions on the pages of the platform. `digest` is the SHA-256 of the cookie. `notice` is what the next page says was done.
CREATE TABLE platform_sessions (
    digest           BLOB PRIMARY KEY NOT NULL,
    id               BLOB NOT NULL,
    admin_id         BIGINT NOT NULL,
    state            TEXT NOT NULL,
    signed_in_at     BIGINT NOT NULL,
    last_seen_at     BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    wrong_codes      BIGINT NOT NULL,
    address          TEXT,
    agent            TEXT,
    notice           TEXT
);
CREATE UNIQUE INDEX platform_sessions_id ON platform_sessions (admin_id, id);
CREATE INDEX platform_sessions_last_seen_at ON platform_sessions (last_seen_at);

-- Forms of the platform that make something and were sent. `digest` is the SHA-256 of the form's field `once`, `made` is what it made.
CREATE TABLE platform_forms (
    digest  BLOB PRIMARY KEY NOT NULL,
    made    TEXT,
    sent_at BIGINT NOT NULL
);
CREATE INDEX platform_forms_sent_at ON platform_forms (sent_at);

INSERT INTO sequences (name, value) VALUES ('platform_admins', 0);

-- The version of Lanyard that the node runs.
ALTER TABLE nodes ADD COLUMN version TEXT;

-- When somebody asked that the job runs at once; empty once it did.
ALTER TABLE jobs ADD COLUMN wanted_at BIGINT;

-- The lines that the pages of the platform show: those of the service itself, and what was done to an organization as a whole.
CREATE INDEX audit_platform ON audit (id) WHERE organization_id IS NULL OR substr(target, 1, 13) = 'organization:';
