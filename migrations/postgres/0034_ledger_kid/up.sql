-- As on SQLite, which inserts lines more slowly with a list of values in the condition.
DROP INDEX ledger_kid;
CREATE INDEX ledger_kid ON ledger (kid, organization_id, jti) WHERE kind = 'company' OR kind = 'access' OR kind = 'session';
