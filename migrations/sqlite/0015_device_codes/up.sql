-- Device codes. `digest` is the SHA-256 of a device code, `user_digest` that of the code that its user types. `granted_scopes` and what
-- follows it are set when an operator allows the device.
CREATE TABLE device_codes (
    organization_id BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    user_digest     BLOB NOT NULL,
    client_id       TEXT NOT NULL,
    grant_id        BLOB NOT NULL,
    state           TEXT NOT NULL,
    asked_scopes    TEXT,
    resources       TEXT NOT NULL,
    rev             BIGINT NOT NULL,
    poll_seconds    BIGINT NOT NULL,
    last_poll_at    BIGINT,
    expires_at      BIGINT NOT NULL,
    granted_scopes  TEXT,
    operator_id     BIGINT,
    auth_time       BIGINT,
    amr             TEXT,
    sid             BLOB,
    allowed_rev     BIGINT,
    PRIMARY KEY (organization_id, digest)
);
-- A user code names the organization, so it is unique over all of them.
CREATE UNIQUE INDEX device_codes_user_digest ON device_codes (user_digest);
CREATE INDEX device_codes_client ON device_codes (organization_id, client_id, expires_at);
CREATE INDEX device_codes_expires_at ON device_codes (expires_at);

-- Wrong user codes. Each takes one of the places of the network that it came from.
CREATE TABLE device_guesses (
    network TEXT NOT NULL,
    place   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (network, place)
);
CREATE INDEX device_guesses_at ON device_guesses (at);
