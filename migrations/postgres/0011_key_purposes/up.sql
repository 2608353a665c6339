-- What a signing key is for. It signs for one purpose only.
ALTER TABLE signing_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'tokens';

-- One key signs for each purpose with each algorithm.
DROP INDEX signing_keys_active;
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (purpose, algorithm) WHERE state = 'active';

-- The purposes and algorithms that keys are kept for, besides the tokens that are signed with tokens.algorithm.
CREATE TABLE key_demands (
    purpose   TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (purpose, algorithm)
);
