-- A crash, which may take back what was not yet on the disk, empties this table, and so does the promotion of a standby. A node that
-- finds another mark than before concludes that rows may have gone back.
CREATE UNLOGGED TABLE incarnations (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    mark BIGINT NOT NULL
);
