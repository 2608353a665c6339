DROP INDEX operators_role;
ALTER TABLE organizations DROP COLUMN console_sign_in;
