-- Sessions of the console. `digest` is the SHA-256 of the cookie, `operator_id` is NULL for the organization's own account. `credential_at` is
-- when the second factor of the operator, or the password of the organization, was set as the session began: if that changes, the session ends.
-- `notice` is what the next page says was done.
CREATE TABLE console_sessions (
    digest           BYTEA PRIMARY KEY NOT NULL,
    jti              BYTEA NOT NULL,
    organization_id  BIGINT NOT NULL,
    operator_id      BIGINT,
    rev              BIGINT NOT NULL,
    state            TEXT NOT NULL,
    amr              TEXT NOT NULL,
    signed_in_at     BIGINT NOT NULL,
    last_seen_at     BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    credential_at    BIGINT,
    wrong_codes      BIGINT NOT NULL,
    address          TEXT,
    agent            TEXT,
    notice           TEXT
);
CREATE UNIQUE INDEX console_sessions_jti ON console_sessions (organization_id, jti);
CREATE INDEX console_sessions_last_seen_at ON console_sessions (last_seen_at);

-- Forms of the console that make something and were sent. `digest` is the SHA-256 of the form's field `once`, `made` is what it made.
CREATE TABLE console_forms (
    organization_id BIGINT NOT NULL,
    digest          BYTEA NOT NULL,
    made            TEXT,
    sent_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX console_forms_sent_at ON console_forms (sent_at);

ALTER TABLE organizations ADD COLUMN password_set_at BIGINT;
