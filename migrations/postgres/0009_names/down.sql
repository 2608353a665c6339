DROP INDEX operators_email_unfolded;
DROP INDEX operators_email_fold;
DROP INDEX organizations_login_fold;
ALTER TABLE operators DROP COLUMN email_fold;
ALTER TABLE organizations DROP COLUMN login_fold;
