DROP TABLE audit_chain;
DROP TABLE audit_batches;
DROP INDEX audit_target;
DROP INDEX audit_actor;
DROP INDEX audit_batch;
ALTER TABLE audit DROP COLUMN salts;
ALTER TABLE audit DROP COLUMN link;
ALTER TABLE audit DROP COLUMN batch;
