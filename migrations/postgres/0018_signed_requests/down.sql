-- The version before knows no signed requests: a key that requires them would be accepted without. It is quarantined.
UPDATE api_keys SET status = 'quarantined' WHERE require_signature AND status = 'active';
UPDATE api_keys SET refused_at = NULL, refused_reason = NULL, refused_address = NULL WHERE refused_reason = 'signature_required';
DROP TABLE api_key_secrets;
DELETE FROM sequences WHERE name = 'api_key_secrets';
ALTER TABLE api_keys DROP COLUMN require_signature;
ALTER TABLE api_keys DROP COLUMN signing;
