-- Times are milliseconds since 1970. An hour is a time divided by 3600000 ms.

CREATE TABLE channels (
  -- The id is never used again, so that rows of a deleted channel are not mistaken for rows of a new channel with the
  -- same name.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  -- 1 if the channel was ever registered with a registration secret.
  with_secret INTEGER NOT NULL DEFAULT 0,
  -- The public key that the channel's data keys are wrapped for.
  seal_key BLOB NOT NULL,
  last_event_at INTEGER,
  -- Sequence number of the newest delivery.
  newest_seq INTEGER NOT NULL DEFAULT 0,
  -- Sequence number of the newest delivery with events.
  last_seq INTEGER NOT NULL DEFAULT 0,
  -- Number of the channel's rows in deliveries, maintained so that queries need not count them.
  deliveries INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  -- Number of the channel's deliveries whose contents are kept only for memory.
  remembered INTEGER NOT NULL DEFAULT 0,
  -- Sequence number up to which retention has deleted all contents except remembered contents and the contents of dead
  -- letters.
  contents_deleted_up_to INTEGER NOT NULL DEFAULT 0,
  -- Counter that increases with each change to the channel's subscriptions and with each redrive.
  revision INTEGER NOT NULL DEFAULT 0,
  -- State of the channel's token bucket.
  paced_at INTEGER NOT NULL DEFAULT 0,
  lease_id TEXT,
  -- Earliest time for a new lease. If the channel is leased, this is the expiry time of its lease. NULL if no work is
  -- scheduled.
  due_at INTEGER
) STRICT;
CREATE UNIQUE INDEX channels_by_lease ON channels (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;

-- The different combinations of actions among a channel's deliveries with content. The deliveries of each list are
-- numbered, so that the deliveries after a cursor can be counted by reading one number.
CREATE TABLE action_lists (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE,
  -- JSON array, or `null` for unknown actions.
  actions TEXT NOT NULL,
  -- Sequence number up to which all remaining deliveries of the list are dead letters. It moves back when a dead letter
  -- is deleted.
  dead_up_to INTEGER NOT NULL DEFAULT 0,
  UNIQUE (channel_id, actions)
) STRICT;

-- Data keys, wrapped for the seal key of their channel. Without them, sealed content cannot be opened, so they are deleted
-- with the channel.
CREATE TABLE data_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE,
  -- UUID that identifies the key in envelopes.
  key_id TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  UNIQUE (channel_id, key_id)
) STRICT;

-- The columns from list_id on are NULL for a delivery without events, and after the content has been deleted. The other
-- columns are kept to recognize duplicates. channel_id is not a foreign key, because the deliveries of a deleted
-- channel are deleted in steps. The table deleted_channels keeps the id of the channel until then.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  channel_id INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  digest BLOB NOT NULL,
  list_id INTEGER,
  -- Number of the delivery in its action list. It increases by one with each delivery. Numbers are reused only after
  -- the newest deliveries, which no subscription waits for, have been removed.
  ordinal INTEGER,
  data_key INTEGER,
  id TEXT,
  model TEXT,
  subject_id TEXT,
  event_time INTEGER,
  -- The actions as JSON, if they are known but the delivery is in the list of unknown actions.
  actions TEXT,
  -- 1 for a wellbeing concern, NULL for any other delivery.
  is_concern INTEGER,
  -- Event time of the delivery that began the burst of this delivery; see memory.ts. NULL if this delivery is not a
  -- state of its subject.
  burst_time INTEGER,
  -- Sequence number of the previous delivery about the subject. NULL if there is none or if this delivery is
  -- remembered.
  previous_seq INTEGER,
  -- For a deletion: 1 until it has ended the memory of its subject, then 2. NULL for any other delivery.
  ends_memory INTEGER,
  -- 1 if the content is kept only for memory, NULL otherwise.
  is_remembered INTEGER,
  -- The sealed content. It is the last column, so that the other columns can be read without it.
  sealed BLOB
) STRICT;
CREATE INDEX deliveries_with_content ON deliveries (channel_id, seq) WHERE list_id IS NOT NULL;
CREATE INDEX deliveries_without_content ON deliveries (channel_id, seq) WHERE list_id IS NULL;
CREATE INDEX deliveries_by_list ON deliveries (list_id, seq, ordinal, received_at) WHERE list_id IS NOT NULL;
CREATE INDEX deliveries_by_digest ON deliveries (channel_id, digest);
CREATE INDEX deliveries_by_key ON deliveries (data_key) WHERE data_key IS NOT NULL;
CREATE INDEX concerns ON deliveries (channel_id, seq) WHERE is_concern = 1;
CREATE INDEX states ON deliveries (channel_id, model, subject_id, event_time) WHERE burst_time IS NOT NULL;
CREATE INDEX deletions ON deliveries (channel_id, seq) WHERE ends_memory = 1;
CREATE INDEX remembered ON deliveries (received_at) WHERE is_remembered = 1;

