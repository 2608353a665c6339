-- The keys by which names are matched: NFC(toCasefold(NFC(name))). SQL cannot fold, so the program fills them in after this
-- (src/db/names.rs). Null: the name has become the same as an older one, and is matched by the key it had before.
ALTER TABLE organizations ADD COLUMN login_fold TEXT;
ALTER TABLE operators ADD COLUMN email_fold TEXT;

CREATE UNIQUE INDEX organizations_login_fold ON organizations (login_fold);
-- A deleted operator gives its names free.
CREATE UNIQUE INDEX operators_email_fold ON operators (organization_id, email_fold) WHERE status <> 'deleted';
-- What is still to be filled in, found without reading everything.
CREATE INDEX operators_email_unfolded ON operators (organization_id, id) WHERE email IS NOT NULL AND email_fold IS NULL;
