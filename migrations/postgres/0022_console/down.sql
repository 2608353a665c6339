ALTER TABLE organizations DROP COLUMN password_set_at;
DROP TABLE console_forms;
DROP TABLE console_sessions;
