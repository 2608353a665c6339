-- A crash that takes back what was not yet on the disk empties this table, and so does a standby that takes over: who finds
-- another mark than before knows that rows may have gone back meanwhile.
CREATE UNLOGGED TABLE incarnations (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    mark BIGINT NOT NULL
);
