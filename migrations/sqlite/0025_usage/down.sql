DROP INDEX operators_role;
DROP TABLE usage;
