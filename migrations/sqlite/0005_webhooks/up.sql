CREATE TABLE webhooks (
    -- 0 for an endpoint of the service itself, which receives the events of every organization.
    organization_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    url             TEXT NOT NULL,
    -- The names of events, separated by spaces.
    events          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'gone')),
    sealed_secret   BLOB NOT NULL,
    -- The fingerprint of the master key that sealed it.
    sealed_by       TEXT NOT NULL,
    -- Since when messages to it have been given up; NULL if the last one was delivered.
    gave_up_at      BIGINT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- The messages to send, each written in the transaction that caused it; a row for each endpoint that receives it.
CREATE TABLE deliveries (
    organization_id BIGINT NOT NULL,
    webhook_id      BIGINT NOT NULL,
    id              TEXT NOT NULL,
    event           TEXT NOT NULL,
    body            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        BIGINT NOT NULL,
    -- When the next attempt is due; NULL if there is none.
    due_at          BIGINT,
    attempted_at    BIGINT,
    -- The outcome of the last attempt.
    outcome         TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, webhook_id, id)
);

CREATE INDEX deliveries_due ON deliveries (due_at);
CREATE INDEX deliveries_of_webhook ON deliveries (organization_id, webhook_id, due_at);
CREATE INDEX deliveries_created_at ON deliveries (created_at);

INSERT INTO sequences (name, value) VALUES ('webhooks', 0);
