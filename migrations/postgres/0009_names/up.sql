-- The keys by which names are matched: NFC(toCasefold(NFC(name))). SQL cannot fold, so the program fills them in after this
-- (src/db/names.rs). NULL if the name has become equal to an older one; it is then matched by the key that it had before.
ALTER TABLE organizations ADD COLUMN login_fold TEXT;
ALTER TABLE operators ADD COLUMN email_fold TEXT;

CREATE UNIQUE INDEX organizations_login_fold ON organizations (login_fold);
-- The names of a deleted operator are free.
CREATE UNIQUE INDEX operators_email_fold ON operators (organization_id, email_fold) WHERE status <> 'deleted';
-- The rows that are still to be filled in, found without reading every row.
CREATE INDEX operators_email_unfolded ON operators (organization_id, id) WHERE email IS NOT NULL AND email_fold IS NULL;
