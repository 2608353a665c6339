-- Requests that clients push before they send a browser (RFC 9126). `digest` is the SHA-256 of the secret part of the `request_uri`;
-- `parameters` is JSON. A request that was answered has no row any more, so that it is answered once.
CREATE TABLE pushed_requests (
    organization_id BIGINT NOT NULL,
    digest          BYTEA NOT NULL,
    client_id       TEXT NOT NULL,
    parameters      TEXT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX pushed_requests_client ON pushed_requests (organization_id, client_id, expires_at);
CREATE INDEX pushed_requests_expires_at ON pushed_requests (expires_at);

-- `pushed` is the digest of the pushed request that a browser has opened.
ALTER TABLE page_requests ADD COLUMN pushed BYTEA;
CREATE INDEX page_requests_pushed ON page_requests (pushed) WHERE pushed IS NOT NULL;
