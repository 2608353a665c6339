DROP INDEX feed_until;
DROP TABLE jobs;
DROP TABLE duties;
