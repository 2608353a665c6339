-- How long the service has run (microseconds), as the nodes on duty have measured it by clocks that nobody sets.
CREATE TABLE service_uptime (
    id     BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    micros BIGINT NOT NULL
);
INSERT INTO service_uptime (id, micros) VALUES (1, 0);

-- Every hour of uptime, an entry of the feed and what was so then: what is older than a tick is told by it, not by a wall clock.
CREATE TABLE ticks (
    seq      BIGINT PRIMARY KEY NOT NULL,
    uptime   BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    -- The last line of the audit log then.
    audit_id BIGINT NOT NULL
);

-- How long anything may live that the entry concerns, in days of uptime from the entry on; null: without end.
ALTER TABLE feed ADD COLUMN life_days BIGINT;
-- For what tells of lost sequences: the last one before them.
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

-- The latest instant that any clock has written an entry at.
ALTER TABLE feed_head ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
UPDATE feed_head SET at = COALESCE((SELECT MAX(at) FROM feed), 0);

-- The last entry before the key ceased to sign: nothing it signed names a later one.
ALTER TABLE signing_keys ADD COLUMN retiring_seq BIGINT;
UPDATE signing_keys SET retiring_seq = (SELECT seq FROM feed_head) WHERE retiring_at IS NOT NULL;

-- The entry that tells of the organization: no token of it names an earlier one. 0: from before such entries.
ALTER TABLE organizations ADD COLUMN created_seq BIGINT NOT NULL DEFAULT 0;

-- Company tokens are told by their kind; a token without an operator need not be one.
DROP INDEX ledger_company_kid;
CREATE INDEX ledger_company_kid ON ledger (kid, organization_id, jti) WHERE kind = 'company';
DROP INDEX ledger_company_tokens;
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE kind = 'company';
