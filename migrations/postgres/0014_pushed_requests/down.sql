-- The version before would take the request of a client that must push its requests for one that was not pushed.
DELETE FROM page_requests WHERE pushed IS NOT NULL;
DROP INDEX page_requests_pushed;
ALTER TABLE page_requests DROP COLUMN pushed;
DROP TABLE pushed_requests;
