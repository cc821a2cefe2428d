-- The tables of both databases. Each driver replaces the type `identity`, a key that is never used again, and adds the
-- source of sequence numbers. Times are milliseconds since 1970. Nothing is deleted by foreign keys, because large deletions run in steps.

CREATE TABLE channels (
  key identity PRIMARY KEY,
  -- The public name. The name of a deleted channel is replaced until all of its rows are deleted.
  channel text NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  deleted_at bigint,
  with_secret boolean NOT NULL,
  seal_key bytea NOT NULL,
  -- The random part of the webhook URL.
  url_part text NOT NULL,
  -- The replaced random part, NULL if there is none, and the time until which the replaced part works.
  old_url_part text,
  old_url_until bigint,
  last_event_at bigint,
  -- Time of the newest webhook that was refused because of a limit, to within a minute.
  refused_at bigint,
  -- Time of the newest webhook that was refused for any reason, to within a minute, and the reason.
  last_refusal_at bigint,
  last_refusal text,
  -- Time of the newest event that arrived before the URL was replaced, or at the old URL since then.
  old_url_event_at bigint,
  -- Sequence number of the newest delivery with content.
  newest_seq bigint NOT NULL DEFAULT 0,
  newest_number bigint NOT NULL DEFAULT 0,
  -- Counter that increases when anyone but the claimant makes a send pending or changes a subscription.
  revision bigint NOT NULL DEFAULT 0,
  -- Size of the contents that wait for a Zap, and of all contents.
  waiting_bytes bigint NOT NULL DEFAULT 0,
  stored_bytes bigint NOT NULL DEFAULT 0,
  -- Number of rows in digests, which limits the number of deliveries.
  digests bigint NOT NULL DEFAULT 0,
  -- Number of five-minute slots with arrivals in the hour of last_event_at; see busy_hours.
  busy_slots bigint NOT NULL DEFAULT 0,
  -- Time of the next look at the silence since last_event_at; NULL if the silence is unusual, or if nothing has
  -- arrived. Then the time from which the silence is unusual; NULL while it is not.
  silence_check_at bigint,
  silent_at bigint,
  -- Time from which a process may claim the channel; NULL if it has no work. A claim does not change it.
  due_at bigint,
  -- Counter that increases with each claim, and the process that holds the claim.
  claim bigint NOT NULL DEFAULT 0,
  claimed_by text
);
CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX channels_by_silence_check ON channels (silence_check_at) WHERE silence_check_at IS NOT NULL;
CREATE INDEX channels_silent ON channels (silent_at) WHERE silent_at IS NOT NULL;
CREATE INDEX channels_claimed ON channels (claimed_by) WHERE claimed_by IS NOT NULL;

-- Relay processes. The id is new at each start.
CREATE TABLE processes (
  id text PRIMARY KEY,
  heartbeat bigint NOT NULL
);

-- Data keys, wrapped for the seal key of their channel. Without them, sealed content cannot be opened, so they are
-- deleted first when a channel is deleted.
CREATE TABLE data_keys (
  channel bigint NOT NULL,
  key_id text NOT NULL,
  created_at bigint NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (channel, key_id)
);

-- Deliveries with content. A delivery without content has only a digest.
CREATE TABLE deliveries (
  seq bigint PRIMARY KEY,
  channel bigint NOT NULL,
  -- Position among the deliveries of the channel. Users see only this number, because sequence numbers would reveal the
  -- volume of other channels. A notice of the relay, which is no event of the channel, has the number 0.
  number bigint NOT NULL,
  id text NOT NULL,
  received_at bigint NOT NULL,
  -- Time at which retention looks at the delivery again.
  expires_at bigint NOT NULL,
  actions json NOT NULL,
  model text,
  subject_id text,
  event_time bigint,
  -- The newest state from before the burst. Sequence numbers are never used again, so the delivery may be deleted.
  earlier_seq bigint,
  -- Sequence number of the first delivery of the burst; NULL for the first delivery itself.
  burst bigint,
  is_concern boolean NOT NULL,
  is_repeat boolean NOT NULL,
  -- True if the delivery is kept only to be compared with later deliveries. Its sends are deleted.
  is_remembered boolean NOT NULL,
  -- Size that counts towards the limits of the channel; see SEND_BYTES in relay/store/ingest-plan.ts.
  bytes bigint NOT NULL,
  key_id text NOT NULL,
  sealed bytea NOT NULL
);
CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);
CREATE INDEX deliveries_by_number ON deliveries (channel, number);
CREATE INDEX deliveries_by_expiry ON deliveries (expires_at);
CREATE INDEX deliveries_by_key ON deliveries (channel, key_id);
CREATE INDEX deliveries_by_earlier ON deliveries (earlier_seq) WHERE earlier_seq IS NOT NULL;
CREATE INDEX deliveries_by_burst ON deliveries (burst, seq) WHERE burst IS NOT NULL;
CREATE INDEX deliveries_remembered ON deliveries (channel) WHERE is_remembered;

-- Digests of all deliveries, with and without content. They identify duplicates and repeats, and count arrivals.
CREATE TABLE digests (
  channel bigint NOT NULL,
  -- SHA-256 in base64.
  digest text NOT NULL,
  received_at bigint NOT NULL,
  has_events boolean NOT NULL,
  PRIMARY KEY (digest, channel)
);
CREATE INDEX digests_by_time ON digests (channel, received_at);

