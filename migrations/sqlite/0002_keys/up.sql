-- When it stopped signing, and when what it had signed was revoked; NULL if it was not.
ALTER TABLE signing_keys ADD COLUMN retiring_at BIGINT;
ALTER TABLE signing_keys ADD COLUMN revoked_at BIGINT;

-- The signing key that an entry concerns.
ALTER TABLE feed ADD COLUMN kid TEXT;

-- Company tokens by key: a key stays until the last of them has expired. Operator tokens, which are many, are left out.
CREATE INDEX ledger_company_kid ON ledger (kid, organization_id, jti) WHERE operator_id IS NULL;

INSERT INTO sequences (name, value) VALUES ('keys', 0);
