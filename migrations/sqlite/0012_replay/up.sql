-- Values that may be used once: proofs, assertions, nonces. A value is 128 bits of a SHA-256. A bucket is five minutes: the one in which
-- whatever the value guards is last accepted.
CREATE TABLE replay (
    organization_id BIGINT NOT NULL,
    purpose         TEXT NOT NULL,
    value           BLOB NOT NULL CHECK (length(value) = 16),
    bucket          BIGINT NOT NULL,
    PRIMARY KEY (organization_id, purpose, value)
);

CREATE INDEX replay_bucket ON replay (bucket, organization_id, purpose);

-- Values of this bucket and of earlier ones are refused, whatever any clock says; those up to `settled` may be deleted. `uptime` is how
-- long the service had run (microseconds) when `bucket` was raised.
CREATE TABLE replay_floor (
    id      BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    bucket  BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    uptime  BIGINT NOT NULL
);

INSERT INTO replay_floor (id, bucket, settled, uptime) VALUES (1, 0, 0, 0);
