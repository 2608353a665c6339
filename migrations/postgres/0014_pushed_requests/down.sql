-- The version before would accept a request that was not pushed from a client that must push its requests.
DELETE FROM page_requests WHERE pushed IS NOT NULL;
DROP INDEX page_requests_pushed;
ALTER TABLE page_requests DROP COLUMN pushed;
DROP TABLE pushed_requests;
