-- What each organization did, counted by minute, quarter of an hour and UTC day (`grain`); `at` is when that began. Organization 0 is the service itself: it
-- has a row wherever a node ran, so that no row of an organization means "nothing" there and "not known" elsewhere. `live` is the number of company
-- and operator tokens that were valid when they were last counted, NULL if they were not.
CREATE TABLE usage (
    organization_id BIGINT NOT NULL,
    grain           TEXT NOT NULL,
    at              BIGINT NOT NULL,
    valid           BIGINT NOT NULL,
    expired         BIGINT NOT NULL,
    revoked         BIGINT NOT NULL,
    invalid         BIGINT NOT NULL,
    issued_company  BIGINT NOT NULL,
    issued_operator BIGINT NOT NULL,
    issued_oauth    BIGINT NOT NULL,
    key_used        BIGINT NOT NULL,
    key_refused     BIGINT NOT NULL,
    signed_in       BIGINT NOT NULL,
    sign_in_refused BIGINT NOT NULL,
    revoked_entries BIGINT NOT NULL,
    live            BIGINT,
    PRIMARY KEY (organization_id, grain, at)
);
CREATE INDEX usage_at ON usage (grain, at);
