-- When an operator got its last token: an operator token, or an access token of OAuth that stands for it. Written at most once an hour for each
-- operator; NULL if it got none. For older operators it is what the ledger still has.
ALTER TABLE operators ADD COLUMN last_token_at BIGINT;
UPDATE operators SET last_token_at = tokens.newest
FROM (SELECT organization_id, operator_id, MAX(issued_at) AS newest FROM ledger WHERE kind IN ('operator', 'access') AND operator_id IS NOT NULL
    GROUP BY organization_id, operator_id) AS tokens
WHERE operators.organization_id = tokens.organization_id AND operators.id = tokens.operator_id;

-- The name without case and diacritics, by which lists are ordered. SQL cannot compute it, so the service fills it in for older operators, when it
-- goes through them once more for their words.
ALTER TABLE operators ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
UPDATE operator_words_filled SET up_to = 0;
CREATE INDEX operators_name ON operators (organization_id, name_fold, id);

-- Lists by status and by role, in the order of ids.
CREATE INDEX operators_status ON operators (organization_id, status, id);
DROP INDEX operators_role;
CREATE INDEX operators_role ON operators (organization_id, role, status, id) WHERE role IS NOT NULL;
