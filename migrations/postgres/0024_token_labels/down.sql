-- The version before does not know these acts.
DELETE FROM audit WHERE action IN ('company_token.issued', 'company_token.labelled', 'company_token.retired', 'webhook.retried');
DROP INDEX ledger_parent;
ALTER TABLE ledger DROP COLUMN first_used_at;
ALTER TABLE ledger DROP COLUMN note;
ALTER TABLE ledger DROP COLUMN label;
