-- Imports of operators. The account that has checked one is `operator_id`, or the session `session_jti` of the organization's own account.
-- `lines` is their number, `done` is how many were applied or refused. `sealed_lines` is empty once the import has ended.
CREATE TABLE operator_imports (
    organization_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    state           TEXT NOT NULL,
    lines           BIGINT NOT NULL,
    done            BIGINT NOT NULL,
    operator_id     BIGINT,
    session_jti     BYTEA,
    address         TEXT,
    request_id      TEXT,
    checked_at      BIGINT NOT NULL,
    sealed_lines    BYTEA NOT NULL,
    sealed_by       TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX operator_imports_state ON operator_imports (state, checked_at);

-- What became of the lines of an import: one row for each transaction, with the number of its first line among all.
CREATE TABLE operator_import_results (
    organization_id BIGINT NOT NULL,
    import_id       BIGINT NOT NULL,
    first           BIGINT NOT NULL,
    results         TEXT NOT NULL,
    PRIMARY KEY (organization_id, import_id, first)
);

INSERT INTO sequences (name, value) VALUES ('operator_imports', 0);
