DROP INDEX operators_role;
CREATE INDEX operators_role ON operators (organization_id, role, status) WHERE role IS NOT NULL;
DROP INDEX operators_status;
DROP INDEX operators_name;
ALTER TABLE operators DROP COLUMN name_fold;
ALTER TABLE operators DROP COLUMN last_token_at;
