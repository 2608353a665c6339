-- How long the service has run (microseconds), measured by the monotonic clocks of the nodes on duty.
CREATE TABLE service_uptime (
    id     BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    micros BIGINT NOT NULL
);
INSERT INTO service_uptime (id, micros) VALUES (1, 0);

-- A row for each hour of uptime: an entry of the feed, and the state at that moment. What is older than a tick is found by it and not
-- by a wall clock.
CREATE TABLE ticks (
    seq      BIGINT PRIMARY KEY NOT NULL,
    uptime   BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    -- The last line of the audit log at that moment.
    audit_id BIGINT NOT NULL
);

-- How long anything that the entry concerns can stay valid, in days of uptime after the entry; NULL if it has no end.
ALTER TABLE feed ADD COLUMN life_days BIGINT;
-- The last sequence before the lost ones, in an entry that says that sequences were lost.
ALTER TABLE feed ADD COLUMN after_seq BIGINT;
UPDATE feed SET life_days = CASE
    WHEN kind IN ('token', 'operator') THEN 1
    WHEN kind IN ('operator_changed', 'organization_changed', 'keys_changed') THEN 0
    WHEN kind IN ('company_token', 'company_token_ends') THEN (
        SELECT (ledger.expires_at - ledger.issued_at) / 86400000000 + 1 FROM ledger
        WHERE ledger.organization_id = feed.organization_id AND ledger.jti = feed.jti)
    END;
DROP INDEX feed_until;
CREATE INDEX feed_life ON feed (life_days, seq);

-- The latest time, by any clock, at which an entry was written.
ALTER TABLE feed_head ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
UPDATE feed_head SET at = COALESCE((SELECT MAX(at) FROM feed), 0);

-- The last entry before the key stopped signing. No token that it signed names a later one.
ALTER TABLE signing_keys ADD COLUMN retiring_seq BIGINT;
UPDATE signing_keys SET retiring_seq = (SELECT seq FROM feed_head) WHERE retiring_at IS NOT NULL;

-- The entry that says that the organization was created. No token of it names an earlier one. 0 if there were no such entries yet.
ALTER TABLE organizations ADD COLUMN created_seq BIGINT NOT NULL DEFAULT 0;

-- A company token is recognized by its kind: other tokens can be without an operator, too.
DROP INDEX ledger_company_kid;
CREATE INDEX ledger_company_kid ON ledger (kid, organization_id, jti) WHERE kind = 'company';
DROP INDEX ledger_company_tokens;
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE kind = 'company';
