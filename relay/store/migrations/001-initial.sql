-- The tables of both databases. Each driver replaces the type `identity`, a key that is never used again, and adds the
-- source of sequence numbers. Times are milliseconds since 1970. Nothing is deleted by foreign keys, because large
-- deletions run in steps. The comment of each table says what a row means, who writes it, and when it is deleted.
-- When a channel is deleted, its rows are deleted from all tables, in steps (deletion.ts).

-- A registered channel: its registration, counters of its rows, times of passes, and the claim of a process.
-- Written by: registration (channels.ts). Most other changes of a channel, such as ingest, results, claims and passes,
--   also change columns of this row.
-- Deleted: when an operator or the connector deletes the channel, or when it is unused or idle and its slot is needed.
--   It is hidden first, and deleted after its last row in the other tables.
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

-- A relay process, with the time at which it last showed that it is alive. The id is new at each start.
-- Written by: the process, every second (claims.ts).
-- Deleted: by the heartbeats of other processes, a minute after the last heartbeat.
CREATE TABLE processes (
  id text PRIMARY KEY,
  heartbeat bigint NOT NULL
);

-- A data key, wrapped for the seal key of its channel. Without it, sealed content cannot be opened.
-- Written by: ingest and notices, with the first delivery that is sealed under it (new-delivery.ts).
-- Deleted: with its last delivery, but not in the day in which a process may still use it (retention.ts). When a
--   channel is deleted, its keys are deleted first.
CREATE TABLE data_keys (
  channel bigint NOT NULL,
  key_id text NOT NULL,
  created_at bigint NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (channel, key_id)
);

-- A delivery with content: a webhook of TutorCruncher, or a notice of the relay. A delivery without content has only a
-- digest.
-- Written by: ingest (ingest.ts) and notices (problems.ts). It never changes, except its expiry, its being remembered,
--   and the reference to an earlier delivery.
-- Deleted: by retention, when its sends have ended and its retention period is over; earlier to make room (removal.ts),
--   or if it is about a wellbeing concern whose sends have ended (results.ts).
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
  -- Size that counts towards the limits of the channel; see SEND_BYTES in relay/store/ingest/ingest-plan.ts.
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

-- The digest of a delivery, with or without content, by which duplicates and repeats are recognized. The rows also
-- count arrivals.
-- Written by: ingest. A repeat renews the time of its digest.
-- Deleted: by retention after 30 days, or by ingest if the channel has too many, the oldest first.
CREATE TABLE digests (
  channel bigint NOT NULL,
  -- SHA-256 in base64.
  digest text NOT NULL,
  received_at bigint NOT NULL,
  has_events boolean NOT NULL,
  PRIMARY KEY (digest, channel)
);
CREATE INDEX digests_by_time ON digests (channel, received_at);

-- An hour in which deliveries arrived, counted since 1970. The hours show how long a silence is usual; see
-- silence-rule.ts.
-- Written by: ingest, with the first arrival in each slot (silence.ts).
-- Deleted: by retention after five weeks.
CREATE TABLE busy_hours (
  channel bigint NOT NULL,
  hour bigint NOT NULL,
  -- Number of five-minute slots with arrivals.
  slots bigint NOT NULL,
  PRIMARY KEY (channel, hour)
);
CREATE INDEX busy_hours_by_hour ON busy_hours (hour);

-- A subject, such as a lesson, with the deliveries that the next event about it is compared with; see
-- earlier-states.ts.
-- Written by: ingest, if a delivery becomes the newest state. The end of a deletion's sends ends the comparison
--   (results.ts).
-- Deleted: with the delivery of the newest state.
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

-- A Zap that is on, or that was turned off but still has outcomes to show; see Subscription in
-- relay/store/rows/subscription.ts and SubscriptionState in relay/store/rows/send.ts.
-- Written by: the subscription of the Zap (subscriptions.ts), and its end (ended-subscriptions.ts). The claimant of the
--   channel saves the state (results.ts), and the operator's requests are stored here (operator.ts, redrive.ts).
-- Deleted: by retention, when the Zap has been off for longer than outcomes are kept; earlier if more than 200 Zaps of
--   the channel are off.
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

-- The newest problem of a kind that a channel or a Zap had, and that notices have told of; see problem-rules.ts.
-- Written by: the pass that looks for problems, together with the notices (problems.ts).
-- Deleted: with the Zap, and when the channel's first Zap with notices is turned on, which is then told of all
--   problems.
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

-- A send: a delivery and a Zap that wants it, with the outcome. See relay/store/rows/send.ts. Most rows are of this table,
-- so its columns are short, and the longest come first, which saves PostgreSQL the bytes for alignment.
-- Written by: ingest and notices, for each subscription that selects the delivery, and by the console for older
--   deliveries (send-again.ts). The claimant of the channel saves the state (results.ts).
-- Deleted: with its delivery, or when the delivery is only remembered; by retention, 14 days after it has become a dead
--   letter (retention.ts).
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

-- An attempt that the console shows: a failure, a success after failures, or an attempt of a send that was sent again
-- from the console.
-- Written by: the claimant of the channel (results.ts).
-- Deleted: with its delivery, or when the delivery is only remembered. A send keeps its newest 50 attempts.
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

-- A link to the console. Its data keys are wrapped under a key that the relay does not have.
-- Written by: the connector, when a user asks for a link (links.ts).
-- Deleted: by retention when the link has expired; earlier if the channel has too many links, or is deleted.
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
