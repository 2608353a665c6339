ALTER TABLE platform_admins DROP COLUMN language;
ALTER TABLE organizations DROP COLUMN language;
ALTER TABLE operators DROP COLUMN language;
