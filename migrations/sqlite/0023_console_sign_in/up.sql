-- Whether the organization's own login opens the console: anyone or operators.
ALTER TABLE organizations ADD COLUMN console_sign_in TEXT NOT NULL DEFAULT 'anyone';

-- Who has a role: the console counts them, and a role is removed only if nobody has it.
CREATE INDEX operators_role ON operators (organization_id, role, status) WHERE role IS NOT NULL;
