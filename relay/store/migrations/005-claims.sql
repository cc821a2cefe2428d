-- Indexes by which a process finds the channels that it can claim without reading the channels that are claimed.
CREATE INDEX channels_unclaimed ON channels (due_at) WHERE due_at IS NOT NULL AND claimed_by IS NULL;
-- The index above and the index of claims replace this index.
DROP INDEX channels_due;
