-- Leader election: one node at a time runs the jobs of all nodes. It uses no wall clock: a holder whose `beats` do not change has
-- stopped.
CREATE TABLE duties (
    name   TEXT PRIMARY KEY NOT NULL,
    -- The node on duty; 0 if there is none.
    holder BIGINT NOT NULL,
    -- It rises with each change of the holder, so that a late write of an earlier holder is recognized.
    term   BIGINT NOT NULL,
    beats  BIGINT NOT NULL,
    -- How long the holder may work after a heartbeat (microseconds).
    lease  BIGINT NOT NULL
);
INSERT INTO duties (name, holder, term, beats, lease) VALUES ('jobs', 0, 0, 0, 0);

-- When each job last ran, so that the next node on duty continues from there.
CREATE TABLE jobs (
    name      TEXT PRIMARY KEY NOT NULL,
    ran_at    BIGINT,
    failed_at BIGINT,
    -- How often it has failed since it last succeeded.
    failures  BIGINT NOT NULL
);

CREATE INDEX feed_until ON feed (until);
