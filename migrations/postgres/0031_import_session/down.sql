-- The version before does not know this act.
DELETE FROM audit WHERE action = 'operator_token.issued';
ALTER TABLE operator_imports DROP COLUMN began_in;
