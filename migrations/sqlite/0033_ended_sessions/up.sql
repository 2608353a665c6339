-- Whose a session of the console was that an act has ended: a form that is sent afterwards comes back after a sign-in. `digest` is the SHA-256 of
-- the cookie. `operator_id` is NULL if the organization had signed in itself. Rows go when the session would have been idle.
CREATE TABLE ended_console_sessions (
    digest          BLOB PRIMARY KEY NOT NULL,
    organization_id BIGINT NOT NULL,
    operator_id     BIGINT,
    last_seen_at    BIGINT NOT NULL
);
CREATE INDEX ended_console_sessions_last_seen_at ON ended_console_sessions (last_seen_at);

-- The same for sessions on the pages of the platform.
CREATE TABLE ended_platform_sessions (
    digest       BLOB PRIMARY KEY NOT NULL,
    admin_id     BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX ended_platform_sessions_last_seen_at ON ended_platform_sessions (last_seen_at);
