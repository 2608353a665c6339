-- Since when an organization enforces rotation under its present policy; NULL if it does not.
ALTER TABLE organizations ADD COLUMN enforced_since BIGINT;
UPDATE organizations SET enforced_since = (extract(epoch FROM now()) * 1000000)::bigint WHERE enforce_rotation;

-- The successor of a company token that was rotated, and when it was rotated.
ALTER TABLE ledger ADD COLUMN successor BYTEA;
ALTER TABLE ledger ADD COLUMN rotated_at BIGINT;
-- When a company token expires because it was rotated, or was not rotated in time; NULL if neither is so.
ALTER TABLE ledger ADD COLUMN ends_at BIGINT;
-- When the audit event was written that it is due for rotation; NULL if none was.
ALTER TABLE ledger ADD COLUMN due_told_at BIGINT;

-- Company tokens are a small part of the ledger.
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE operator_id IS NULL;
CREATE INDEX ledger_ends_at ON ledger (ends_at) WHERE ends_at IS NOT NULL;

-- The instant, in an entry that gives a company token an end.
ALTER TABLE feed ADD COLUMN ends_at BIGINT;

-- The entries that concern one token.
CREATE INDEX feed_concerning ON feed (organization_id, kind, jti, operator_id, seq);

-- The entry of the feed that was written together with the audit event.
ALTER TABLE audit ADD COLUMN feed_seq BIGINT;

CREATE INDEX audit_feed_seq ON audit (feed_seq) WHERE feed_seq IS NOT NULL;
