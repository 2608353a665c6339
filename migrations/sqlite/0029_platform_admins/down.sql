DROP INDEX audit_platform;
ALTER TABLE jobs DROP COLUMN wanted_at;
ALTER TABLE nodes DROP COLUMN version;
DELETE FROM sequences WHERE name = 'platform_admins';
DROP TABLE platform_forms;
DROP TABLE platform_sessions;
DROP TABLE platform_addresses;
DROP TABLE platform_recovery_codes;
DROP TABLE platform_admins;
