-- The version before knows no API keys.
DELETE FROM feed WHERE kind IN ('api_key', 'api_key_changed');
DELETE FROM audit WHERE action LIKE 'api_key.%';
DROP TABLE api_key_usage;
DROP TABLE api_key_texts;
DROP TABLE api_keys;
