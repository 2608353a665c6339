-- The alerts that an organization receives about the use of its API keys. NULL is the default.
ALTER TABLE organizations ADD COLUMN alert_new_network BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE organizations ADD COLUMN alert_silence_days BIGINT;
ALTER TABLE organizations ADD COLUMN alert_rate_factor BIGINT;
ALTER TABLE organizations ADD COLUMN alert_rate_floor BIGINT;

-- The networks that each API key was used from, with the last day (days since 1970-01-01 in UTC).
CREATE TABLE api_key_networks (
    organization_id BIGINT NOT NULL,
    key_id          TEXT NOT NULL,
    network         TEXT NOT NULL,
    seen_day        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key_id, network)
);
CREATE INDEX api_key_networks_seen_day ON api_key_networks (seen_day);

-- The latest hour (hours since 1970-01-01) in which each API key was used, how often, and when each alert about it was last sent.
CREATE TABLE api_key_watch (
    organization_id BIGINT NOT NULL,
    key_id          TEXT NOT NULL,
    hour            BIGINT,
    requests        BIGINT NOT NULL,
    new_network_at  BIGINT,
    woke_up_at      BIGINT,
    rate_jump_at    BIGINT,
    PRIMARY KEY (organization_id, key_id)
);

-- The processes that write uses of API keys, each with the number of its last batch.
CREATE TABLE api_key_writers (
    writer TEXT NOT NULL PRIMARY KEY,
    batch  BIGINT NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX api_key_writers_at ON api_key_writers (at);
