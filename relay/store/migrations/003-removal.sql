-- Sequence numbers below which no delivery can be removed to make room: without dead letters, and with dead letters. They
-- spare each webhook to a full channel the search through all deliveries that wait; see removeOldest in removal.ts.
ALTER TABLE channels ADD COLUMN removable_from bigint NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN dead_removable_from bigint NOT NULL DEFAULT 0;
