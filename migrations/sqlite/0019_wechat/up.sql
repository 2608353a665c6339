-- WeChat Mini Programs whose users may sign in. A login names only the app, so an app belongs to one organization.
CREATE TABLE wechat_apps (
    organization_id BIGINT NOT NULL,
    app_id          TEXT NOT NULL,
    sealed_secret   BLOB NOT NULL,
    sealed_by       TEXT NOT NULL,
    on_unknown      TEXT NOT NULL,
    role            TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, app_id)
);
CREATE UNIQUE INDEX wechat_apps_app_id ON wechat_apps (app_id);

-- The operator of each person, by the id that WeChat gives the person in one app.
CREATE TABLE wechat_openids (
    organization_id BIGINT NOT NULL,
    app_id          TEXT NOT NULL,
    openid          TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, app_id, openid)
);

-- The same by the id that WeChat gives the person in all apps of one owner.
CREATE TABLE wechat_unionids (
    organization_id BIGINT NOT NULL,
    unionid         TEXT NOT NULL,
    operator_id     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, unionid)
);
