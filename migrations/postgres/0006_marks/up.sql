-- Random for each entry. After entries were lost, others may get the same sequences, but not the same marks.
ALTER TABLE feed ADD COLUMN mark BIGINT NOT NULL DEFAULT 0;
-- The mark of the last entry.
ALTER TABLE feed_head ADD COLUMN mark BIGINT NOT NULL DEFAULT 0;
-- There is always an entry at the head, even before anything was written.
INSERT INTO feed (seq, organization_id, kind, at, until) SELECT seq, 0, 'keys_changed', 0, 0 FROM feed_head WHERE seq = 0;
