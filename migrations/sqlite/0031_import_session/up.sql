-- The console session in which an import was begun: it stops with that session. NULL in imports that were begun before this migration.
ALTER TABLE operator_imports ADD COLUMN began_in BLOB;
