DROP TABLE key_demands;

-- The version before has keys of one purpose only. Tokens that the others have signed are no credentials there.
DELETE FROM signing_keys WHERE purpose <> 'tokens';
DROP INDEX signing_keys_active;
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (algorithm) WHERE state = 'active';
ALTER TABLE signing_keys DROP COLUMN purpose;
