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
  -- The public key that the channel's data keys are wrapped for.
  seal_key bytea NOT NULL,
  last_event_at bigint,
  -- Sequence number of the newest delivery.
  newest_seq bigint NOT NULL DEFAULT 0,
  -- Sequence number of the newest delivery with events.
  last_seq bigint NOT NULL DEFAULT 0,
  -- Sequence number up to which retention has deleted all contents except those of dead letters.
  contents_deleted_up_to bigint NOT NULL DEFAULT 0,
  -- Number of the channel's rows in deliveries, maintained so that queries need not count them.
  deliveries bigint NOT NULL DEFAULT 0,
  -- Number of the channel's remembered deliveries.
  remembered bigint NOT NULL DEFAULT 0,
  stored_bytes bigint NOT NULL DEFAULT 0,
  -- Counter that increases with each change to the channel's subscriptions and with each redrive.
  revision bigint NOT NULL DEFAULT 0,
  -- State of the channel's token bucket.
  paced_at bigint NOT NULL DEFAULT 0,
  lease_id uuid,
  -- The dispatcher that holds the lease, or that a channel without a lease is reserved for.
  leased_by uuid,
  -- Earliest time for a new lease. If the channel is leased, this is the expiry time of its lease. NULL if no work is
  -- scheduled.
  due_at bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE UNIQUE INDEX channels_by_lease ON channels (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;

-- The dispatchers of the running processes, and the numbers of subscriptions that they are delivering to. Each process
-- writes its row once per second, so the table need not survive a crash.
CREATE UNLOGGED TABLE dispatchers (
  holder uuid PRIMARY KEY,
  load integer NOT NULL,
  announced_until bigint NOT NULL
) WITH (fillfactor = 50);

-- The different combinations of actions among a channel's deliveries with content. The deliveries of each list are
-- numbered, so that the deliveries after a cursor can be counted by reading two numbers. Like the other tables below,
-- this table has no foreign key. Rows are inserted only while the channel's row is locked. When a channel is deleted,
-- the table deleted_channels keeps its id until the rows are deleted.
CREATE TABLE action_lists (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id integer NOT NULL,
  -- JSON array, or `null` for unknown actions.
  actions text NOT NULL,
  -- Sequence number up to which all deliveries of the list are dead letters. A search for delivered deliveries starts
  -- after it.
  dead_up_to bigint NOT NULL DEFAULT 0
);
-- The hash keeps long lists out of the index. Queries compare the actions as well, because a hash is not unique.
CREATE INDEX action_lists_by_actions ON action_lists (channel_id, hashtext(actions));

-- Data keys, wrapped for the seal key of their channel. Without them, sealed content cannot be opened, so they are
-- deleted with the channel. A key is added before the first delivery that needs it, and deleted by retention when no
-- delivery needs it. Both operations lock the channel.
CREATE TABLE data_keys (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id integer NOT NULL REFERENCES channels ON DELETE CASCADE,
  -- The name of the key in envelopes.
  key_id uuid NOT NULL,
  wrapped bytea NOT NULL,
  UNIQUE (channel_id, key_id)
);

-- Hash of a subject. Indexing the hash is cheaper than indexing the texts. Queries compare the subject as well, because
-- a hash is not unique. They use IS NOT DISTINCT FROM, which no other index supports. Otherwise, a plan that was made
-- while the table was small might use another index, and later read all deliveries of the channel.
CREATE FUNCTION relay_subject(p_channel_id integer, p_model text, p_subject_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT hashtextextended(p_subject_id || p_model, p_channel_id) $$;

-- The columns from list_id on are NULL for a delivery without events, and after the content has been deleted. The other
-- columns are kept to recognize duplicates.
CREATE TABLE deliveries (
  channel_id integer NOT NULL,
  seq bigint NOT NULL,
  received_at bigint NOT NULL,
  digest bytea NOT NULL,
  list_id integer,
  data_key integer,
  -- Number of the delivery in its action list. It increases with the sequence number, without gaps among the deliveries
  -- that a subscription is waiting for.
  ordinal bigint,
  event_time bigint,
  id uuid,
  -- True for a wellbeing concern, NULL for any other delivery.
  is_concern boolean,
  model text,
  subject_id text,
  -- The actions as JSON, if they are known but the delivery is in the list of unknown actions.
  actions text,
  -- Event time of the delivery that began the burst of a state; see relay/store/memory.ts. NULL for any other delivery.
  burst_time bigint,
  -- Sequence number of the previous delivery. Its content may have been removed.
  previous_seq bigint,
  -- False for a deletion that ends the memory of its subject once it is settled, true once it has ended the memory.
  memory_ended boolean,
  -- True if the content has expired and is kept as the newest state of its subject or as a previous delivery.
  is_remembered boolean,
  -- True if the content has expired and is kept for dead letters, or if retention must check it again.
  is_overdue boolean,
  -- The sealed content. It is stored uncompressed, because sealed bytes cannot be compressed.
  sealed bytea,
  PRIMARY KEY (channel_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE deliveries ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX deliveries_by_digest ON deliveries (channel_id, digest);
CREATE INDEX deliveries_by_list ON deliveries (list_id, seq) INCLUDE (ordinal, received_at) WHERE list_id IS NOT NULL;
CREATE INDEX deliveries_by_key ON deliveries (data_key) WHERE data_key IS NOT NULL;
CREATE INDEX deliveries_without_content ON deliveries (channel_id, seq) WHERE list_id IS NULL;
-- Deliveries that are processed when they are settled: when no subscription is waiting for them and they are not dead
-- letters.
CREATE INDEX deliveries_to_settle ON deliveries (channel_id, seq) WHERE is_concern OR NOT memory_ended;
-- The last entry of a subject is its newest state, so no table of subjects is needed that each delivery would update.
CREATE INDEX states ON deliveries (relay_subject(channel_id, model, subject_id), event_time, seq)
  WHERE burst_time IS NOT NULL;
CREATE INDEX deliveries_remembered ON deliveries (channel_id, received_at) WHERE is_remembered;
CREATE INDEX deliveries_overdue ON deliveries (channel_id, seq) WHERE is_overdue;

CREATE TABLE subscriptions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  channel_id integer NOT NULL REFERENCES channels ON DELETE CASCADE,
  target_url text NOT NULL,
  filter text NOT NULL,
  -- Hash of the secret that allows the subscription to be ended.
  secret_hash text,
  -- JSON of the Zap's description (ZapDescription in wire/console-api.ts).
  description text,
  -- Sequence number of the newest delivery when the subscription was created.
  starts_after bigint NOT NULL,
  cursor bigint NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  -- Time of the first failed attempt since the last success, and the reason for the last failure.
  failing_since bigint,
  last_failure text,
  next_attempt_at bigint NOT NULL DEFAULT 0,
  -- Number of times that the target has refused the first delivery after the cursor.
  refused_tries integer NOT NULL DEFAULT 0,
  -- Number of different deliveries that the target has refused since its last success.
  refused_events integer NOT NULL DEFAULT 0,
  -- Sequence number of the first dead letter that the target may be responsible for.
  outage_from bigint,
  -- Number of consecutive failures of dead letters that are being redriven, and time of their next attempt.
  redrive_failures integer NOT NULL DEFAULT 0,
  next_redrive_at bigint NOT NULL DEFAULT 0,
  -- Sequence number of the dead letter that was attempted last in the current pass of the redrive.
  redriven_up_to bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  last_success_at bigint,
  -- Number of the subscription's rows in dead_letters, maintained by triggers.
  dead_letters bigint NOT NULL DEFAULT 0,
  -- State of the subscription's token bucket.
  paced_at bigint NOT NULL DEFAULT 0,
  -- Start time of the operator's current pause, and end time of the last pause.
  paused_at bigint,
  resumed_at bigint,
  -- Sequence number of a delivery to bury at the operator's request. The request is complete once the cursor reaches
  -- it.
  skip_seq bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX subscriptions_by_channel ON subscriptions (channel_id);

-- Dead letters are deleted in steps with their subscription or channel.
CREATE TABLE dead_letters (
  subscription_id uuid NOT NULL,
  channel_id integer NOT NULL,
  seq bigint NOT NULL,
  reason text NOT NULL,
  dead_at bigint NOT NULL,
  is_redriven boolean NOT NULL DEFAULT false,
  -- Time when the dead letter was last marked for redelivery.
  redriven_at bigint,
  -- True if it was last marked for redelivery from the console.
  is_sent_again boolean NOT NULL DEFAULT false,
  PRIMARY KEY (subscription_id, seq)
);
CREATE INDEX dead_letters_by_delivery ON dead_letters (channel_id, seq);
CREATE INDEX dead_letters_by_age ON dead_letters (dead_at);
CREATE INDEX dead_letters_redriven ON dead_letters (subscription_id, seq) WHERE is_redriven;

CREATE FUNCTION relay_dead_letters_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE subscriptions s SET dead_letters = s.dead_letters + c.count
  FROM (SELECT subscription_id, count(*) AS count FROM changed GROUP BY 1) c WHERE s.id = c.subscription_id;
  RETURN NULL;
END $$;
CREATE TRIGGER dead_letters_inserted AFTER INSERT ON dead_letters REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION relay_dead_letters_inserted();

CREATE FUNCTION relay_dead_letters_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE subscriptions s SET dead_letters = s.dead_letters - c.count
  FROM (SELECT subscription_id, count(*) AS count FROM changed GROUP BY 1) c WHERE s.id = c.subscription_id;
  -- A locked list is skipped, because retention resets all lists.
  UPDATE action_lists a SET dead_up_to = l.dead_up_to FROM (
    SELECT k.id, least(k.dead_up_to, c.first_seq - 1) AS dead_up_to
    FROM (SELECT d.list_id, min(d.seq) AS first_seq FROM changed JOIN deliveries d USING (channel_id, seq) GROUP BY 1) c
      JOIN action_lists k ON k.id = c.list_id AND k.dead_up_to >= c.first_seq
    FOR NO KEY UPDATE OF k SKIP LOCKED) l
  WHERE a.id = l.id;
  RETURN NULL;
END $$;
CREATE TRIGGER dead_letters_deleted AFTER DELETE ON dead_letters REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION relay_dead_letters_deleted();

-- Deliveries by hour of arrival: their number, and the sequence number of the newest.
CREATE TABLE hourly_counts (
  channel_id integer NOT NULL,
  hour integer NOT NULL,
  events bigint NOT NULL,
  others bigint NOT NULL,
  last_seq bigint NOT NULL,
  PRIMARY KEY (channel_id, hour)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The sequence number that all cursors of a channel had reached, by hour. Retention deletes contents up to a watermark
-- that is old enough, and so needs no timestamp in each delivery.
CREATE TABLE watermarks (
  channel_id integer NOT NULL,
  hour integer NOT NULL,
  seq bigint NOT NULL,
  reached_at bigint NOT NULL,
  PRIMARY KEY (channel_id, hour)
) WITH (fillfactor = 50);

-- Failed attempts, the successes after them, and attempts to deliver deliveries that were sent again from the console.
-- Attempts are deleted with the content of the delivery or with the subscription.
CREATE TABLE attempts (
  subscription_id uuid NOT NULL,
  channel_id integer NOT NULL,
  seq bigint NOT NULL,
  ended_at bigint NOT NULL,
  -- Number among the attempts to send the delivery to the subscription.
  number integer NOT NULL,
  -- NULL for a success.
  failure text,
  duration_ms integer NOT NULL,
  is_sent_again boolean NOT NULL,
  PRIMARY KEY (subscription_id, seq, ended_at)
);
CREATE INDEX attempts_by_delivery ON attempts (channel_id, seq);

-- Links to the console. The data keys of a link are wrapped under a key that the relay does not have.
CREATE TABLE console_links (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Hash of the access token.
  token_hash text NOT NULL UNIQUE,
  channel_id integer NOT NULL REFERENCES channels ON DELETE CASCADE,
  expires_at bigint NOT NULL,
  keys json NOT NULL,
  -- The connector's verdict on the signature of the newest event, or the JSON value null.
  verdict json NOT NULL
);
CREATE INDEX console_links_by_channel ON console_links (channel_id);
CREATE INDEX console_links_by_expiry ON console_links (expires_at);

-- Deleted channels whose rows in other tables may not be deleted yet.
CREATE TABLE deleted_channels (channel_id integer PRIMARY KEY);

-- The memory of a subject while deliveries are added to it, and the place of the delivery that was added last.
CREATE TYPE relay_memory AS (
  newest_seq bigint,
  newest_time bigint,
  -- NULL if there is no current burst, because there is no state or the memory has ended.
  current_burst bigint,
  -- The newest state before the current burst.
  before_seq bigint,
  -- Columns of the delivery that was added.
  burst_time bigint,
  previous_seq bigint
);

-- Adds a delivery to the memory of its subject. p_stored is the memory at the beginning.
CREATE FUNCTION relay_remember(
  p_memory relay_memory, p_stored relay_memory, p_event_time bigint, p_seq bigint, p_burst_ms bigint
) RETURNS relay_memory LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  m relay_memory := coalesce(p_memory, p_stored);
BEGIN
  IF m.newest_seq IS NULL OR (m.current_burst IS NULL AND p_event_time > m.newest_time) THEN
    RETURN (p_seq, p_event_time, p_event_time, NULL, p_event_time, NULL)::relay_memory;
  ELSIF p_event_time > m.current_burst + p_burst_ms THEN
    RETURN (p_seq, p_event_time, p_event_time, m.newest_seq, p_event_time, m.newest_seq)::relay_memory;
  ELSIF m.current_burst IS NULL OR p_event_time < m.current_burst - p_burst_ms THEN
    RETURN (m.newest_seq, m.newest_time, m.current_burst, m.before_seq, NULL, NULL)::relay_memory;
  ELSIF p_event_time >= m.newest_time THEN
    RETURN (p_seq, p_event_time, m.current_burst, m.before_seq, m.current_burst, m.before_seq)::relay_memory;
  END IF;
  RETURN (m.newest_seq, m.newest_time, m.current_burst, m.before_seq, m.current_burst, m.before_seq)::relay_memory;
END $$;
CREATE AGGREGATE relay_remember(relay_memory, bigint, bigint, bigint) (SFUNC = relay_remember, STYPE = relay_memory);

-- Schedules another check of a remembered state by retention. Returns false if the state is no longer remembered or if
-- another session has locked it. A locked state is kept until it is too old. The caller has locked the channel and
-- counts the result.
CREATE FUNCTION relay_supersede(p_channel_id integer, p_seq bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM deliveries d WHERE d.channel_id = p_channel_id AND d.seq = p_seq FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE deliveries d SET is_remembered = NULL, is_overdue = true
  WHERE d.channel_id = p_channel_id AND d.seq = p_seq AND d.is_remembered IS NOT DISTINCT FROM true;
  RETURN FOUND;
END $$;

-- Stores a group of deliveries in one statement. Returns the result of each delivery, in order, and the holder of its
-- channel. p_channels, p_actions, p_keys, p_models, p_concerns and p_deletions hold the different kinds of deliveries
-- in the group, and p_kinds the number of each delivery's kind. The actions are '[]' for a delivery without events, and
-- empty for a wellbeing concern that is not stored. p_firsts holds the number of the first delivery in the group with
-- the same channel and digest. p_subjects holds the number of the first delivery with the same subject, or NULL for a
-- delivery that has no place in the memory. If p_skip_locked is true, deliveries to channels that another session has
-- locked are not stored, and their result is 'locked'. If p_may_be_unknown is true, deliveries whose actions are not in
-- action_lists get the list of unknown actions. Otherwise, no delivery to their channels is stored, so that no group is
-- stored in part, and the result of all of them is 'unlisted'. The same applies if a data key is not in data_keys.
-- Contents and digests are each concatenated into one value, because an array of bytea would be sent as hexadecimal
-- digits.
CREATE FUNCTION relay_ingest(
  p_channels text[], p_actions text[], p_keys uuid[], p_models text[], p_concerns boolean[], p_deletions boolean[],
  p_kinds integer[], p_firsts integer[], p_subjects integer[], p_starts integer[], p_lengths integer[], p_sealed bytea,
  p_digests bytea, p_ids uuid[], p_subject_ids text[], p_event_times bigint[], p_received_at bigint[],
  p_max_bytes bigint, p_duplicate_ms bigint, p_max_deliveries bigint, p_burst_ms bigint, p_skip_locked boolean,
  p_may_be_unknown boolean
) RETURNS TABLE (result text, holder uuid) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
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
  -- Channels, action lists and data keys are read once for each kind. Data that is stored unchanged is read when it is
  -- inserted, so that the sorting for window functions does not copy it.
  WITH kinds AS MATERIALIZED (
    SELECT l.*, bool_or(l.is_kept AND (l.list_id IS NULL OR l.data_key IS NULL)) OVER (PARTITION BY l.channel_id)
      AS is_unlisted
    FROM (
      SELECT p.number::integer AS number, p.actions <> '[]' AS is_event, p.actions NOT IN ('[]', '') AS is_kept,
        c.id AS channel_id, c.stored_bytes, c.deliveries, c.newest_seq, c.leased_by, a.id AS list_id,
        a.id IS DISTINCT FROM a.own_id AS is_unknown, coalesce(
          (SELECT d.ordinal FROM deliveries d WHERE d.list_id = a.id ORDER BY d.seq DESC LIMIT 1), 0) AS newest_ordinal,
        (SELECT k.id FROM data_keys k WHERE k.channel_id = c.id AND k.key_id = p.key) AS data_key,
        c.id IS NULL AND p_skip_locked AND EXISTS (SELECT 1 FROM channels k WHERE k.channel = p.channel) AS is_locked
      FROM unnest(p_channels, p_actions, p_keys) WITH ORDINALITY AS p(channel, actions, key, number)
        LEFT JOIN LATERAL (
          SELECT k.* FROM channels k WHERE k.channel = p.channel AND k.id = ANY (v_locked) LIMIT 1) c ON true
        LEFT JOIN LATERAL (
          SELECT k.id FROM action_lists k WHERE p.actions NOT IN ('[]', '') AND k.channel_id = c.id
            AND hashtext(k.actions) = hashtext(p.actions) AND k.actions = p.actions LIMIT 1) o ON true
        LEFT JOIN LATERAL (
          SELECT o.id AS own_id, coalesce(o.id, CASE WHEN p_may_be_unknown AND p.actions NOT IN ('[]', '') THEN (
            SELECT k.id FROM action_lists k WHERE k.channel_id = c.id
              AND hashtext(k.actions) = hashtext('null') AND k.actions = 'null' LIMIT 1) END) AS id) a ON true) l
  ), given AS MATERIALIZED (
    SELECT g.kind, g.first, g.start, g.length, g.received_at, g.number::integer AS number,
      substring(p_digests FROM (g.number::integer - 1) * 32 + 1 FOR 32) AS digest
    FROM unnest(p_kinds, p_firsts, p_starts, p_lengths, p_received_at) WITH ORDINALITY
      AS g(kind, first, start, length, received_at, number)
  ), judged AS MATERIALIZED (
    SELECT g.number, g.kind, g.first, g.start, g.length, g.received_at, g.digest, k.is_event, k.is_kept, k.channel_id,
      k.stored_bytes, k.deliveries, k.newest_seq, k.leased_by, k.list_id, k.is_unknown, k.newest_ordinal, k.data_key,
      k.is_locked, k.is_unlisted,
      EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = k.channel_id AND d.digest = g.digest
        AND d.received_at > g.received_at - p_duplicate_ms) AS is_known,
      k.stored_bytes + g.length > p_max_bytes OR k.deliveries >= p_max_deliveries AS is_too_large
    FROM given g JOIN kinds k ON k.number = g.kind
  ), sized AS (
    SELECT j.*, j.is_too_large OR j.stored_bytes + sum(CASE WHEN j.is_too_large THEN 0 ELSE j.length END)
      OVER in_order > p_max_bytes OR j.deliveries + count(*) FILTER (WHERE NOT j.is_too_large) OVER in_order
        > p_max_deliveries AS is_full
    FROM judged j WHERE j.channel_id IS NOT NULL AND NOT j.is_known AND j.first = j.number AND NOT j.is_unlisted
    WINDOW in_order AS (PARTITION BY j.channel_id ORDER BY j.number)
  ), numbered AS (
    SELECT s.*, s.newest_seq + row_number() OVER (PARTITION BY s.channel_id ORDER BY s.number) AS seq,
      CASE WHEN s.is_kept THEN s.newest_ordinal + row_number() OVER (PARTITION BY s.list_id ORDER BY s.number) END
        AS ordinal, p_subjects[s.number] AS subject, p_event_times[s.number] AS event_time
    FROM sized s WHERE NOT s.is_full
  ), placed AS MATERIALIZED (
    -- The place of each delivery in the memory of its subject, as if the deliveries were stored one by one.
    SELECT n.*, t.seq AS state_seq, t.burst_time AS state_burst, t.is_remembered, relay_remember(
      (t.seq, t.event_time, t.burst_time, t.previous_seq, NULL, NULL)::relay_memory,
      n.event_time, n.seq, p_burst_ms) FILTER (WHERE n.subject IS NOT NULL)
      OVER (PARTITION BY n.subject ORDER BY n.number) AS memory
    FROM numbered n LEFT JOIN LATERAL (
      SELECT d.seq, d.event_time, CASE WHEN d.memory_ended IS NOT true THEN d.burst_time END AS burst_time,
        d.previous_seq, d.is_remembered
      FROM deliveries d WHERE n.subject IS NOT NULL
        AND relay_subject(d.channel_id, d.model, d.subject_id)
          = relay_subject(n.channel_id, p_models[n.kind], p_subject_ids[n.number])
        AND (d.channel_id, d.model, d.subject_id)
          IS NOT DISTINCT FROM (n.channel_id, p_models[n.kind], p_subject_ids[n.number])
        AND d.burst_time IS NOT NULL
      ORDER BY d.event_time DESC, d.seq DESC LIMIT 1) t ON true
  ), inserted AS (
    INSERT INTO deliveries (channel_id, seq, received_at, digest, list_id, data_key, ordinal, event_time, id, is_concern,
      model, subject_id, actions, burst_time, previous_seq, memory_ended, sealed)
    SELECT n.channel_id, n.seq, n.received_at, n.digest, n.list_id, n.data_key, n.ordinal, n.event_time,
      p_ids[n.number], p_concerns[n.kind], p_models[n.kind], p_subject_ids[n.number],
      CASE WHEN n.is_unknown THEN p_actions[n.kind] END, (n.memory).burst_time, (n.memory).previous_seq,
      CASE WHEN n.subject IS NOT NULL AND p_deletions[n.kind] THEN false END,
      CASE WHEN n.is_kept THEN substring(p_sealed FROM n.start + 1 FOR n.length) END
    FROM placed n
  ), superseded AS MATERIALIZED (
    -- A remembered state is no longer needed once another state of its burst replaces it.
    SELECT p.channel_id FROM placed p
    WHERE p.is_remembered AND (p.memory).newest_seq <> p.state_seq AND (p.memory).current_burst = p.state_burst
      AND relay_supersede(p.channel_id, p.state_seq)
  ), counted AS (
    INSERT INTO hourly_counts AS h (channel_id, hour, events, others, last_seq)
    SELECT n.channel_id, n.received_at / 3600000, count(*) FILTER (WHERE n.is_event),
      count(*) FILTER (WHERE NOT n.is_event), max(n.seq) FROM placed n GROUP BY 1, 2
    ON CONFLICT (channel_id, hour) DO UPDATE SET events = h.events + excluded.events,
      others = h.others + excluded.others, last_seq = excluded.last_seq
  ), summed AS (
    SELECT n.channel_id, count(*) AS count, max(n.seq) AS newest_seq, max(n.seq) FILTER (WHERE n.is_kept) AS last_seq,
      sum(n.length) AS bytes, max(n.received_at) AS received_at FROM placed n GROUP BY 1
  ), updated AS (
    UPDATE channels c SET newest_seq = s.newest_seq, last_seq = coalesce(s.last_seq, c.last_seq),
      deliveries = c.deliveries + s.count, stored_bytes = c.stored_bytes + s.bytes, last_event_at = s.received_at,
      remembered = c.remembered - (SELECT count(*) FROM superseded o WHERE o.channel_id = c.id),
      due_at = CASE WHEN c.lease_id IS NULL AND s.last_seq IS NOT NULL THEN least(c.due_at, relay_now())
        ELSE c.due_at END
    FROM summed s WHERE c.id = s.channel_id
  )
  -- A repetition within the group is a duplicate only if its first occurrence was stored.
  SELECT CASE WHEN g.is_locked THEN 'locked' WHEN g.channel_id IS NULL THEN 'unregistered'
    WHEN n.number = g.number THEN 'stored' WHEN g.is_known OR n.number IS NOT NULL THEN 'duplicate'
    WHEN g.is_unlisted THEN 'unlisted' ELSE 'full' END, g.leased_by
  FROM judged g LEFT JOIN placed n ON n.number = g.first
  ORDER BY g.number;
END $$;

-- Records that a channel was registered with a registration secret. Returns 'registered', 'other-seal-key' if it is
-- registered with another seal key, or NULL if it is not registered.
CREATE FUNCTION relay_register_again(p_channel text, p_seal_key bytea, p_with_secret boolean)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE channels SET with_secret = true
  WHERE p_with_secret AND channel = p_channel AND seal_key = p_seal_key AND NOT with_secret;
  RETURN (SELECT CASE WHEN seal_key = p_seal_key THEN 'registered' ELSE 'other-seal-key' END
    FROM channels WHERE channel = p_channel);
END $$;

-- Registers a channel, and evicts an idle channel if all slots are taken. Returns 'registered', 'other-seal-key' or
-- 'full'.
CREATE FUNCTION relay_register(
  p_channel text, p_seal_key bytea, p_max_channels integer, p_idle_since bigint, p_with_secret boolean, p_now bigint
)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_result text := relay_register_again(p_channel, p_seal_key, p_with_secret);
  v_idle integer;
BEGIN
  IF v_result IS NOT NULL THEN RETURN v_result; END IF;
  -- Only one call at a time counts the slots. The channel may have been registered while this call waited for the lock.
  PERFORM pg_advisory_xact_lock(hashtext('relay_register'), hashtext(current_schema()));
  v_result := relay_register_again(p_channel, p_seal_key, p_with_secret);
  IF v_result IS NOT NULL THEN RETURN v_result; END IF;
  IF (SELECT count(*) FROM channels) >= p_max_channels THEN
    SELECT c.id INTO v_idle FROM channels c
    WHERE greatest(c.created_at, c.last_event_at) < p_idle_since
      AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = c.id)
    ORDER BY greatest(c.created_at, c.last_event_at) LIMIT 1 FOR UPDATE SKIP LOCKED;
    -- Check again, because a subscription may have been added before the row was locked.
    IF v_idle IS NULL OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel_id = v_idle) THEN RETURN 'full'; END IF;
    DELETE FROM channels WHERE id = v_idle;
    INSERT INTO deleted_channels VALUES (v_idle);
  END IF;
  INSERT INTO channels (channel, created_at, with_secret, seal_key)
  VALUES (p_channel, p_now, p_with_secret, p_seal_key) ON CONFLICT DO NOTHING;
  RETURN 'registered';
END $$;

-- Returns the id of the new or existing subscription, or NULL if the channel has p_max subscriptions.
CREATE FUNCTION relay_subscribe(
  p_channel text, p_target_url text, p_filter text, p_secret_hash text, p_description text, p_max integer, p_now bigint
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_channel channels;
  v_id uuid;
BEGIN
  SELECT * INTO v_channel FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  SELECT s.id INTO v_id FROM subscriptions s
  WHERE s.channel_id = v_channel.id AND s.target_url = p_target_url AND s.filter = p_filter;
  IF v_id IS NOT NULL THEN
    UPDATE subscriptions s
    SET secret_hash = coalesce(p_secret_hash, s.secret_hash), description = coalesce(p_description, s.description)
    WHERE s.id = v_id AND (p_secret_hash IS NOT NULL OR p_description IS NOT NULL);
    RETURN v_id;
  END IF;
  IF (SELECT count(*) FROM subscriptions s WHERE s.channel_id = v_channel.id) >= p_max THEN RETURN NULL; END IF;
  INSERT INTO subscriptions
    (channel_id, target_url, filter, secret_hash, description, starts_after, cursor, created_at)
  VALUES (v_channel.id, p_target_url, p_filter, p_secret_hash, p_description, v_channel.last_seq, v_channel.last_seq, p_now)
  RETURNING id INTO v_id;
  UPDATE channels SET revision = revision + 1 WHERE id = v_channel.id;
  RETURN v_id;
END $$;

-- Schedules another check by retention of the remembered contents of previous deliveries that the deliveries referring
-- to them no longer need. The caller has locked the channel.
CREATE FUNCTION relay_release(p_channel_id integer, p_seqs bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH released AS (
    UPDATE deliveries d SET is_remembered = NULL, is_overdue = true
    WHERE d.channel_id = p_channel_id AND d.seq = ANY (p_seqs) AND d.is_remembered IS NOT DISTINCT FROM true RETURNING 1)
  UPDATE channels c SET remembered = c.remembered - r.count FROM (SELECT count(*) AS count FROM released) r
  WHERE c.id = p_channel_id AND r.count > 0
$$;

-- Removes deliveries of a channel and contents of other deliveries, with their dead letters and attempts, and the
-- action lists that become empty. The caller has locked the channel.
CREATE FUNCTION relay_remove(p_channel_id integer, p_deliveries bigint[], p_contents bigint[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_seqs bigint[] := p_deliveries || p_contents;
  v_lists integer[];
  v_previous bigint[];
BEGIN
  -- A deletion that was a dead letter, or that no subscription selects, may be removed to make room before it is
  -- settled.
  PERFORM relay_end_memory(p_channel_id, d.seq, NULL) FROM deliveries d
  WHERE d.channel_id = p_channel_id AND d.seq = ANY (v_seqs) AND NOT d.memory_ended;
  DELETE FROM dead_letters l WHERE l.channel_id = p_channel_id AND l.seq = ANY (v_seqs);
  WITH old AS MATERIALIZED (
    SELECT d.seq, d.list_id, d.previous_seq, d.is_remembered, octet_length(d.sealed) AS bytes FROM deliveries d
    WHERE d.channel_id = p_channel_id AND d.seq = ANY (v_seqs)
  ), deleted AS (
    DELETE FROM deliveries d WHERE d.channel_id = p_channel_id AND d.seq = ANY (p_deliveries) RETURNING d.seq
  ), emptied AS (
    UPDATE deliveries d SET list_id = NULL, data_key = NULL, ordinal = NULL, event_time = NULL, id = NULL,
      is_concern = NULL, model = NULL, subject_id = NULL, actions = NULL, burst_time = NULL, previous_seq = NULL,
      memory_ended = NULL, is_remembered = NULL, is_overdue = NULL, sealed = NULL
    WHERE d.channel_id = p_channel_id AND d.seq = ANY (p_contents)
  ), counted AS (
    UPDATE channels c SET deliveries = c.deliveries - (SELECT count(*) FROM deleted),
      remembered = c.remembered - (SELECT count(*) FROM old o WHERE o.is_remembered),
      stored_bytes = c.stored_bytes - coalesce((SELECT sum(o.bytes)::bigint FROM old o), 0)
    WHERE c.id = p_channel_id
  )
  SELECT array_agg(DISTINCT o.list_id) FILTER (WHERE o.list_id IS NOT NULL),
    array_agg(o.previous_seq) FILTER (WHERE o.previous_seq IS NOT NULL)
  INTO v_lists, v_previous FROM old o;
  -- Attempts are deleted after the deliveries, because deleting the deliveries waits for sessions that are recording
  -- attempts.
  DELETE FROM attempts t WHERE t.channel_id = p_channel_id AND t.seq = ANY (v_seqs);
  DELETE FROM action_lists a
  WHERE a.id = ANY (v_lists) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.list_id = a.id);
  IF v_previous IS NOT NULL THEN PERFORM relay_release(p_channel_id, v_previous); END IF;
END $$;

-- Makes room in a channel for p_deliveries more deliveries with p_bytes of content. Removes deliveries that no
-- subscription is waiting for, the oldest first: delivered contents, then dead letters. If the number of deliveries
-- exceeds its limit, deliveries without content are removed first. p_lists are the channel's action lists, and
-- p_passed_up_to the sequence numbers up to which no subscription is waiting for their deliveries. Returns false if
-- there is no room and nothing was removed.
CREATE FUNCTION relay_make_room(
  p_channel text, p_deliveries bigint, p_bytes bigint, p_max_deliveries bigint, p_max_bytes bigint,
  p_lists integer[], p_passed_up_to bigint[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  -- Limits on the deliveries and bytes that one call removes and reads, so that it does not take long.
  c_max_removed CONSTANT integer := 2000;
  c_max_removed_bytes CONSTANT bigint := 16777216;
  c_max_rounds CONSTANT integer := 100;
  c_page CONSTANT integer := 64;
  c_max_dead_letters CONSTANT integer := 5000;
  v_channel channels;
  -- Numbers of deliveries and bytes that are still to be removed.
  v_deliveries bigint;
  v_bytes bigint;
  v_removed integer := 0;
  v_removed_bytes bigint := 0;
  v_picked record;
BEGIN
  SELECT * INTO v_channel FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  v_deliveries := v_channel.deliveries + least(p_deliveries, p_max_deliveries) - p_max_deliveries;
  v_bytes := v_channel.stored_bytes + least(p_bytes, p_max_bytes) - p_max_bytes;
  -- Another transaction may have made room since the deliveries were refused.
  IF v_deliveries <= 0 AND v_bytes <= 0 THEN RETURN true; END IF;

  IF v_deliveries > 0 THEN
    SELECT coalesce(array_agg(r.seq), '{}') AS deliveries INTO v_picked FROM (
      SELECT d.seq FROM deliveries d WHERE d.channel_id = v_channel.id AND d.list_id IS NULL
      ORDER BY d.seq LIMIT least(v_deliveries, c_max_removed)) r;
    PERFORM relay_remove(v_channel.id, v_picked.deliveries, '{}');
    v_removed := cardinality(v_picked.deliveries);
    v_deliveries := v_deliveries - v_removed;
  END IF;

  FOR v_round IN 1 .. c_max_rounds LOOP
    EXIT WHEN (v_deliveries <= 0 AND v_bytes <= 0) OR v_removed >= c_max_removed
      OR v_removed_bytes >= c_max_removed_bytes;
    -- Reads a page of each list. A list with a full page may have more deliveries, so the order of all deliveries is
    -- known only up to the earliest end of a full page.
    WITH scanned AS MATERIALIZED (
      SELECT a.id, r.seq, r.is_dead FROM unnest(p_lists, p_passed_up_to) AS p(id, passed_up_to)
        JOIN action_lists a ON a.id = p.id
        CROSS JOIN LATERAL (
          SELECT d.seq, EXISTS (SELECT 1 FROM dead_letters l WHERE l.channel_id = v_channel.id AND l.seq = d.seq)
            AS is_dead
          FROM deliveries d WHERE d.list_id = a.id AND d.seq > a.dead_up_to AND d.seq <= p.passed_up_to
          ORDER BY d.seq LIMIT c_page) r
    ), known AS (
      SELECT coalesce(min(e.seq), 9223372036854775807) AS up_to FROM (
        SELECT max(s.seq) AS seq FROM scanned s GROUP BY s.id HAVING count(*) = c_page) e
    ), ordered AS MATERIALIZED (
      SELECT s.seq, row_number() OVER by_age AS number, octet_length(d.sealed) AS bytes,
        sum(octet_length(d.sealed)) OVER by_age - octet_length(d.sealed) AS bytes_before
      FROM (SELECT s.seq FROM scanned s, known k WHERE NOT s.is_dead AND s.seq <= k.up_to
          ORDER BY s.seq LIMIT c_max_removed + 1) s
        JOIN deliveries d ON d.channel_id = v_channel.id AND d.seq = s.seq
      WINDOW by_age AS (ORDER BY s.seq)
    ), picked AS MATERIALIZED (
      SELECT * FROM ordered o WHERE (o.number <= v_deliveries OR o.bytes_before < v_bytes)
        AND v_removed + o.number <= c_max_removed AND v_removed_bytes + o.bytes_before < c_max_removed_bytes
    ), done AS (
      SELECT CASE WHEN (SELECT count(*) FROM picked) < (SELECT count(*) FROM ordered)
        THEN (SELECT max(seq) FROM picked) ELSE (SELECT up_to FROM known) END AS up_to
    ), marked AS (
      UPDATE action_lists a SET dead_up_to = m.seq FROM (
        SELECT s.id, max(s.seq) AS seq FROM scanned s, done d WHERE s.is_dead AND s.seq <= d.up_to GROUP BY s.id) m
      WHERE a.id = m.id RETURNING 1
    )
    SELECT coalesce(array_agg(o.seq) FILTER (WHERE o.number <= v_deliveries), '{}') AS deliveries,
      coalesce(array_agg(o.seq) FILTER (WHERE o.number > v_deliveries), '{}') AS contents,
      count(*) AS count, coalesce(sum(o.bytes), 0) AS bytes, (SELECT count(*) FROM marked) AS marked
    INTO v_picked FROM picked o;
    EXIT WHEN v_picked.count = 0 AND v_picked.marked = 0;
    PERFORM relay_remove(v_channel.id, v_picked.deliveries, v_picked.contents);
    v_deliveries := v_deliveries - cardinality(v_picked.deliveries);
    v_bytes := v_bytes - v_picked.bytes;
    v_removed := v_removed + v_picked.count;
    v_removed_bytes := v_removed_bytes + v_picked.bytes;
  END LOOP;

  IF (v_deliveries > 0 OR v_bytes > 0) AND v_removed < c_max_removed AND v_removed_bytes < c_max_removed_bytes THEN
    WITH ordered AS (
      SELECT d.seq, row_number() OVER by_age AS number, octet_length(d.sealed) AS bytes,
        sum(octet_length(d.sealed)) OVER by_age - octet_length(d.sealed) AS bytes_before
      FROM (SELECT DISTINCT l.seq FROM dead_letters l WHERE l.channel_id = v_channel.id
          ORDER BY l.seq LIMIT c_max_dead_letters) r
        JOIN deliveries d ON d.channel_id = v_channel.id AND d.seq = r.seq
        JOIN unnest(p_lists, p_passed_up_to) AS p(id, passed_up_to) ON p.id = d.list_id AND d.seq <= p.passed_up_to
      WHERE NOT EXISTS (
        SELECT 1 FROM dead_letters l WHERE l.channel_id = v_channel.id AND l.seq = d.seq AND l.is_redriven)
      WINDOW by_age AS (ORDER BY d.seq)
    )
    SELECT coalesce(array_agg(o.seq) FILTER (WHERE o.number <= v_deliveries), '{}') AS deliveries,
      coalesce(array_agg(o.seq) FILTER (WHERE o.number > v_deliveries), '{}') AS contents, count(*) AS count
    INTO v_picked FROM ordered o WHERE (o.number <= v_deliveries OR o.bytes_before < v_bytes)
      AND v_removed + o.number <= c_max_removed AND v_removed_bytes + o.bytes_before < c_max_removed_bytes;
    PERFORM relay_remove(v_channel.id, v_picked.deliveries, v_picked.contents);
    v_removed := v_removed + v_picked.count;
  END IF;
  RETURN v_removed > 0;
END $$;

-- Adds action lists to a channel, up to the limits on their number and bytes. The list of unknown actions is always
-- added. Returns the number of lists that were added and the number of lists that are missing.
CREATE FUNCTION relay_add_action_lists(p_channel text, p_actions text[], p_max integer, p_max_bytes integer)
RETURNS TABLE (added integer, missing integer) LANGUAGE plpgsql AS $$
DECLARE
  v_channel_id integer;
  v_actions text;
  v_count integer;
  v_bytes bigint;
BEGIN
  added := 0;
  missing := 0;
  SELECT c.id INTO v_channel_id FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT count(*), coalesce(sum(octet_length(a.actions)), 0) INTO v_count, v_bytes
  FROM action_lists a WHERE a.channel_id = v_channel_id;
  FOREACH v_actions IN ARRAY p_actions LOOP
    CONTINUE WHEN EXISTS (SELECT 1 FROM action_lists a
      WHERE a.channel_id = v_channel_id AND hashtext(a.actions) = hashtext(v_actions) AND a.actions = v_actions);
    IF v_actions = 'null' OR (v_count < p_max AND v_bytes + octet_length(v_actions) <= p_max_bytes) THEN
      INSERT INTO action_lists (channel_id, actions) VALUES (v_channel_id, v_actions);
      v_count := v_count + 1;
      v_bytes := v_bytes + octet_length(v_actions);
      added := added + 1;
    ELSE
      missing := missing + 1;
    END IF;
  END LOOP;
  RETURN NEXT;
END $$;

-- Removes small action lists with their contents, in the given order, unless a subscription is waiting for one of their
-- deliveries or one of them is a dead letter. For the parameters, see relay_make_room.
CREATE FUNCTION relay_free_action_lists(p_channel text, p_lists integer[], p_passed_up_to bigint[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  c_max_freed CONSTANT integer := 64;
  c_max_contents CONSTANT integer := 100;
  v_channel_id integer;
  v_list record;
  v_contents bigint[];
  v_freed integer := 0;
BEGIN
  SELECT c.id INTO v_channel_id FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  FOR v_list IN
    SELECT p.id, p.passed_up_to FROM unnest(p_lists, p_passed_up_to) WITH ORDINALITY AS p(id, passed_up_to, ordinal)
    ORDER BY p.ordinal
  LOOP
    EXIT WHEN v_freed >= c_max_freed;
    v_contents := ARRAY(SELECT d.seq FROM deliveries d WHERE d.list_id = v_list.id ORDER BY d.seq LIMIT c_max_contents + 1);
    CONTINUE WHEN cardinality(v_contents) > c_max_contents OR v_list.passed_up_to < ANY (v_contents)
      OR EXISTS (SELECT 1 FROM dead_letters l WHERE l.channel_id = v_channel_id AND l.seq = ANY (v_contents));
    PERFORM relay_remove(v_channel_id, '{}', v_contents);
    DELETE FROM action_lists a WHERE a.id = v_list.id AND a.channel_id = v_channel_id;
    v_freed := v_freed + 1;
  END LOOP;
END $$;

-- Returns true if expired content must be remembered, as the newest state of its subject or as the previous delivery of
-- a delivery that is a dead letter or has not expired. All states between a previous delivery and the end of the
-- following burst belong to that burst, so the number of states that are read does not grow.
CREATE FUNCTION relay_is_needed(p_channel_id integer, p_seq bigint, p_expired_up_to bigint, p_burst_ms bigint)
RETURNS boolean LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_state record;
  v_burst_time bigint;
BEGIN
  SELECT d.event_time, d.model, d.subject_id, d.burst_time, d.memory_ended,
    relay_subject(d.channel_id, d.model, d.subject_id) AS subject
  INTO v_state FROM deliveries d WHERE d.channel_id = p_channel_id AND d.seq = p_seq;
  IF v_state.burst_time IS NULL THEN RETURN false; END IF;
  IF v_state.memory_ended IS NOT true AND NOT EXISTS (
    SELECT 1 FROM deliveries n WHERE relay_subject(n.channel_id, n.model, n.subject_id) = v_state.subject
      AND (n.channel_id, n.model, n.subject_id) IS NOT DISTINCT FROM (p_channel_id, v_state.model, v_state.subject_id)
      AND n.burst_time IS NOT NULL AND (n.event_time, n.seq) > (v_state.event_time, p_seq))
  THEN RETURN true; END IF;
  SELECT n.burst_time INTO v_burst_time FROM deliveries n
  WHERE relay_subject(n.channel_id, n.model, n.subject_id) = v_state.subject
    AND (n.channel_id, n.model, n.subject_id) IS NOT DISTINCT FROM (p_channel_id, v_state.model, v_state.subject_id)
    AND n.burst_time IS NOT NULL AND n.event_time > v_state.event_time
  ORDER BY n.event_time, n.seq LIMIT 1;
  RETURN EXISTS (
    SELECT 1 FROM deliveries n WHERE relay_subject(n.channel_id, n.model, n.subject_id) = v_state.subject
      AND (n.channel_id, n.model, n.subject_id) IS NOT DISTINCT FROM (p_channel_id, v_state.model, v_state.subject_id)
      AND n.burst_time IS NOT NULL AND n.event_time > v_state.event_time
      AND n.event_time <= v_burst_time + p_burst_ms AND n.previous_seq = p_seq
      AND (n.seq > p_expired_up_to
        OR EXISTS (SELECT 1 FROM dead_letters l WHERE l.channel_id = p_channel_id AND l.seq = n.seq)));
END $$;

-- Deletes expired deliveries and contents, unless they are remembered. Channels stay locked until the end of the
-- transaction, so p_batch and p_max_bytes limit the deliveries that one call changes, and p_channels limits the
-- channels. Rows that another session has locked are left for a later call. Returns the number of deliveries changed,
-- or p_batch if there may be more to delete.
CREATE FUNCTION relay_delete_expired(
  p_content_ms bigint, p_duplicate_ms bigint, p_memory_ms bigint, p_burst_ms bigint, p_batch integer, p_max_bytes bigint,
  p_channels integer, p_now bigint
) RETURNS integer LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_channel record;
  v_left integer := p_batch;
  v_bytes_left bigint := p_max_bytes;
  v_channels_left integer := p_channels;
  v_whole_up_to bigint;
  v_deleted_up_to bigint;
  v_found bigint[];
  v_previous bigint[];
  v_unlocked bigint[];
  v_picked record;
BEGIN
  -- Only one process at a time deletes expired deliveries. A concurrent call returns at once.
  IF NOT pg_try_advisory_xact_lock(hashtext('relay_delete_expired'), hashtext(current_schema())) THEN RETURN 0; END IF;

  FOR v_channel IN
    SELECT c.id, c.contents_deleted_up_to, max(w.seq) AS contents_expired_up_to,
      coalesce((SELECT max(h.last_seq) FROM hourly_counts h
        WHERE h.channel_id = c.id AND (h.hour + 1)::bigint * 3600000 <= p_now - p_duplicate_ms), 0)
        AS digests_expired_up_to
    FROM watermarks w JOIN channels c ON c.id = w.channel_id WHERE w.reached_at <= p_now - p_content_ms
    GROUP BY c.id ORDER BY c.channel
  LOOP
    PERFORM 1 FROM channels c WHERE c.id = v_channel.id FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    -- Deliveries up to this sequence number are no longer needed to recognize duplicates.
    v_whole_up_to := least(v_channel.contents_expired_up_to, v_channel.digests_expired_up_to);
    v_deleted_up_to := v_channel.contents_deleted_up_to;
    -- The second round examines previous deliveries that the first round has released.
    FOR v_round IN 1 .. 2 LOOP
      WITH empty AS MATERIALIZED (
        SELECT o.seq FROM deliveries o
        WHERE o.channel_id = v_channel.id AND o.seq <= v_whole_up_to AND o.list_id IS NULL
        ORDER BY o.seq LIMIT v_left FOR UPDATE SKIP LOCKED
      ), expired AS MATERIALIZED (
        SELECT o.seq FROM deliveries o
        WHERE o.channel_id = v_channel.id AND o.seq > v_deleted_up_to AND o.seq <= v_channel.contents_expired_up_to
          AND o.list_id IS NOT NULL AND o.is_remembered IS NULL AND o.is_overdue IS NULL
        ORDER BY o.seq LIMIT v_left FOR UPDATE SKIP LOCKED
      ), overdue AS MATERIALIZED (
        SELECT o.seq FROM deliveries o WHERE o.channel_id = v_channel.id AND o.is_overdue AND NOT EXISTS (
          SELECT 1 FROM dead_letters l WHERE l.channel_id = o.channel_id AND l.seq = o.seq)
        ORDER BY o.seq LIMIT v_left FOR UPDATE OF o SKIP LOCKED
      ), old AS MATERIALIZED (
        SELECT o.seq FROM deliveries o
        WHERE o.channel_id = v_channel.id AND o.is_remembered AND o.received_at <= p_now - p_memory_ms
        ORDER BY o.received_at LIMIT v_left FOR UPDATE SKIP LOCKED
      )
      SELECT array_agg(o.seq) INTO v_found FROM (
        SELECT * FROM empty UNION ALL SELECT * FROM expired UNION ALL SELECT * FROM overdue UNION ALL SELECT * FROM old) o;
      EXIT WHEN v_found IS NULL;
      -- The remembered previous deliveries, which are changed together with the deliveries that refer to them.
      v_previous := ARRAY(SELECT p.seq FROM deliveries p
        WHERE p.channel_id = v_channel.id AND p.is_remembered IS NOT DISTINCT FROM true
          AND p.seq = ANY (ARRAY(SELECT d.previous_seq FROM deliveries d
          WHERE d.channel_id = v_channel.id AND d.seq = ANY (v_found) AND d.previous_seq IS NOT NULL)));
      v_unlocked := ARRAY(SELECT p.seq FROM deliveries p
        WHERE p.channel_id = v_channel.id AND p.seq = ANY (v_previous) FOR UPDATE SKIP LOCKED);
      WITH ordered AS (
        SELECT d.seq, d.received_at, d.previous_seq, d.list_id, octet_length(d.sealed) AS bytes,
          row_number() OVER by_age AS number,
          sum(octet_length(d.sealed)) OVER by_age - octet_length(d.sealed) AS bytes_before
        FROM deliveries d WHERE d.channel_id = v_channel.id AND d.seq = ANY (v_found) AND (
          d.previous_seq IS NULL OR d.previous_seq <> ALL (v_previous) OR d.previous_seq = ANY (v_unlocked))
        WINDOW by_age AS (ORDER BY d.seq)
      ), judged AS MATERIALIZED (
        SELECT o.*, EXISTS (
            SELECT 1 FROM dead_letters l WHERE l.channel_id = v_channel.id AND l.seq = o.seq) AS is_dead,
          o.list_id IS NOT NULL AND o.received_at > p_now - p_memory_ms AND relay_is_needed(
            v_channel.id, o.seq, v_channel.contents_expired_up_to, p_burst_ms) AS is_needed
        FROM ordered o WHERE o.number <= v_left AND coalesce(o.bytes_before, 0) < v_bytes_left
      )
      SELECT coalesce(array_agg(j.seq) FILTER (WHERE NOT j.is_dead AND NOT j.is_needed AND j.seq <= v_whole_up_to), '{}')
          AS deliveries,
        coalesce(array_agg(j.seq) FILTER (WHERE NOT j.is_dead AND NOT j.is_needed AND j.seq > v_whole_up_to), '{}')
          AS contents,
        array_agg(j.seq) FILTER (WHERE j.is_dead) AS dead,
        array_agg(j.seq) FILTER (WHERE NOT j.is_dead AND j.is_needed) AS needed,
        array_agg(j.previous_seq) FILTER (WHERE NOT j.is_dead AND j.is_needed) AS previous,
        count(*) AS count, coalesce(sum(j.bytes), 0) AS bytes
      INTO v_picked FROM judged j;
      EXIT WHEN v_picked.count = 0;

      PERFORM relay_remove(v_channel.id, v_picked.deliveries, v_picked.contents);
      PERFORM relay_release(v_channel.id, v_picked.dead || v_picked.previous);
      UPDATE deliveries d SET is_overdue = true WHERE d.channel_id = v_channel.id AND d.seq = ANY (v_picked.dead);
      UPDATE deliveries d SET is_remembered = true, is_overdue = NULL, previous_seq = NULL
      WHERE d.channel_id = v_channel.id AND d.seq = ANY (v_picked.needed);
      DELETE FROM attempts t WHERE t.channel_id = v_channel.id AND t.seq = ANY (v_picked.needed);
      -- The first content that was skipped because it was locked or beyond the limits.
      SELECT coalesce(min(r.seq) - 1, v_channel.contents_expired_up_to) INTO v_deleted_up_to FROM (
        SELECT o.seq FROM deliveries o WHERE o.channel_id = v_channel.id AND o.seq > v_deleted_up_to
          AND o.seq <= v_channel.contents_expired_up_to AND o.list_id IS NOT NULL AND o.is_remembered IS NULL
          AND o.is_overdue IS NULL
        ORDER BY o.seq LIMIT 1) r;
      UPDATE channels SET contents_deleted_up_to = v_deleted_up_to,
        remembered = remembered + coalesce(cardinality(v_picked.needed), 0) WHERE id = v_channel.id;
      v_left := v_left - v_picked.count;
      v_bytes_left := v_bytes_left - v_picked.bytes;
      IF v_left <= 0 OR v_bytes_left <= 0 THEN RETURN p_batch; END IF;
      IF v_round = 1 THEN v_channels_left := v_channels_left - 1; END IF;
    END LOOP;
    IF v_channels_left <= 0 THEN RETURN p_batch; END IF;
  END LOOP;
  RETURN p_batch - v_left;
END $$;

-- Adds data keys to a channel. Returns the keys that are not added because they are wrapped for a seal key other than
-- the channel's.
CREATE FUNCTION relay_add_data_keys(p_channel text, p_keys uuid[], p_wrapped bytea[], p_seal_keys bytea[])
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  v_channel channels;
BEGIN
  SELECT * INTO v_channel FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  INSERT INTO data_keys (channel_id, key_id, wrapped)
  SELECT v_channel.id, g.key, g.wrapped FROM unnest(p_keys, p_wrapped, p_seal_keys) AS g(key, wrapped, seal_key)
  WHERE g.seal_key = v_channel.seal_key ON CONFLICT DO NOTHING;
  RETURN ARRAY(
    SELECT g.key FROM unnest(p_keys, p_seal_keys) AS g(key, seal_key) WHERE g.seal_key <> v_channel.seal_key);
END $$;

-- Deletes data keys that no delivery needs. Skips channels that another session has locked, because it may be storing a
-- delivery that needs a key.
CREATE FUNCTION relay_delete_unused_keys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_channel_id integer;
BEGIN
  FOR v_channel_id IN
    SELECT DISTINCT k.channel_id FROM data_keys k
    WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.data_key = k.id)
  LOOP
    PERFORM 1 FROM channels c WHERE c.id = v_channel_id FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    -- Check again, because a delivery may have been stored before the channel was locked.
    DELETE FROM data_keys k
    WHERE k.channel_id = v_channel_id AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.data_key = k.id);
  END LOOP;
END $$;

-- Marks deliveries as no longer being states, and removes the contents that are kept only for memory. The caller has
-- locked the channel.
CREATE FUNCTION relay_forget(p_channel_id integer, p_seqs bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE deliveries d SET burst_time = NULL WHERE d.channel_id = p_channel_id AND d.seq = ANY (p_seqs);
  PERFORM relay_release(p_channel_id, ARRAY(
    SELECT l.seq FROM dead_letters l WHERE l.channel_id = p_channel_id AND l.seq = ANY (p_seqs)));
  PERFORM relay_remove(p_channel_id, '{}', ARRAY(
    SELECT d.seq FROM deliveries d
    WHERE d.channel_id = p_channel_id AND d.seq = ANY (p_seqs) AND d.is_remembered IS NOT DISTINCT FROM true));
END $$;

-- Ends the memory of the subject of a deletion, in steps of p_max states, or in one step if p_max is NULL. The oldest
-- states are forgotten first, so that all states are forgotten once the newest is. The deletion remains a state as long
-- as its content is stored, so that late events are recognized. The caller has locked the channel.
CREATE FUNCTION relay_end_memory(p_channel_id integer, p_seq bigint, p_max integer) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_deletion record;
  v_states bigint[];
BEGIN
  SELECT d.event_time, d.model, d.subject_id, relay_subject(d.channel_id, d.model, d.subject_id) AS subject
  INTO v_deletion FROM deliveries d WHERE d.channel_id = p_channel_id AND d.seq = p_seq;
  v_states := ARRAY(
    SELECT d.seq FROM deliveries d WHERE relay_subject(d.channel_id, d.model, d.subject_id) = v_deletion.subject
      AND (d.channel_id, d.model, d.subject_id)
        IS NOT DISTINCT FROM (p_channel_id, v_deletion.model, v_deletion.subject_id)
      AND d.burst_time IS NOT NULL AND (d.event_time, d.seq) < (v_deletion.event_time, p_seq)
    ORDER BY d.event_time, d.seq LIMIT p_max);
  PERFORM relay_forget(p_channel_id, v_states);
  UPDATE deliveries d SET memory_ended = true
  WHERE d.channel_id = p_channel_id AND d.seq = p_seq AND (p_max IS NULL OR cardinality(v_states) < p_max);
END $$;

-- Forgets up to p_max states after memory was switched off, so that no event is compared with a state from before the
-- gap if memory is switched on again. Skips channels that another session has locked. Returns the number of states that
-- were forgotten.
CREATE FUNCTION relay_forget_all(p_max integer) RETURNS integer LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_states record;
  v_forgotten integer := 0;
BEGIN
  FOR v_states IN
    SELECT d.channel_id, array_agg(d.seq) AS seqs FROM (
      SELECT s.channel_id, s.seq FROM deliveries s JOIN channels c ON c.id = s.channel_id
      WHERE s.burst_time IS NOT NULL LIMIT p_max) d
    GROUP BY d.channel_id
  LOOP
    PERFORM 1 FROM channels c WHERE c.id = v_states.channel_id FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    PERFORM relay_forget(v_states.channel_id, v_states.seqs);
    v_forgotten := v_forgotten + cardinality(v_states.seqs);
  END LOOP;
  RETURN v_forgotten;
END $$;

-- Removes the contents of settled wellbeing concerns, and ends the memory of the subjects of settled deletions:
-- deliveries that no subscription is waiting for and that are not dead letters. A subscription may have passed a
-- delivery by making it a dead letter, which locks the channel.
CREATE FUNCTION relay_settle(p_channel text, p_seqs bigint[], p_max_states integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_channel_id integer;
  v_settled record;
  v_deletion bigint;
BEGIN
  SELECT c.id INTO v_channel_id FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  SELECT coalesce(array_agg(d.seq) FILTER (WHERE d.is_concern), '{}') AS concerns,
    coalesce(array_agg(d.seq) FILTER (WHERE d.is_concern IS NOT true), '{}') AS deletions
  INTO v_settled FROM deliveries d
  WHERE d.channel_id = v_channel_id AND d.seq = ANY (p_seqs) AND (d.is_concern OR NOT d.memory_ended)
    AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.channel_id = v_channel_id AND l.seq = d.seq);
  PERFORM relay_remove(v_channel_id, '{}', v_settled.concerns);
  FOREACH v_deletion IN ARRAY v_settled.deletions LOOP
    PERFORM relay_end_memory(v_channel_id, v_deletion, p_max_states);
  END LOOP;
END $$;

-- Adds a link to a channel, and deletes the oldest links if there are too many. Returns the expiry time of the link, or
-- NULL if the channel does not exist or another channel has a link with the same access token.
CREATE FUNCTION relay_add_link(
  p_channel text, p_token_hash text, p_milliseconds bigint, p_keys json, p_verdict json, p_max integer
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_channel_id integer;
  v_expires_at bigint;
BEGIN
  -- The lock ensures that concurrent calls count each other's links.
  SELECT c.id INTO v_channel_id FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO console_links AS l (token_hash, channel_id, expires_at, keys, verdict)
  VALUES (p_token_hash, v_channel_id, relay_now() + p_milliseconds, p_keys, p_verdict)
  ON CONFLICT (token_hash) DO UPDATE
    SET expires_at = excluded.expires_at, keys = excluded.keys, verdict = excluded.verdict
    WHERE l.channel_id = excluded.channel_id
  RETURNING l.expires_at INTO v_expires_at;
  DELETE FROM console_links l WHERE l.id = ANY (ARRAY(
    SELECT o.id FROM console_links o WHERE o.channel_id = v_channel_id AND o.token_hash <> p_token_hash
    ORDER BY o.expires_at DESC, o.id DESC OFFSET p_max - 1));
  RETURN v_expires_at;
END $$;

-- Records attempts whose delivery and subscription still exist. Records a success only if the delivery was sent again
-- or if another attempt to deliver it has been recorded. Keeps the newest p_kept attempts of each delivery and
-- subscription. Locks the deliveries, so that no attempt is recorded while the content of its delivery is being
-- removed.
CREATE FUNCTION relay_record_attempts(
  p_subscriptions uuid[], p_seqs bigint[], p_ended_at bigint[], p_failures text[], p_durations integer[],
  p_sent_again boolean[], p_kept integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_attempt record;
  v_number integer;
BEGIN
  FOR v_attempt IN
    SELECT g.*, s.channel_id
    FROM unnest(p_subscriptions, p_seqs, p_ended_at, p_failures, p_durations, p_sent_again)
        AS g(subscription_id, seq, ended_at, failure, duration_ms, is_sent_again)
      JOIN subscriptions s ON s.id = g.subscription_id
      JOIN deliveries d ON d.channel_id = s.channel_id AND d.seq = g.seq AND d.list_id IS NOT NULL
    ORDER BY g.ended_at FOR SHARE OF d
  LOOP
    SELECT max(t.number) INTO v_number FROM attempts t
    WHERE t.subscription_id = v_attempt.subscription_id AND t.seq = v_attempt.seq;
    CONTINUE WHEN v_attempt.failure IS NULL AND NOT v_attempt.is_sent_again AND v_number IS NULL;
    INSERT INTO attempts (subscription_id, channel_id, seq, ended_at, number, failure, duration_ms, is_sent_again)
    VALUES (v_attempt.subscription_id, v_attempt.channel_id, v_attempt.seq, v_attempt.ended_at, coalesce(v_number, 0) + 1,
      v_attempt.failure, v_attempt.duration_ms, v_attempt.is_sent_again)
    ON CONFLICT DO NOTHING;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM attempts t WHERE t.subscription_id = v_attempt.subscription_id AND t.seq = v_attempt.seq
      AND t.number <= v_number + 1 - p_kept;
  END LOOP;
END $$;

-- Marks deliveries for redelivery to subscriptions that have passed them, and makes the channel due. Returns the number
-- of deliveries that it has marked, the number that were already waiting, and the holder of the channel. The first
-- number is NULL if more than p_max deliveries would be marked at the same time.
CREATE FUNCTION relay_send_again(
  p_channel text, p_subscriptions uuid[], p_seqs bigint[], p_reason text, p_max integer, p_now bigint
) RETURNS TABLE (marked integer, waiting integer, holder uuid) LANGUAGE plpgsql AS $$
DECLARE
  v_channel channels;
  v_found integer;
BEGIN
  SELECT * INTO v_channel FROM channels c WHERE c.channel = p_channel FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  holder := v_channel.leased_by;
  IF cardinality(p_seqs) + (SELECT count(*) FROM subscriptions s JOIN dead_letters l ON l.subscription_id = s.id
      WHERE s.channel_id = v_channel.id AND l.is_redriven AND l.is_sent_again) > p_max THEN
    RETURN NEXT;
    RETURN;
  END IF;
  WITH found AS MATERIALIZED (
    SELECT DISTINCT s.id, d.seq, s.cursor >= d.seq AND NOT coalesce(l.is_redriven, false) AS has_passed
    FROM unnest(p_subscriptions, p_seqs) AS g(id, seq)
      JOIN subscriptions s ON s.id = g.id AND s.channel_id = v_channel.id
      JOIN deliveries d ON d.channel_id = v_channel.id AND d.seq = g.seq AND d.list_id IS NOT NULL
      LEFT JOIN dead_letters l ON l.subscription_id = s.id AND l.seq = d.seq
    WHERE d.seq > v_channel.contents_deleted_up_to OR EXISTS (
      SELECT 1 FROM dead_letters r WHERE r.channel_id = v_channel.id AND r.seq = d.seq)
  ), changed AS (
    INSERT INTO dead_letters AS l
      (subscription_id, channel_id, seq, reason, dead_at, is_redriven, redriven_at, is_sent_again)
    SELECT f.id, v_channel.id, f.seq, p_reason, p_now, true, p_now, true FROM found f WHERE f.has_passed
    ON CONFLICT (subscription_id, seq) DO UPDATE SET is_redriven = true, redriven_at = p_now, is_sent_again = true
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM found) INTO marked, v_found;
  waiting := v_found - marked;
  IF marked > 0 THEN
    UPDATE channels c SET revision = c.revision + 1,
      due_at = CASE WHEN c.lease_id IS NULL THEN relay_now() ELSE c.due_at END
    WHERE c.id = v_channel.id;
  END IF;
  RETURN NEXT;
END $$;
