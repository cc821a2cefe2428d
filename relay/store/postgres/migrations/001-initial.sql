-- Times are milliseconds since 1970. An hour is a time divided by 3600000 ms.
--
-- The store's clock: the time on the database server at the start of the statement.
CREATE FUNCTION relay_now() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint $$;

-- Tables whose rows are updated often have a fill factor of 50, which leaves room for the new version of a row on the
-- same page (HOT updates). An update that changes no indexed column then touches no index.
CREATE TABLE channels (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  -- True if the channel was ever registered with a registration secret.
  with_secret boolean NOT NULL DEFAULT false,
  last_event_at bigint,
  -- Sequence number of the newest delivery.
  newest_seq bigint NOT NULL DEFAULT 0,
  -- Sequence number of the newest delivery with events.
  last_seq bigint NOT NULL DEFAULT 0,
  -- Sequence number up to which retention has deleted the bodies, except those of dead letters.
  bodies_deleted_up_to bigint NOT NULL DEFAULT 0,
  -- Number of the channel's rows in deliveries, maintained so that no query has to count them.
  deliveries bigint NOT NULL DEFAULT 0,
  stored_bytes bigint NOT NULL DEFAULT 0,
  -- Counter of changes of the channel's subscriptions and of redrives.
  revision bigint NOT NULL DEFAULT 0,
  -- State of the channel's token bucket.
  paced_at bigint NOT NULL DEFAULT 0,
  lease_id uuid,
  -- The dispatcher that holds the lease.
  leased_by uuid,
  -- Time from which the channel may be leased: the expiry of its lease, if it has one. NULL: no work is scheduled.
  due_at bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE UNIQUE INDEX channels_by_lease ON channels (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;

-- channel_id has no foreign key: rows are only inserted while the channel's row is locked, and checking the key would
-- cost as much as inserting the row. When a channel is deleted, deleted_channels keeps its id until its deliveries
-- are gone.
CREATE TABLE deliveries (
  channel_id integer NOT NULL,
  seq bigint NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  digest bytea NOT NULL,
  -- NULL for a delivery without events, and once retention has deleted the body.
  body bytea,
  signature text NOT NULL,
  content_type text NOT NULL,
  actions text NOT NULL,
  received_at bigint NOT NULL,
  PRIMARY KEY (channel_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX deliveries_by_digest ON deliveries (channel_id, digest);

CREATE TABLE subscriptions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  channel_id integer NOT NULL REFERENCES channels ON DELETE CASCADE,
  target_url text NOT NULL,
  filter text NOT NULL,
  -- Hash of the secret with which the subscription can be ended.
  secret_hash text,
  cursor bigint NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  -- Time of the first failed attempt since the last success, and the reason for the last failure.
  failing_since bigint,
  last_failure text,
  next_attempt_at bigint NOT NULL DEFAULT 0,
  -- Number of times that the target has refused the delivery after the cursor.
  refused_tries integer NOT NULL DEFAULT 0,
  -- Number of different deliveries that the target has refused since its last success.
  refused_events integer NOT NULL DEFAULT 0,
  -- Sequence number from which dead letters may be due to a fault of the target.
  outage_from bigint,
  -- Failures in a row and next attempt of dead letters that are redriven.
  redrive_failures integer NOT NULL DEFAULT 0,
  next_redrive_at bigint NOT NULL DEFAULT 0,
  -- Sequence number of the dead letter that was attempted last in this pass of the redrive.
  redriven_up_to bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  last_success_at bigint,
  -- State of the subscription's token bucket.
  paced_at bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX subscriptions_by_channel ON subscriptions (channel_id);

CREATE TABLE dead_letters (
  subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  channel_id integer NOT NULL,
  seq bigint NOT NULL,
  reason text NOT NULL,
  dead_at bigint NOT NULL,
  is_redriven boolean NOT NULL DEFAULT false,
  PRIMARY KEY (subscription_id, seq)
);
CREATE INDEX dead_letters_by_delivery ON dead_letters (channel_id, seq);
CREATE INDEX dead_letters_by_age ON dead_letters (dead_at);
CREATE INDEX dead_letters_redriven ON dead_letters (subscription_id) WHERE is_redriven;

-- Deliveries by the hour in which they arrived: their number, and the sequence number of the newest.
CREATE TABLE hourly_counts (
  channel_id integer NOT NULL,
  hour integer NOT NULL,
  events bigint NOT NULL,
  others bigint NOT NULL,
  last_seq bigint NOT NULL,
  PRIMARY KEY (channel_id, hour)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The sequence number that all cursors of a channel had reached, by hour. Retention deletes bodies up to a watermark
-- that is old enough, and so needs no timestamp in each delivery.
CREATE TABLE watermarks (
  channel_id integer NOT NULL,
  hour integer NOT NULL,
  seq bigint NOT NULL,
  reached_at bigint NOT NULL,
  PRIMARY KEY (channel_id, hour)
) WITH (fillfactor = 50);

-- Deleted channels whose deliveries, hourly counts and watermarks may not be deleted yet.
CREATE TABLE deleted_channels (channel_id integer PRIMARY KEY);

-- Stores a group of deliveries in one statement. Returns the result of each, in order, and the holder of its channel.
-- With p_skip_locked, deliveries to channels that another session has locked are not stored: their result is 'locked'.
-- Bodies and digests are concatenated into one value each, because an array of bytea is sent in hexadecimal digits.
CREATE FUNCTION relay_ingest(
  p_channels text[], p_lengths integer[], p_bodies bytea, p_digests bytea, p_signatures text[],
  p_content_types text[], p_actions text[], p_received_at bigint[], p_max_bytes bigint, p_duplicate_ms bigint,
  p_skip_locked boolean
) RETURNS TABLE (result text, holder uuid) LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_locked integer[];
  v_hours integer[];
BEGIN
  -- Lock the channels before reading anything, in a fixed order to avoid deadlocks. A concurrent call waits here
  -- until this one commits and then sees its rows, so sequence numbers become visible in order and duplicates are
  -- always found.
  IF NOT p_skip_locked THEN
    SELECT array_agg(l.id) INTO v_locked FROM (
      SELECT c.id FROM channels c WHERE c.channel = ANY (p_channels) ORDER BY c.channel FOR NO KEY UPDATE) l;
  ELSE
    SELECT array_agg(l.id) INTO v_locked FROM (
      SELECT c.id FROM channels c WHERE c.channel = ANY (p_channels) FOR NO KEY UPDATE SKIP LOCKED) l;
    -- A channel is also skipped if another session has locked one of the hourly counts that are updated below.
    v_hours := ARRAY(SELECT DISTINCT (r / 3600000)::integer FROM unnest(p_received_at) AS r);
    WITH free AS MATERIALIZED (
      SELECT h.channel_id, h.hour FROM hourly_counts h
      WHERE h.channel_id = ANY (v_locked) AND h.hour = ANY (v_hours) FOR NO KEY UPDATE SKIP LOCKED)
    SELECT array_agg(l.id) INTO v_locked FROM unnest(v_locked) AS l(id) WHERE NOT EXISTS (
      SELECT 1 FROM hourly_counts h WHERE h.channel_id = l.id AND h.hour = ANY (v_hours)
        AND NOT EXISTS (SELECT 1 FROM free f WHERE f.channel_id = h.channel_id AND f.hour = h.hour));
  END IF;
  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT g.ordinal::integer AS ordinal, g.channel, c.id AS channel_id, c.stored_bytes, c.newest_seq, c.leased_by,
      substring(p_digests FROM (g.ordinal::integer - 1) * 32 + 1 FOR 32) AS digest,
      g.actions <> '[]' AS is_event, g.length, (sum(g.length) OVER (ORDER BY g.ordinal) - g.length)::integer AS start,
      g.signature, g.content_type, g.actions, g.received_at
    FROM unnest(p_channels, p_lengths, p_signatures, p_content_types, p_actions, p_received_at) WITH ORDINALITY
      AS g(channel, length, signature, content_type, actions, received_at, ordinal)
    LEFT JOIN LATERAL (
      SELECT k.* FROM channels k WHERE k.channel = g.channel AND k.id = ANY (v_locked) LIMIT 1) c ON true
  ), judged AS MATERIALIZED (
    SELECT g.*, row_number() OVER (PARTITION BY g.channel_id, g.digest ORDER BY g.ordinal) > 1 AS is_repeated,
      EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = g.channel_id AND d.digest = g.digest
        AND d.received_at > g.received_at - p_duplicate_ms) AS is_known,
      g.stored_bytes + g.length > p_max_bytes AS is_too_large
    FROM given g WHERE g.channel_id IS NOT NULL
  ), sized AS (
    SELECT j.*, j.is_too_large OR j.stored_bytes + sum(CASE WHEN j.is_too_large THEN 0 ELSE j.length END)
      OVER (PARTITION BY j.channel_id ORDER BY j.ordinal) > p_max_bytes AS is_full
    FROM judged j WHERE NOT j.is_known AND NOT j.is_repeated
  ), numbered AS MATERIALIZED (
    SELECT s.*, s.newest_seq + row_number() OVER (PARTITION BY s.channel_id ORDER BY s.ordinal) AS seq
    FROM sized s WHERE NOT s.is_full
  ), inserted AS (
    INSERT INTO deliveries (channel_id, seq, digest, body, signature, content_type, actions, received_at)
    SELECT n.channel_id, n.seq, n.digest,
      CASE WHEN n.is_event THEN substring(p_bodies FROM n.start + 1 FOR n.length) END,
      n.signature, n.content_type, n.actions, n.received_at
    FROM numbered n
  ), counted AS (
    INSERT INTO hourly_counts AS h (channel_id, hour, events, others, last_seq)
    SELECT n.channel_id, n.received_at / 3600000, count(*) FILTER (WHERE n.is_event),
      count(*) FILTER (WHERE NOT n.is_event), max(n.seq) FROM numbered n GROUP BY 1, 2
    ON CONFLICT (channel_id, hour) DO UPDATE SET events = h.events + excluded.events,
      others = h.others + excluded.others, last_seq = excluded.last_seq
  ), summed AS (
    SELECT n.channel_id, count(*) AS count, max(n.seq) AS newest_seq, max(n.seq) FILTER (WHERE n.is_event) AS last_seq,
      sum(n.length) AS bytes, max(n.received_at) AS received_at FROM numbered n GROUP BY 1
  ), updated AS (
    UPDATE channels c SET newest_seq = s.newest_seq, last_seq = coalesce(s.last_seq, c.last_seq),
      deliveries = c.deliveries + s.count, stored_bytes = c.stored_bytes + s.bytes, last_event_at = s.received_at,
      due_at = CASE WHEN c.lease_id IS NULL AND s.last_seq IS NOT NULL THEN least(c.due_at, relay_now())
        ELSE c.due_at END
    FROM summed s WHERE c.id = s.channel_id
  )
  -- A repetition within the group is a duplicate only if its first occurrence was stored.
  SELECT CASE
    WHEN g.channel_id IS NULL AND p_skip_locked AND EXISTS (SELECT 1 FROM channels k WHERE k.channel = g.channel)
      THEN 'locked'
    WHEN g.channel_id IS NULL THEN 'unregistered' WHEN n.ordinal = g.ordinal THEN 'stored'
    WHEN j.is_known OR n.ordinal IS NOT NULL THEN 'duplicate' ELSE 'full' END, g.leased_by
  FROM given g LEFT JOIN judged j ON j.ordinal = g.ordinal
    LEFT JOIN numbered n ON n.channel_id = g.channel_id AND n.digest = g.digest
  ORDER BY g.ordinal;
END $$;

-- Notes that a channel was registered with a registration secret. Returns false if the channel is not registered.
CREATE FUNCTION relay_register_again(p_channel text, p_with_secret boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE channels SET with_secret = true WHERE p_with_secret AND channel = p_channel AND NOT with_secret;
  RETURN EXISTS (SELECT 1 FROM channels WHERE channel = p_channel);
END $$;

-- Registers a channel, and evicts an idle one if all slots are taken. Returns 'registered' or 'full'.
CREATE FUNCTION relay_register(
  p_channel text, p_max_channels integer, p_idle_since bigint, p_with_secret boolean, p_now bigint
)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_idle integer;
BEGIN
  IF relay_register_again(p_channel, p_with_secret) THEN RETURN 'registered'; END IF;
  -- One call at a time counts the slots. The channel may have been registered while this call waited for the lock.
  PERFORM pg_advisory_xact_lock(hashtext('relay_register'), hashtext(current_schema()));
  IF relay_register_again(p_channel, p_with_secret) THEN RETURN 'registered'; END IF;
  IF (SELECT count(*) FROM channels) >= p_max_channels THEN
    SELECT c.id INTO v_idle FROM channels c
    WHERE greatest(c.created_at, c.last_event_at) < p_idle_since
      AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = c.id)
    ORDER BY greatest(c.created_at, c.last_event_at) LIMIT 1 FOR UPDATE SKIP LOCKED;
    -- Check again under the lock: a subscription may have been added before the row was locked.
    IF v_idle IS NULL OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = v_idle) THEN RETURN 'full'; END IF;
    DELETE FROM channels WHERE id = v_idle;
    INSERT INTO deleted_channels VALUES (v_idle);
  END IF;
  INSERT INTO channels (channel, created_at, with_secret) VALUES (p_channel, p_now, p_with_secret)
  ON CONFLICT DO NOTHING;
  RETURN 'registered';
END $$;

-- Returns the id of the new or existing subscription, or NULL if the channel has p_max subscriptions.
CREATE FUNCTION relay_subscribe(
  p_channel text, p_target_url text, p_filter text, p_secret_hash text, p_max integer, p_now bigint
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_channel channels;
  v_id uuid;
BEGIN
  SELECT * INTO v_channel FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  SELECT s.id INTO v_id FROM subscriptions s
  WHERE s.channel_id = v_channel.id AND s.target_url = p_target_url AND s.filter = p_filter;
  IF v_id IS NOT NULL THEN
    UPDATE subscriptions SET secret_hash = p_secret_hash WHERE id = v_id AND p_secret_hash IS NOT NULL;
    RETURN v_id;
  END IF;
  IF (SELECT count(*) FROM subscriptions s WHERE s.channel_id = v_channel.id) >= p_max THEN RETURN NULL; END IF;
  INSERT INTO subscriptions (channel_id, target_url, filter, secret_hash, cursor, created_at)
  VALUES (v_channel.id, p_target_url, p_filter, p_secret_hash, v_channel.last_seq, p_now) RETURNING id INTO v_id;
  UPDATE channels SET revision = revision + 1 WHERE id = v_channel.id;
  RETURN v_id;
END $$;

-- Deletes deliveries of deleted channels, and expired deliveries and bodies of other channels. Channels stay locked
-- until the end of the transaction, so p_batch limits the deliveries and p_channels the channels that one call
-- changes. Rows that another session has locked are left for a later call. Returns the number of deliveries changed, or
-- p_batch if there may be more.
CREATE FUNCTION relay_delete_expired(
  p_body_ms bigint, p_duplicate_ms bigint, p_batch integer, p_channels integer, p_now bigint
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_channel record;
  v_left integer := p_batch;
  v_channels_left integer := p_channels;
  v_deleted integer;
  v_bodies_deleted integer;
  v_bytes bigint;
  v_bodies_deleted_up_to bigint;
BEGIN
  -- One process at a time; a concurrent call returns at once.
  IF NOT pg_try_advisory_xact_lock(hashtext('relay_delete_expired'), hashtext(current_schema())) THEN RETURN 0; END IF;

  DELETE FROM deliveries d USING (
    SELECT d.channel_id, d.seq FROM deleted_channels c JOIN deliveries d USING (channel_id) LIMIT v_left
    FOR UPDATE OF d SKIP LOCKED) gone
  WHERE d.channel_id = gone.channel_id AND d.seq = gone.seq;
  GET DIAGNOSTICS v_deleted = ROW_COUNT;
  v_left := v_left - v_deleted;

  FOR v_channel IN
    SELECT c.id, c.bodies_deleted_up_to, max(w.seq) AS bodies_expired_up_to,
      coalesce((SELECT max(h.last_seq) FROM hourly_counts h
        WHERE h.channel_id = c.id AND (h.hour + 1)::bigint * 3600000 <= p_now - p_duplicate_ms), 0)
        AS digests_expired_up_to
    FROM watermarks w JOIN channels c ON c.id = w.channel_id WHERE w.reached_at <= p_now - p_body_ms
    GROUP BY c.id ORDER BY c.channel
  LOOP
    EXIT WHEN v_left <= 0 OR v_channels_left <= 0;
    PERFORM 1 FROM channels c WHERE c.id = v_channel.id FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    -- Deliveries that are no longer needed to recognize duplicates.
    WITH gone AS (
      DELETE FROM deliveries d USING (
        SELECT o.seq FROM deliveries o WHERE o.channel_id = v_channel.id
          AND o.seq <= least(v_channel.bodies_expired_up_to, v_channel.digests_expired_up_to) AND NOT EXISTS (
            SELECT 1 FROM dead_letters l WHERE l.channel_id = o.channel_id AND l.seq = o.seq)
        ORDER BY o.seq LIMIT v_left FOR UPDATE OF o SKIP LOCKED) old
      WHERE d.channel_id = v_channel.id AND d.seq = old.seq RETURNING coalesce(octet_length(d.body), 0) AS bytes)
    SELECT count(*), coalesce(sum(bytes), 0) INTO v_deleted, v_bytes FROM gone;
    v_left := v_left - v_deleted;

    -- Bodies of deliveries that are still needed for that.
    WITH old AS (
      SELECT o.seq, octet_length(o.body) AS bytes FROM deliveries o WHERE o.channel_id = v_channel.id
        AND o.seq > greatest(v_channel.bodies_deleted_up_to, v_channel.digests_expired_up_to)
        AND o.seq <= v_channel.bodies_expired_up_to
        AND o.body IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM dead_letters l WHERE l.channel_id = o.channel_id AND l.seq = o.seq)
      ORDER BY o.seq LIMIT v_left FOR UPDATE OF o SKIP LOCKED), emptied AS (
      UPDATE deliveries d SET body = NULL FROM old WHERE d.channel_id = v_channel.id AND d.seq = old.seq)
    SELECT count(*), v_bytes + coalesce(sum(bytes), 0) INTO v_bodies_deleted, v_bytes FROM old;
    v_left := v_left - v_bodies_deleted;
    -- The first body that was left out, because it was locked or beyond the batch.
    IF v_bodies_deleted > 0 THEN
      SELECT coalesce(min(r.seq) - 1, v_channel.bodies_expired_up_to) INTO v_bodies_deleted_up_to FROM (
        SELECT o.seq FROM deliveries o WHERE o.channel_id = v_channel.id
          AND o.seq > greatest(v_channel.bodies_deleted_up_to, v_channel.digests_expired_up_to)
          AND o.seq <= v_channel.bodies_expired_up_to
          AND o.body IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM dead_letters l WHERE l.channel_id = o.channel_id AND l.seq = o.seq)
        ORDER BY o.seq LIMIT 1) r;
    END IF;

    IF v_deleted + v_bodies_deleted > 0 THEN
      UPDATE channels SET stored_bytes = stored_bytes - v_bytes, deliveries = deliveries - v_deleted,
        bodies_deleted_up_to = CASE WHEN v_bodies_deleted > 0 THEN v_bodies_deleted_up_to ELSE bodies_deleted_up_to END
      WHERE id = v_channel.id;
      v_channels_left := v_channels_left - 1;
    END IF;
  END LOOP;
  RETURN CASE WHEN v_channels_left <= 0 THEN p_batch ELSE p_batch - v_left END;
END $$;
