-- What one node at a time does for all of them. No clock is in here: a row whose beats stand still is one of a node that is gone.
CREATE TABLE duties (
    name   TEXT PRIMARY KEY NOT NULL,
    -- The node on duty; 0: none.
    holder BIGINT NOT NULL,
    -- Rises with each change of holder: a late one is told apart by it.
    term   BIGINT NOT NULL,
    beats  BIGINT NOT NULL,
    -- How long the holder may go on after a beat (microseconds).
    lease  BIGINT NOT NULL
);
INSERT INTO duties (name, holder, term, beats, lease) VALUES ('jobs', 0, 0, 0, 0);

-- When each job was last done, so that whoever is on duty next goes on from there.
CREATE TABLE jobs (
    name      TEXT PRIMARY KEY NOT NULL,
    ran_at    BIGINT,
    failed_at BIGINT,
    -- In a row, since it was last done.
    failures  BIGINT NOT NULL
);

CREATE INDEX feed_until ON feed (until);
