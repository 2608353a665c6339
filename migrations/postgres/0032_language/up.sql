-- The language of pages that an account has chosen for itself, as a tag (en, zh-CN, vi). NULL if it has chosen none: then the browser decides.
ALTER TABLE operators ADD COLUMN language TEXT;
ALTER TABLE organizations ADD COLUMN language TEXT;
ALTER TABLE platform_admins ADD COLUMN language TEXT;
