-- The words by which an operator that is not deleted is found: folded (no case, no diacritics), so SQL cannot compute them. The service
-- fills in those of older operators; `operator_words_filled` has one row, with the id of the last one that it has looked at.
CREATE TABLE operator_words (
    organization_id BIGINT NOT NULL,
    word            TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    PRIMARY KEY (organization_id, word, operator_id)
) WITHOUT ROWID;
CREATE INDEX operator_words_operator_id ON operator_words (operator_id);

CREATE TABLE operator_words_filled (
    id    BIGINT PRIMARY KEY NOT NULL,
    up_to BIGINT NOT NULL
);
INSERT INTO operator_words_filled (id, up_to) VALUES (1, 0);
