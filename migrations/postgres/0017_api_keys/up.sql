-- API keys. `scopes` and `allowed_ips` are separated by spaces. `start_text` and `end_text` are what a record shows of the present text.
CREATE TABLE api_keys (
    organization_id   BIGINT NOT NULL,
    id                TEXT NOT NULL,
    name              TEXT NOT NULL,
    environment       TEXT NOT NULL,
    prefix            TEXT NOT NULL,
    start_text        TEXT NOT NULL,
    end_text          TEXT NOT NULL,
    scopes            TEXT NOT NULL,
    role              TEXT,
    operator_id       BIGINT,
    expires_at        BIGINT,
    allowed_ips       TEXT NOT NULL,
    status            TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    last_used_at      BIGINT,
    last_used_address TEXT,
    refused_at        BIGINT,
    refused_reason    TEXT,
    refused_address   TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX api_keys_created_at ON api_keys (organization_id, created_at, id);
CREATE INDEX api_keys_id ON api_keys (id);

-- The texts of API keys. `digest` is the SHA-256 of a text; `ends_at` is NULL for the present one.
CREATE TABLE api_key_texts (
    organization_id BIGINT NOT NULL,
    digest          BYTEA NOT NULL,
    key_id          TEXT NOT NULL,
    ends_at         BIGINT,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX api_key_texts_digest ON api_key_texts (digest);
CREATE INDEX api_key_texts_key ON api_key_texts (organization_id, key_id);
CREATE INDEX api_key_texts_ends_at ON api_key_texts (ends_at);

-- The use of API keys by day (days since 1970-01-01 in UTC).
CREATE TABLE api_key_usage (
    organization_id BIGINT NOT NULL,
    key_id          TEXT NOT NULL,
    day             BIGINT NOT NULL,
    requests        BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    last_address    TEXT,
    PRIMARY KEY (organization_id, day, key_id)
);
CREATE INDEX api_key_usage_day ON api_key_usage (day);