-- Deleted channels whose deliveries may not be deleted yet.
CREATE TABLE deleted_channels (channel_id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL REFERENCES channels (channel) ON DELETE CASCADE,
  target_url TEXT NOT NULL,
  filter TEXT NOT NULL,
  -- Hash of the secret that allows the subscription to be ended.
  secret_hash TEXT,
  -- JSON of the Zap's description (ZapDescription in wire/console-api.ts).
  description TEXT,
  -- Sequence number of the newest delivery when the subscription was created.
  starts_after INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  -- Time of the first failed attempt since the last success, and the reason for the last failure.
  failing_since INTEGER,
  last_failure TEXT,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  -- Number of times that the target has refused the first delivery after the cursor.
  refused_tries INTEGER NOT NULL DEFAULT 0,
  -- Number of different deliveries that the target has refused since its last success.
  refused_events INTEGER NOT NULL DEFAULT 0,
  -- Sequence number of the first dead letter that the target may be responsible for.
  outage_from INTEGER,
  -- Number of consecutive failures of dead letters that are being redriven, and time of their next attempt.
  redrive_failures INTEGER NOT NULL DEFAULT 0,
  next_redrive_at INTEGER NOT NULL DEFAULT 0,
  -- Sequence number of the dead letter that was attempted last in the current pass of the redrive.
  redriven_up_to INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_success_at INTEGER,
  -- Number of the subscription's rows in dead_letters, maintained by triggers.
  dead_letters INTEGER NOT NULL DEFAULT 0,
  -- State of the subscription's token bucket.
  paced_at INTEGER NOT NULL DEFAULT 0,
  -- Start time of the operator's current pause, and end time of the last pause.
  paused_at INTEGER,
  resumed_at INTEGER,
  -- Sequence number of a delivery to bury at the operator's request. The request is complete once the cursor reaches
  -- it.
  skip_seq INTEGER,
  UNIQUE (channel, target_url, filter)
) STRICT;

-- Dead letters are deleted in steps with their subscription or their delivery, so there are no foreign keys.
CREATE TABLE dead_letters (
  subscription_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  dead_at INTEGER NOT NULL,
  is_redriven INTEGER NOT NULL DEFAULT 0,
  -- Time when the dead letter was last marked for redelivery.
  redriven_at INTEGER,
  -- 1 if it was last marked for redelivery from the console.
  is_sent_again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_delivery ON dead_letters (seq);
CREATE INDEX dead_letters_by_age ON dead_letters (dead_at);
CREATE INDEX dead_letters_redriven ON dead_letters (subscription_id, seq) WHERE is_redriven = 1;
CREATE INDEX dead_letters_at_rest ON dead_letters (subscription_id, seq) WHERE is_redriven = 0;

-- Deliveries that retention skipped while they were dead letters, and that may expire now that a dead letter has been
-- deleted.
CREATE TABLE former_dead_letters (seq INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER count_dead_letter AFTER INSERT ON dead_letters BEGIN
  UPDATE subscriptions SET dead_letters = dead_letters + 1 WHERE id = NEW.subscription_id;
END;
CREATE TRIGGER uncount_dead_letter AFTER DELETE ON dead_letters BEGIN
  UPDATE subscriptions SET dead_letters = dead_letters - 1 WHERE id = OLD.subscription_id;
  INSERT OR IGNORE INTO former_dead_letters (seq)
  SELECT d.seq FROM deliveries d JOIN channels c ON c.id = d.channel_id
  WHERE d.seq = OLD.seq AND d.list_id IS NOT NULL AND c.contents_deleted_up_to >= OLD.seq;
  UPDATE action_lists SET dead_up_to = OLD.seq - 1
  WHERE id = (SELECT list_id FROM deliveries WHERE seq = OLD.seq) AND dead_up_to >= OLD.seq;
END;

-- Deliveries by hour of arrival: their number, and the sequence number of the newest.
CREATE TABLE hourly_counts (
  channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  events INTEGER NOT NULL,
  others INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (channel_id, hour)
) STRICT, WITHOUT ROWID;

-- The sequence number that all cursors of a channel had reached, by hour. Retention deletes contents up to a watermark
-- that is old enough, and so needs no timestamp in each delivery.
CREATE TABLE watermarks (
  channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reached_at INTEGER NOT NULL,
  PRIMARY KEY (channel_id, hour)
) STRICT, WITHOUT ROWID;

-- Links to the console. The data keys of a link are wrapped under a key that the relay does not have.
CREATE TABLE console_links (
  -- Hash of the access token.
  token_hash TEXT NOT NULL UNIQUE,
  channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  -- JSON of the data keys, and of the connector's verdict on the signature of the newest event.
  keys TEXT NOT NULL,
  verdict TEXT NOT NULL
) STRICT;
CREATE INDEX console_links_by_channel ON console_links (channel_id);
CREATE INDEX console_links_by_expiry ON console_links (expires_at);

-- Failed attempts, the successes after them, and attempts to deliver deliveries that were sent again from the console.
-- Attempts are deleted with the content of the delivery or with the subscription.
CREATE TABLE attempts (
  subscription_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  -- Number among the attempts to send the delivery to the subscription.
  number INTEGER NOT NULL,
  -- NULL for a success.
  failure TEXT,
  duration_ms INTEGER NOT NULL,
  is_sent_again INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, seq, ended_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_delivery ON attempts (seq);
