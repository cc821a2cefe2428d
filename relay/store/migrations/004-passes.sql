-- Times and indexes by which the periodic passes find their rows, so that idle channels cost them nothing.

-- Time at which a pass looks for problems of the channel: 0 for the next pass, and NULL while no problem can start or end.
-- Every change from which a problem may follow sets it to 0; see problem-rules.ts for the changes by time alone.
ALTER TABLE channels ADD COLUMN problems_check_at bigint;
UPDATE channels SET problems_check_at = 0;
CREATE INDEX channels_by_problems_check ON channels (problems_check_at) WHERE problems_check_at IS NOT NULL;
CREATE INDEX channels_deleted ON channels (deleted_at) WHERE deleted_at IS NOT NULL;

-- True once retention has found a data key in use after the day in which deliveries are sealed under it. From then on, the
-- key is deleted together with its last delivery.
ALTER TABLE data_keys ADD COLUMN is_settled boolean NOT NULL DEFAULT false;
CREATE INDEX data_keys_unsettled ON data_keys (created_at) WHERE NOT is_settled;

CREATE INDEX digests_by_age ON digests (received_at);
CREATE INDEX subscriptions_ended ON subscriptions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX subscriptions_paused ON subscriptions (paused_at) WHERE paused_at IS NOT NULL;
CREATE INDEX subscriptions_failing ON subscriptions (channel) WHERE failures > 0;
