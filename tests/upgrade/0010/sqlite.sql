PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations VALUES('0001','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0002','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0003','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0004','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0005','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0006','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0007','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0008','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0009','2026-11-26 23:05:46');
INSERT INTO __diesel_schema_migrations VALUES('0010','2026-11-26 23:05:46');
CREATE TABLE organizations (
    id                             BIGINT PRIMARY KEY NOT NULL,
    login                          TEXT NOT NULL,
    -- The login without regard to case: what is unique, matched and throttled.
    login_key                      TEXT NOT NULL UNIQUE,
    name                           TEXT NOT NULL,
    password_hash                  TEXT NOT NULL,
    status                         TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    operator_token_max_seconds     BIGINT CHECK (operator_token_max_seconds BETWEEN 1 AND 86400),
    company_token_lifetime_seconds BIGINT CHECK (company_token_lifetime_seconds > 0),
    rotation_period_days           BIGINT CHECK (rotation_period_days > 0),
    rotation_grace_seconds         BIGINT CHECK (rotation_grace_seconds >= 0),
    enforce_rotation               BOOLEAN NOT NULL,
    rotated_at                     BIGINT,
    created_at                     BIGINT NOT NULL,
    updated_at                     BIGINT NOT NULL
, enforced_since BIGINT, created_seq BIGINT NOT NULL DEFAULT 0, login_fold TEXT);
INSERT INTO organizations VALUES(1,'công-ty','công-ty','công-ty Ltd','$2b$04$Js1keVbklMOqU30xHx5T1.9u0rImQ8rH9ROAqhrluzg/L1K.1RfXC','active',NULL,NULL,NULL,NULL,0,1901232000000000,1893456000000000,1901232000000000,NULL,1,'công-ty');
INSERT INTO organizations VALUES(2,'other','other','other Ltd','$2b$04$4BabUVI79Db/eTlnFBWq9.dpUleiQiyjZBgQhtFhH4gyUhEOU56UK','active',NULL,NULL,NULL,NULL,0,NULL,1893456000000000,1893456000000000,NULL,2,'other');
CREATE TABLE operators (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    id              BIGINT NOT NULL,
    name            TEXT NOT NULL,
    -- The chat platform's own id.
    external_id     TEXT,
    email           TEXT,
    email_key       TEXT,
    role            TEXT,
    status          TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'deleted')),
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL, email_fold TEXT,
    PRIMARY KEY (organization_id, id)
);
INSERT INTO operators VALUES(1,1,'Lan',NULL,NULL,NULL,NULL,'active',1893456000000000,1893456000000000,NULL);
INSERT INTO operators VALUES(1,2,'Minh',NULL,NULL,NULL,NULL,'active',1893456000000000,1893456000000000,NULL);
INSERT INTO operators VALUES(2,3,'Hoa',NULL,NULL,NULL,NULL,'active',1893456000000000,1893456000000000,NULL);
CREATE TABLE ledger (
    organization_id BIGINT NOT NULL,
    jti             BLOB NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('company', 'operator')),
    operator_id     BIGINT,
    client_id       TEXT,
    parent          BLOB,
    kid             TEXT NOT NULL,
    rev             BIGINT NOT NULL,
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    address         TEXT, successor BLOB, rotated_at BIGINT, ends_at BIGINT, due_told_at BIGINT,
    PRIMARY KEY (organization_id, jti)
) WITHOUT ROWID;
INSERT INTO ledger VALUES(1,X'01b8dac5b40074d3864d2137b3efd9ac','company',NULL,NULL,NULL,'1gli6TtNYN3_',2,1893456000000000,NULL,1901228400000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01b8dac5b4007676a4ebd878d61ffd19','company',NULL,NULL,NULL,'1gli6TtNYN3_',1,1893456000000000,NULL,1901235600000000,'127.0.0.1',X'01baaa420c007f0488c4fe485a2dce12',1901232000000000,1901836800000000,NULL);
INSERT INTO ledger VALUES(1,X'01baaa0b1d80705995cbd6971b8aee65','operator',1,NULL,X'01b8dac5b4007676a4ebd878d61ffd19','1gli6TtNYN3_',6,1901228400000000,1901314800000000,1901235600000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa0b1d80761db169561ca96d49a5','operator',1,NULL,X'01b8dac5b40074d3864d2137b3efd9ac','1gli6TtNYN3_',6,1901228400000000,1901314800000000,NULL,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa420c00726f9e1205599898c1ca','operator',2,NULL,X'01baaa420c007f0488c4fe485a2dce12','71p34xfBmdWC',11,1901232000000000,1901318400000000,1901235600000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa420c007280888e5be5edf64c24','operator',1,NULL,X'01baaa420c007f0488c4fe485a2dce12','71p34xfBmdWC',9,1901232000000000,1901318400000000,NULL,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa420c007ecc8191f988b9e62983','operator',1,NULL,X'01baaa420c007f0488c4fe485a2dce12','71p34xfBmdWC',9,1901232000000000,1901318400000000,1901235600000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa420c007f0488c4fe485a2dce12','company',NULL,NULL,NULL,'71p34xfBmdWC',8,1901232000000000,NULL,1901235600000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(1,X'01baaa420c007fc599cf540aadd48d0b','operator',2,NULL,X'01baaa420c007f0488c4fe485a2dce12','71p34xfBmdWC',9,1901232000000000,1901318400000000,NULL,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(2,X'01b8dac5b4007656be69d7ed10831a43','company',NULL,NULL,NULL,'1gli6TtNYN3_',2,1893456000000000,NULL,1901232000000000,'127.0.0.1',NULL,NULL,NULL,NULL);
INSERT INTO ledger VALUES(2,X'01baaa420c007cbaac9f01253b667209','operator',3,NULL,X'01b8dac5b4007656be69d7ed10831a43','71p34xfBmdWC',9,1901232000000000,1901318400000000,NULL,'127.0.0.1',NULL,NULL,NULL,NULL);
CREATE TABLE feed_head (
    id  BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    seq BIGINT NOT NULL
, mark BIGINT NOT NULL DEFAULT 0, at BIGINT NOT NULL DEFAULT 0);
INSERT INTO feed_head VALUES(1,14,-5794649064130472945,1901235600000000);
CREATE TABLE feed (
    seq             BIGINT PRIMARY KEY NOT NULL,
    organization_id BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    jti             BLOB,
    operator_id     BIGINT,
    at              BIGINT NOT NULL,
    -- After this instant nothing the entry kills can be alive; null: never.
    until           BIGINT
, kid TEXT, ends_at BIGINT, mark BIGINT NOT NULL DEFAULT 0, life_days BIGINT, after_seq BIGINT);
INSERT INTO feed VALUES(0,0,'keys_changed',NULL,NULL,0,0,NULL,NULL,0,0,NULL);
INSERT INTO feed VALUES(1,1,'organization_created',NULL,NULL,1893456000000000,1893456000000000,NULL,NULL,6263753641332251921,0,NULL);
INSERT INTO feed VALUES(2,2,'organization_created',NULL,NULL,1893456000000000,1893456000000000,NULL,NULL,-8052371332178007196,0,NULL);
INSERT INTO feed VALUES(3,0,'tick',NULL,NULL,1893456000000000,1893456000000000,NULL,NULL,-2986190162052473871,0,NULL);
INSERT INTO feed VALUES(4,0,'tick',NULL,NULL,1901145600000000,1901145600000000,NULL,NULL,-9026535294561455448,0,NULL);
INSERT INTO feed VALUES(5,0,'keys_changed',NULL,NULL,1901145600000000,1901145600000000,NULL,NULL,310042987268251008,0,NULL);
INSERT INTO feed VALUES(6,0,'tick',NULL,NULL,1901228400000000,1901228400000000,NULL,NULL,-8014564782813896242,0,NULL);
INSERT INTO feed VALUES(7,0,'tick',NULL,NULL,1901232000000000,1901232000000000,NULL,NULL,-1258714745725424718,0,NULL);
INSERT INTO feed VALUES(8,0,'keys_changed',NULL,NULL,1901232000000000,1901232000000000,NULL,NULL,7880799730526158669,0,NULL);
INSERT INTO feed VALUES(9,1,'company_token_ends',X'01b8dac5b4007676a4ebd878d61ffd19',NULL,1901232000000000,NULL,NULL,1901836800000000,3860540575538226493,NULL,NULL);
INSERT INTO feed VALUES(10,1,'token',X'01baaa420c007280888e5be5edf64c24',NULL,1901232000000000,1901318400000000,NULL,NULL,1397670473121517247,1,NULL);
INSERT INTO feed VALUES(11,1,'operator',NULL,2,1901232000000000,1901404800000000,NULL,NULL,3896564407663819476,1,NULL);
INSERT INTO feed VALUES(12,1,'company_token',X'01b8dac5b40074d3864d2137b3efd9ac',NULL,1901232000000000,NULL,NULL,NULL,8056558092453848692,NULL,NULL);
INSERT INTO feed VALUES(13,2,'organization',NULL,NULL,1901232000000000,NULL,NULL,NULL,-2675806601341619868,NULL,NULL);
INSERT INTO feed VALUES(14,0,'tick',NULL,NULL,1901235600000000,1901235600000000,NULL,NULL,-5794649064130472945,0,NULL);
CREATE TABLE nodes (
    id          BIGINT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    -- How long the node may answer from memory after the start of its last sync (microseconds).
    lease       BIGINT NOT NULL,
    applied_seq BIGINT NOT NULL,
    -- Counts its syncs: a row that stands still is a node that is gone.
    beats       BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL
);
CREATE TABLE signing_keys (
    kid          TEXT PRIMARY KEY NOT NULL,
    algorithm    TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired')),
    sealed_key   BLOB NOT NULL,
    -- Which master key sealed it: a fingerprint.
    sealed_by    TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    activated_at BIGINT,
    retired_at   BIGINT
, retiring_at BIGINT, revoked_at BIGINT, retiring_seq BIGINT);
INSERT INTO signing_keys VALUES('1gli6TtNYN3_','EdDSA','retiring',X'a9c1f7e6ee62b58a36d94a1a6ab38e2ff6fc6ee1eac5b3420db8399132b0a6f4f63b4ac84cf9b90ddbe1768f3959f0274dfd38e2dcb70863417b921e78201326f09537f846d011ed66240cd7','016a60db90d739e6',1893456000000000,1893456000000000,NULL,1901232000000000,NULL,8);
INSERT INTO signing_keys VALUES('71p34xfBmdWC','EdDSA','active',X'cdc821c539a1cb4ad09dfafea47724909c2047b74c65ca98a880dca0ae9a7c8672475fd82007f150d2a2b787fd4702a250a00c9ec9fbbf378b6aeff5431344e18771004d0179baf16ac55c3d','016a60db90d739e6',1901145600000000,1901232000000000,NULL,NULL,NULL,NULL);
CREATE TABLE audit (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id BIGINT,
    at              BIGINT NOT NULL,
    actor           TEXT NOT NULL,
    action          TEXT NOT NULL,
    target          TEXT,
    occurrences     BIGINT NOT NULL,
    address         TEXT,
    request_id      TEXT,
    detail          TEXT
, feed_seq BIGINT);
INSERT INTO audit VALUES(1,NULL,1893456000000000,'system','key.created','key:1gli6TtNYN3_',1,NULL,NULL,'EdDSA',NULL);
INSERT INTO audit VALUES(2,NULL,1893456000000000,'system','key.activated','key:1gli6TtNYN3_',1,NULL,NULL,NULL,NULL);
INSERT INTO audit VALUES(3,1,1893456000000000,'command-line','organization.created','organization:1',1,NULL,NULL,NULL,NULL);
INSERT INTO audit VALUES(4,1,1893456000000000,'anonymous','login.succeeded','company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19',1,'127.0.0.1','370e9b0b79886af800308f5ad14999da',NULL,NULL);
INSERT INTO audit VALUES(5,2,1893456000000000,'command-line','organization.created','organization:2',1,NULL,NULL,NULL,NULL);
INSERT INTO audit VALUES(6,2,1893456000000000,'anonymous','login.succeeded','company-token:01b8dac5-b400-7656-be69-d7ed10831a43',1,'127.0.0.1','370e9b0b79886af800308f5ad14999db',NULL,NULL);
INSERT INTO audit VALUES(7,1,1893456000000000,'company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19','operator.created','operator:1',1,'127.0.0.1','370e9b0b79886af800308f5ad14999dc',NULL,NULL);
INSERT INTO audit VALUES(8,1,1893456000000000,'company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19','operator.created','operator:2',1,'127.0.0.1','370e9b0b79886af800308f5ad14999dd',NULL,NULL);
INSERT INTO audit VALUES(9,2,1893456000000000,'company-token:01b8dac5-b400-7656-be69-d7ed10831a43','operator.created','operator:3',1,'127.0.0.1','370e9b0b79886af800308f5ad14999de',NULL,NULL);
INSERT INTO audit VALUES(10,1,1893456000000000,'company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19','webhook.created','webhook:1',1,'127.0.0.1','370e9b0b79886af800308f5ad14999df',NULL,NULL);
INSERT INTO audit VALUES(11,1,1893456000000000,'anonymous','login.succeeded','company-token:01b8dac5-b400-74d3-864d-2137b3efd9ac',1,'127.0.0.1','370e9b0b79886af800308f5ad14999e0',NULL,NULL);
INSERT INTO audit VALUES(12,NULL,1901145600000000,'system','key.created','key:71p34xfBmdWC',1,NULL,NULL,'EdDSA',NULL);
INSERT INTO audit VALUES(13,NULL,1901232000000000,'system','key.activated','key:71p34xfBmdWC',1,NULL,NULL,'in place of 1gli6TtNYN3_',NULL);
INSERT INTO audit VALUES(14,1,1901232000000000,'company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19','company_token.rotated','company-token:01b8dac5-b400-7676-a4eb-d878d61ffd19',1,'127.0.0.1','370e9b0b79886af800308f5ad14999e3','successor 01baaa42-0c00-7f04-88c4-fe485a2dce12, ends at 2030-04-08T00:00:00Z',9);
INSERT INTO audit VALUES(15,1,1901232000000000,'company-token:01baaa42-0c00-7f04-88c4-fe485a2dce12','token.revoked','operator-token:01baaa42-0c00-7280-888e-5be5edf64c24',1,'127.0.0.1','370e9b0b79886af800308f5ad14999e8',NULL,10);
INSERT INTO audit VALUES(16,1,1901232000000000,'company-token:01baaa42-0c00-7f04-88c4-fe485a2dce12','operator.tokens_revoked','operator:2',1,'127.0.0.1','370e9b0b79886af800308f5ad14999e9',NULL,11);
INSERT INTO audit VALUES(17,1,1901232000000000,'company-token:01baaa42-0c00-7f04-88c4-fe485a2dce12','company_token.revoked','company-token:01b8dac5-b400-74d3-864d-2137b3efd9ac',1,'127.0.0.1','370e9b0b79886af800308f5ad14999eb',NULL,12);
INSERT INTO audit VALUES(18,2,1901232000000000,'command-line','organization.tokens_revoked','organization:2',1,NULL,NULL,NULL,13);
CREATE TABLE sequences (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
INSERT INTO sequences VALUES('organizations',2);
INSERT INTO sequences VALUES('operators',3);
INSERT INTO sequences VALUES('keys',0);
INSERT INTO sequences VALUES('webhooks',1);
CREATE TABLE duties (
    name   TEXT PRIMARY KEY NOT NULL,
    -- The node on duty; 0: none.
    holder BIGINT NOT NULL,
    -- Rises with each change of holder: a late one is told apart by it.
    term   BIGINT NOT NULL,
    beats  BIGINT NOT NULL,
    -- How long the holder may go on after a beat (microseconds).
    lease  BIGINT NOT NULL
);
INSERT INTO duties VALUES('jobs',5187797906171557513,1,13,15000000);
CREATE TABLE jobs (
    name      TEXT PRIMARY KEY NOT NULL,
    ran_at    BIGINT,
    failed_at BIGINT,
    -- In a row, since it was last done.
    failures  BIGINT NOT NULL
);
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
INSERT INTO webhooks VALUES(1,1,'https://example.com/hook','token.revoked','active',X'a29b9c401d94b047c639762b78e82fa2d7786cfbfe45f22e61156ab458a38259310b4d2e48ea3f46ec60ce7cd8668854d615cb98cd459f8ce6147bb7','016a60db90d739e6',NULL,1893456000000000,1893456000000000);
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
INSERT INTO deliveries VALUES(1,1,'msg_01baaa42-0c00-7489-b0e8-ad3da46f0d8b','token.revoked','{"type":"token.revoked","timestamp":"2030-04-01T00:00:00Z","data":{"organizationId":1,"kind":"token","jti":"01baaa42-0c00-7280-888e-5be5edf64c24","seq":10,"at":"2030-04-01T00:00:00Z","until":"2030-04-02T00:00:00Z"}}','pending',0,1901232000000000,NULL,NULL,1901232000000000);
INSERT INTO deliveries VALUES(1,1,'msg_01baaa42-0c00-71d6-8ac4-5a8e699c1414','token.revoked','{"type":"token.revoked","timestamp":"2030-04-01T00:00:00Z","data":{"organizationId":1,"kind":"operator","operatorId":2,"seq":11,"at":"2030-04-01T00:00:00Z","until":"2030-04-03T00:00:00Z"}}','pending',0,1901232000000000,NULL,NULL,1901232000000000);
INSERT INTO deliveries VALUES(1,1,'msg_01baaa42-0c00-7ab3-9df5-6829c970426b','token.revoked','{"type":"token.revoked","timestamp":"2030-04-01T00:00:00Z","data":{"organizationId":1,"kind":"company_token","jti":"01b8dac5-b400-74d3-864d-2137b3efd9ac","seq":12,"at":"2030-04-01T00:00:00Z","until":null}}','pending',0,1901232000000000,NULL,NULL,1901232000000000);
CREATE TABLE incarnations (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    mark BIGINT NOT NULL
);
INSERT INTO incarnations VALUES(1,-3946573560124877308);
CREATE TABLE service_uptime (
    id     BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    micros BIGINT NOT NULL
);
INSERT INTO service_uptime VALUES(1,7779600000000);
CREATE TABLE ticks (
    seq      BIGINT PRIMARY KEY NOT NULL,
    uptime   BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    -- The last line of the audit log then.
    audit_id BIGINT NOT NULL
);
INSERT INTO ticks VALUES(3,0,1893456000000000,11);
INSERT INTO ticks VALUES(4,7689600000000,1901145600000000,11);
INSERT INTO ticks VALUES(6,7772400000000,1901228400000000,12);
INSERT INTO ticks VALUES(7,7776000000000,1901232000000000,12);
INSERT INTO ticks VALUES(14,7779600000000,1901235600000000,18);
CREATE TABLE login_addresses (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    network         TEXT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, network)
);
INSERT INTO login_addresses VALUES(1,'127.0.0.1',1893456000000000);
INSERT INTO login_addresses VALUES(2,'127.0.0.1',1893456000000000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('audit',18);
CREATE UNIQUE INDEX operators_external_id ON operators (organization_id, external_id) WHERE status <> 'deleted';
CREATE UNIQUE INDEX operators_email ON operators (organization_id, email_key) WHERE status <> 'deleted';
CREATE INDEX ledger_expires_at ON ledger (expires_at);
CREATE INDEX feed_organization ON feed (organization_id, seq);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (algorithm) WHERE state = 'active';
CREATE INDEX audit_organization ON audit (organization_id, id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX ledger_ends_at ON ledger (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX feed_concerning ON feed (organization_id, kind, jti, operator_id, seq);
CREATE INDEX audit_feed_seq ON audit (feed_seq) WHERE feed_seq IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (due_at);
CREATE INDEX deliveries_of_webhook ON deliveries (organization_id, webhook_id, due_at);
CREATE INDEX deliveries_created_at ON deliveries (created_at);
CREATE INDEX feed_life ON feed (life_days, seq);
CREATE INDEX ledger_company_kid ON ledger (kid, organization_id, jti) WHERE kind = 'company';
CREATE INDEX ledger_company_tokens ON ledger (organization_id, issued_at, jti) WHERE kind = 'company';
CREATE UNIQUE INDEX organizations_login_fold ON organizations (login_fold);
CREATE UNIQUE INDEX operators_email_fold ON operators (organization_id, email_fold) WHERE status <> 'deleted';
CREATE INDEX operators_email_unfolded ON operators (organization_id, id) WHERE email IS NOT NULL AND email_fold IS NULL;
CREATE INDEX login_addresses_last_at ON login_addresses (last_at);
COMMIT;
