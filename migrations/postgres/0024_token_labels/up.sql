-- What people write beside a token: the label of a company token, and the note of its issue.
ALTER TABLE ledger ADD COLUMN label TEXT;
ALTER TABLE ledger ADD COLUMN note TEXT;
-- When a token was first used. NULL in lines from before this migration, and before the first use.
ALTER TABLE ledger ADD COLUMN first_used_at BIGINT;

-- The tokens that were issued with a company token or in a session of the console.
CREATE INDEX ledger_parent ON ledger (organization_id, parent, jti) WHERE parent IS NOT NULL;
