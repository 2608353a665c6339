-- Initial access tokens, by which clients register themselves (RFC 7591). `digest` is the SHA-256 of the text.
CREATE TABLE registration_tokens (
    organization_id BIGINT NOT NULL,
    digest          BLOB NOT NULL,
    uses_left       BIGINT NOT NULL CHECK (uses_left >= 0),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX registration_tokens_digest ON registration_tokens (digest);
