-- Where a crash of the machine takes something back, no process is left that could have seen it.
CREATE TABLE incarnations (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    mark BIGINT NOT NULL
);