-- The hours in which deliveries arrived, which show how long a silence is usual; see silence-rule.ts. The hour is counted
-- since 1970. The row is written with the first arrival in each slot, and retention deletes it after five weeks.
CREATE TABLE busy_hours (
  channel bigint NOT NULL,
  hour bigint NOT NULL,
  -- Number of five-minute slots with arrivals.
  slots bigint NOT NULL,
  PRIMARY KEY (channel, hour)
);
CREATE INDEX busy_hours_by_hour ON busy_hours (hour);

-- The newest state of each subject; see earlier-states.ts.
CREATE TABLE subjects (
  channel bigint NOT NULL,
  model text NOT NULL,
  subject_id text NOT NULL,
  seq bigint NOT NULL,
  event_time bigint NOT NULL,
  received_at bigint NOT NULL,
  burst_time bigint NOT NULL,
  burst_seq bigint NOT NULL,
  earlier_seq bigint,
  earlier_time bigint,
  has_ended boolean NOT NULL,
  PRIMARY KEY (subject_id, model, channel)
);
CREATE INDEX subjects_ended ON subjects (received_at) WHERE has_ended;

-- Zaps; see Subscription in relay/store/subscription.ts and DeliveryProgress in relay/store/send.ts.
CREATE TABLE subscriptions (
  key identity PRIMARY KEY,
  id text NOT NULL UNIQUE,
  channel bigint NOT NULL,
  target_url text NOT NULL,
  filter json NOT NULL,
  secret_hash text,
  description json,
  created_at bigint NOT NULL,
  -- Time when the Zap was turned off. The row remains while sends show its outcomes.
  ended_at bigint,
  starts_after bigint NOT NULL,
  last_success_at bigint,
  failures bigint NOT NULL DEFAULT 0,
  failing_since bigint,
  last_failure text,
  suspect_since bigint,
  next_attempt_at bigint NOT NULL DEFAULT 0,
  refused_tries bigint NOT NULL DEFAULT 0,
  refused_events bigint NOT NULL DEFAULT 0,
  outage_from bigint,
  redrive_failures bigint NOT NULL DEFAULT 0,
  next_redrive_at bigint NOT NULL DEFAULT 0,
  redriven_at bigint,
  retried_at bigint,
  paused_at bigint,
  resumed_at bigint,
  skip_seq bigint,
  -- Key that authenticates the notices to the Zap; empty once the Zap is off, and NULL for a Zap that receives webhooks.
  notice_key text,
  -- Number of events that were given up since the last notice about them.
  untold_dead bigint NOT NULL DEFAULT 0
);
CREATE INDEX subscriptions_by_channel ON subscriptions (channel);
CREATE INDEX subscriptions_with_notices ON subscriptions (channel) WHERE notice_key IS NOT NULL;

-- The newest problem of each kind that a channel or a Zap had, and that notices have told of; see problems.ts.
CREATE TABLE problems (
  channel bigint NOT NULL,
  -- 0 for a problem that concerns all Zaps.
  subscription bigint NOT NULL,
  kind text NOT NULL,
  started_at bigint NOT NULL,
  noticed_at bigint NOT NULL,
  is_over boolean NOT NULL,
  PRIMARY KEY (channel, subscription, kind)
);

-- One row for each event and Zap that wants it. Most rows are of this table, so its columns are short, and the
-- longest come first, which saves PostgreSQL the bytes for alignment. See relay/store/send.ts.
CREATE TABLE sends (
  seq bigint NOT NULL,
  ended_at bigint NOT NULL,
  subscription integer NOT NULL,
  state smallint NOT NULL,
  is_sent_again boolean NOT NULL,
  -- Reason for the failure of the last attempt, or for giving up; NULL if there was no failure.
  failure text,
  PRIMARY KEY (seq, subscription)
);
CREATE INDEX sends_pending ON sends (subscription, state, seq) WHERE state <= 1;
CREATE INDEX sends_dead ON sends (subscription, seq) WHERE state = 3;

-- Failed attempts, the successes after them, and attempts of sends that were sent again from the console.
CREATE TABLE attempts (
  seq bigint NOT NULL,
  subscription bigint NOT NULL,
  number bigint NOT NULL,
  ended_at bigint NOT NULL,
  -- NULL for a success.
  failure text,
  -- The beginning of the target's response to a failure, sealed under the data key of the delivery.
  response bytea,
  duration_ms bigint NOT NULL,
  is_sent_again boolean NOT NULL,
  PRIMARY KEY (seq, subscription, number)
);

-- Links to the console. The data keys of a link are wrapped under a key that the relay does not have.
CREATE TABLE console_links (
  token_hash text PRIMARY KEY,
  channel bigint NOT NULL,
  expires_at bigint NOT NULL,
  -- JSON of the data keys, and of the connector's verdicts on the signatures of the newest event and of the newest events.
  keys json NOT NULL,
  verdict json NOT NULL,
  verdicts json NOT NULL
);
CREATE INDEX console_links_by_channel ON console_links (channel);
CREATE INDEX console_links_by_expiry ON console_links (expires_at);
