DROP INDEX ledger_kid;
CREATE INDEX ledger_kid ON ledger (kid, organization_id, jti) WHERE kind IN ('company', 'access', 'session');
