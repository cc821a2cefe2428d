-- Times are milliseconds since 1970. An hour is a time divided by 3600000 ms.

CREATE TABLE channels (
  channel TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  -- 1 if the channel was ever registered with a registration secret.
  with_secret INTEGER NOT NULL DEFAULT 0,
  last_event_at INTEGER,
  -- Sequence number of the newest delivery with events.
  last_seq INTEGER NOT NULL DEFAULT 0,
  -- Number of the channel's rows in deliveries, maintained so that no query has to count them.
  deliveries INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  -- Sequence number up to which retention has deleted the bodies, except those of dead letters.
  bodies_deleted_up_to INTEGER NOT NULL DEFAULT 0,
  -- Counter of changes of the channel's subscriptions and of redrives.
  revision INTEGER NOT NULL DEFAULT 0,
  -- State of the channel's token bucket.
  paced_at INTEGER NOT NULL DEFAULT 0,
  lease_id TEXT,
  -- Time from which the channel may be leased: the expiry of its lease, if it has one. NULL: no work is scheduled.
  due_at INTEGER
) STRICT;
CREATE UNIQUE INDEX channels_by_lease ON channels (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
  id TEXT NOT NULL,
  digest BLOB NOT NULL,
  -- NULL for a delivery without events, and once retention has deleted the body.
  body BLOB,
  signature TEXT NOT NULL,
  content_type TEXT NOT NULL,
  actions TEXT NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);
CREATE INDEX deliveries_by_digest ON deliveries (channel, digest);

CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
  target_url TEXT NOT NULL,
  filter TEXT NOT NULL,
  -- Hash of the secret with which the subscription can be ended.
  secret_hash TEXT,
  cursor INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  -- Time of the first failed attempt since the last success, and the reason for the last failure.
  failing_since INTEGER,
  last_failure TEXT,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  -- Number of times that the target has refused the delivery after the cursor.
  refused_tries INTEGER NOT NULL DEFAULT 0,
  -- Number of different deliveries that the target has refused since its last success.
  refused_events INTEGER NOT NULL DEFAULT 0,
  -- Sequence number from which dead letters may be due to a fault of the target.
  outage_from INTEGER,
  -- Failures in a row and next attempt of dead letters that are redriven.
  redrive_failures INTEGER NOT NULL DEFAULT 0,
  next_redrive_at INTEGER NOT NULL DEFAULT 0,
  -- Sequence number of the dead letter that was attempted last in this pass of the redrive.
  redriven_up_to INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_success_at INTEGER,
  -- State of the subscription's token bucket.
  paced_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (channel, target_url, filter)
) STRICT;

CREATE TABLE dead_letters (
  subscription_id TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  seq INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
  reason TEXT NOT NULL,
  dead_at INTEGER NOT NULL,
  is_redriven INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_delivery ON dead_letters (seq);
CREATE INDEX dead_letters_redriven ON dead_letters (subscription_id) WHERE is_redriven;

-- Deliveries by the hour in which they arrived: their number, and the sequence number of the newest.
CREATE TABLE hourly_counts (
  channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  events INTEGER NOT NULL,
  others INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (channel, hour)
) STRICT, WITHOUT ROWID;

-- The sequence number that all cursors of a channel had reached, by hour. Retention deletes bodies up to a watermark
-- that is old enough, and so needs no timestamp in each delivery.
CREATE TABLE watermarks (
  channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reached_at INTEGER NOT NULL,
  PRIMARY KEY (channel, hour)
) STRICT, WITHOUT ROWID;
