CREATE TABLE webhooks (
    -- 0: the service's own, which hears of every organization.
    organization_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    url             TEXT NOT NULL,
    -- Words, a space between them.
    events          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'gone')),
    sealed_secret   BLOB NOT NULL,
    -- Which master key sealed it: a fingerprint.
    sealed_by       TEXT NOT NULL,
    -- Since when messages to it are given up; null: the last one arrived.
    gave_up_at      BIGINT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- What is to be told, written with the deed it tells of; a row for each endpoint that is to hear of it.
CREATE TABLE deliveries (
    organization_id BIGINT NOT NULL,
    webhook_id      BIGINT NOT NULL,
    id              TEXT NOT NULL,
    event           TEXT NOT NULL,
    body            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        BIGINT NOT NULL,
    -- When it is to be tried next; null: never again.
    due_at          BIGINT,
    attempted_at    BIGINT,
    -- What came of the last attempt.
    outcome         TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, webhook_id, id)
);

CREATE INDEX deliveries_due ON deliveries (due_at);
CREATE INDEX deliveries_of_webhook ON deliveries (organization_id, webhook_id, due_at);
CREATE INDEX deliveries_created_at ON deliveries (created_at);

INSERT INTO sequences (name, value) VALUES ('webhooks', 0);
