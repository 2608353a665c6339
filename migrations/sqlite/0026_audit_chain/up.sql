-- The chain over the audit log. Each line names the batch that sealed it (NULL: none yet); `link` is its hash over the one before it, and `salts` say how
-- its address, request id and detail enter that hash, so that they can be erased later.
ALTER TABLE audit ADD COLUMN batch BIGINT;
ALTER TABLE audit ADD COLUMN link BLOB;
ALTER TABLE audit ADD COLUMN salts BLOB;
CREATE INDEX audit_batch ON audit (batch, id);

-- What the lines of one person are found by.
CREATE INDEX audit_actor ON audit (organization_id, actor, id);
CREATE INDEX audit_target ON audit (organization_id, target, id);

-- The batches, numbered from 1 without gaps. `last_line` is the highest id of its lines.
CREATE TABLE audit_batches (
    id        BIGINT PRIMARY KEY NOT NULL,
    lines     BIGINT NOT NULL,
    last_line BIGINT NOT NULL,
    hash      BLOB NOT NULL,
    closed_at BIGINT NOT NULL
);

-- One row: the newest batch, the newest one that was purged, when the newest hash was last sent to webhooks, up to which batch the job that checks the
-- chain has come, and the first batch in which it found a fault.
CREATE TABLE audit_chain (
    id            BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    batch         BIGINT NOT NULL,
    hash          BLOB NOT NULL,
    purged_batch  BIGINT NOT NULL,
    purged_hash   BLOB NOT NULL,
    announced_at  BIGINT,
    checked_batch BIGINT NOT NULL,
    broken_batch  BIGINT
);
INSERT INTO audit_chain (id, batch, hash, purged_batch, purged_hash, checked_batch) VALUES (1, 0, zeroblob(32), 0, zeroblob(32), 0);
