-- Since when an organization ends company tokens that are due, under its present terms; null: it does not.
ALTER TABLE organizations ADD COLUMN enforced_since BIGINT;
UPDATE organizations SET enforced_since = CAST(unixepoch() AS BIGINT) * 1000000 WHERE enforce_rotation;

-- A company token that was rotated: what came after it, and when.
ALTER TABLE ledger ADD COLUMN successor BLOB;
ALTER TABLE ledger ADD COLUMN rotated_at BIGINT;
-- When a company token ends by rotation or because it was not rotated; null: it does not.
ALTER TABLE ledger ADD COLUMN ends_at BIGINT;
-- When the audit log was told that it is due for rotation; null: not yet.
ALTER TABLE ledger ADD COLUMN due_told_at BIGINT;

-- Company tokens are few among many.
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE operator_id IS NULL;
CREATE INDEX ledger_ends_at ON ledger (ends_at) WHERE ends_at IS NOT NULL;

-- For what says when a company token ends: the instant.
ALTER TABLE feed ADD COLUMN ends_at BIGINT;

-- Which entries speak of one token.
CREATE INDEX feed_concerning ON feed (organization_id, kind, jti, operator_id, seq);

-- The entry of the feed that the deed was written with.
ALTER TABLE audit ADD COLUMN feed_seq BIGINT;

CREATE INDEX audit_feed_seq ON audit (feed_seq) WHERE feed_seq IS NOT NULL;
