DELETE FROM sequences WHERE name = 'keys';
DROP INDEX ledger_company_kid;
DELETE FROM feed WHERE kind IN ('key', 'keys_changed');
ALTER TABLE feed DROP COLUMN kid;
ALTER TABLE signing_keys DROP COLUMN revoked_at;
ALTER TABLE signing_keys DROP COLUMN retiring_at;
