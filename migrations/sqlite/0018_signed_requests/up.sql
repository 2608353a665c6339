-- Signed requests (RFC 9421). `signing`: whether the key has a signing secret.
ALTER TABLE api_keys ADD COLUMN signing BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE api_keys ADD COLUMN require_signature BOOLEAN NOT NULL DEFAULT FALSE;

-- The signing secrets of API keys. `digest` is the SHA-256 of a secret, by which a report of a leak finds it; `ends_at` is NULL for the present
-- one.
CREATE TABLE api_key_secrets (
    organization_id BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    key_id          TEXT NOT NULL,
    sealed_secret   BLOB NOT NULL,
    sealed_by       TEXT NOT NULL,
    ends_at         BIGINT,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX api_key_secrets_digest ON api_key_secrets (digest);
CREATE INDEX api_key_secrets_key ON api_key_secrets (organization_id, key_id);
CREATE INDEX api_key_secrets_ends_at ON api_key_secrets (ends_at);
INSERT INTO sequences (name, value) VALUES ('api_key_secrets', 0);
