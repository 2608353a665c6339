-- A crash of the machine that takes rows back also ends every process that has read them, so this is an ordinary table here.
CREATE TABLE incarnations (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    mark BIGINT NOT NULL
);
