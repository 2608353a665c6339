-- The version before knows no sessions of the console.
DELETE FROM ledger WHERE kind = 'console';
ALTER TABLE organizations DROP COLUMN password_set_at;
DROP TABLE console_forms;
DROP TABLE console_sessions;
