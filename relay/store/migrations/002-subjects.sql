-- A subject is forgotten together with the delivery of its newest state, which counts towards the limits of its channel.
DELETE FROM subjects WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.seq = subjects.seq);
DROP INDEX subjects_ended;
-- For the deletion of a channel in steps.
CREATE INDEX subjects_by_channel ON subjects (channel);
