import { hasContent, type DeliveryWithContent } from '../has-content.ts';
import { endsMemory, hasSubject, placeOf, type Place } from '../memory.ts';
import type { Ingested, NewDelivery } from '../delivery.ts';
import { HOUR_MS, type StoreOptions } from '../store.ts';
import { listFor, UNKNOWN_ACTIONS, type GrowingList } from './action-lists.ts';
import type { Connection } from './connection.ts';
import { DataKeys } from './data-keys.ts';
import { Filters } from './filters.ts';
import { release } from './removal.ts';
import { Rooms } from './room.ts';
import { ENDS, eventTimeOf, newestStateOf } from './states.ts';

/** The number of deliveries that the transaction adds to an hour. */
interface HourlyCount {
  events: number;
  others: number;
  lastSeq: number;
}

/** The place of a delivery, and its effect on the memory of its subject. */
interface StoredPlace extends Place {
  readonly isDeletion: boolean;
  /** Sequence number of a remembered delivery that the new delivery may replace as the newest state of their burst. */
  readonly replacedSeq: number | null;
}

/** The place of a delivery that has no subject, or whose store has no memory. */
const NOWHERE: StoredPlace = { burstTime: null, previousSeq: null, isDeletion: false, replacedSeq: null };

/** A channel, and the deliveries that the transaction has added but not yet counted in the channel's row. */
interface OpenChannel {
  readonly id: number;
  readonly sealKey: Buffer;
  deliveries: number;
  storedBytes: number;
  newestSeq: number;
  lastSeq: number;
  lastEventAt: number | null;
  readonly lists: Map<string, GrowingList>;
  readonly hours: Map<number, HourlyCount>;
}

/**
 * A transaction that stores deliveries. Counters are kept in memory and saved at its end, because most deliveries of a
 * transaction belong to few channels.
 */
export class IngestTransaction {
  readonly #connection: Connection;
  readonly #options: StoreOptions;
  readonly #rooms: Rooms;
  readonly #dataKeys: DataKeys;
  readonly #filters: Filters;
  /** Channels by name; null for a channel that is not registered. */
  readonly #channels = new Map<string, OpenChannel | null>();
  /** Names of channels that need all of their action lists and cannot have more. */
  readonly #withoutFreeLists = new Set<string>();

  constructor(connection: Connection, options: StoreOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#rooms = new Rooms(connection);
    this.#dataKeys = new DataKeys(connection);
    this.#filters = new Filters(connection);
  }

  /** Stores a delivery without saving the channel's counters. */
  add(delivery: NewDelivery): Ingested {
    const { digest, receivedAt } = delivery;
    const { maxChannelBytes, duplicateMs } = this.#options;
    const channel = this.#open(delivery.channel);
    if (!channel) return 'unregistered';

    const known = this.#connection
      .sql('SELECT 1 FROM deliveries WHERE channel_id = ? AND digest = ? AND received_at > ?')
      .get(channel.id, digest, receivedAt - duplicateMs);
    if (known) return 'duplicate';

    const kept = this.#isKept(delivery) ? delivery : null;
    const { sealed, sealKey } = kept?.content ?? { sealed: null, sealKey: null };
    if (sealKey && !channel.sealKey.equals(sealKey)) return 'other-seal-key';
    const bytes = sealed?.length ?? 0;
    if (bytes > maxChannelBytes || !this.#makeRoom(delivery.channel, bytes)) return 'full';

    const seq = kept ? this.#insert(channel.id, kept) : this.#insertWithoutContent(channel.id, delivery);
    this.#count(this.#open(delivery.channel) ?? channel, seq, delivery, bytes, kept !== null);
    return 'stored';
  }

  /**
   * Returns true if the content of a delivery must be stored. A delivery without events is not sent to any
   * subscription.
   */
  #isKept(delivery: NewDelivery): delivery is DeliveryWithContent {
    return hasContent(delivery) && (!delivery.isConcern || this.#filters.select(delivery));
  }

  /** Inserts a delivery with its content. Returns its sequence number. */
  #insert(channelId: number, delivery: DeliveryWithContent): number {
    const { channel, digest, receivedAt, id, model, subjectId, eventTime, isConcern, content } = delivery;
    const actions = JSON.stringify(delivery.actions);
    const list = this.#list(channel, actions);
    const { burstTime, previousSeq, isDeletion, replacedSeq } = this.#placeOf(channelId, delivery);
    const { lastInsertRowid } = this.#connection
      .sql(
        `INSERT INTO deliveries (channel_id, received_at, digest, list_id, ordinal, data_key, id, model, subject_id,
           event_time, actions, is_concern, burst_time, previous_seq, ends_memory, sealed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        channelId,
        receivedAt,
        digest,
        list.id,
        ++list.newestOrdinal,
        this.#dataKeys.idOf(channelId, content),
        id,
        model,
        subjectId,
        eventTime,
        list.isUnknown && delivery.actions !== null ? actions : null,
        isConcern ? 1 : null,
        burstTime,
        previousSeq,
        isDeletion ? ENDS : null,
        content.sealed,
      );
    if (replacedSeq !== null) {
      this.#save(channel);
      release(this.#connection, channelId, [replacedSeq]);
    }
    return Number(lastInsertRowid);
  }

  /** Returns the place of a delivery in the memory of its subject. */
  #placeOf(channelId: number, delivery: DeliveryWithContent): StoredPlace {
    const { memoryMs = 0 } = this.#options;
    if (memoryMs === 0 || !hasSubject(delivery)) return NOWHERE;
    const { model, subjectId, eventTime } = delivery;
    const newest = newestStateOf(this.#connection, { channelId, model, subjectId });
    const place = placeOf(eventTime, newest, (seq) => eventTimeOf(this.#connection, seq));
    return { ...place, isDeletion: endsMemory(delivery), replacedSeq: newest?.isRemembered ? newest.seq : null };
  }

  /** Records the arrival of a delivery without its content. Returns its sequence number. */
  #insertWithoutContent(channelId: number, { receivedAt, digest }: NewDelivery): number {
    const { lastInsertRowid } = this.#connection
      .sql('INSERT INTO deliveries (channel_id, received_at, digest) VALUES (?, ?, ?)')
      .run(channelId, receivedAt, digest);
    return Number(lastInsertRowid);
  }

  /** Saves the counters of the deliveries that were added. */
  save(): void {
    for (const name of this.#channels.keys()) this.#save(name);
  }

  #open(name: string): OpenChannel | null {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const row = this.#connection
        .sql(
          `SELECT id, seal_key AS sealKey, deliveries, stored_bytes AS storedBytes, newest_seq AS newestSeq, last_seq AS lastSeq,
             last_event_at AS lastEventAt FROM channels WHERE channel = ?`,
        )
        .get(name) as Omit<OpenChannel, 'lists' | 'hours'> | undefined;
      channel = row ? { ...row, lists: new Map(), hours: new Map() } : null;
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #count(channel: OpenChannel, seq: number, delivery: NewDelivery, bytes: number, isKept: boolean): void {
    const { receivedAt } = delivery;
    channel.deliveries++;
    channel.storedBytes += bytes;
    channel.newestSeq = seq;
    channel.lastEventAt = receivedAt;
    if (isKept) channel.lastSeq = seq;
    const hour = Math.floor(receivedAt / HOUR_MS);
    const counts = channel.hours.get(hour) ?? { events: 0, others: 0, lastSeq: 0 };
    if (hasContent(delivery)) counts.events++;
    else counts.others++;
    counts.lastSeq = seq;
    channel.hours.set(hour, counts);
    this.#rooms.added(channel.id);
  }

  #list(name: string, actions: string): GrowingList {
    const known = this.#open(name)?.lists.get(actions);
    if (known) return known;
    const id = this.#open(name)?.id ?? 0;
    const freeLists = (): boolean => {
      this.#save(name);
      const hasFreed = this.#rooms.of(name, id).freeLists();
      if (!hasFreed) this.#withoutFreeLists.add(name);
      return hasFreed;
    };
    const list = listFor(this.#connection, id, actions, this.#withoutFreeLists.has(name) ? null : freeLists);
    return this.#shared(name, actions, list);
  }

  /**
   * Returns the same object for each use of an action list, because all actions that become unknown share a list and
   * its ordinals.
   */
  #shared(name: string, actions: string, list: GrowingList): GrowingList {
    const lists = this.#open(name)?.lists;
    if (!lists) return list;
    const known = lists.get(UNKNOWN_ACTIONS);
    const shared = known?.id === list.id ? known : list;
    lists.set(actions, shared);
    if (list.isUnknown) lists.set(UNKNOWN_ACTIONS, shared);
    return shared;
  }

  /** Makes room for a delivery. Returns false if the channel is full. */
  #makeRoom(name: string, bytes: number): boolean {
    const { maxChannelBytes, maxChannelDeliveries = Infinity } = this.#options;
    const channel = this.#open(name);
    if (!channel) return false;
    const excessBytes = channel.storedBytes + bytes - maxChannelBytes;
    const excessDeliveries = channel.deliveries + 1 - maxChannelDeliveries;
    if (excessBytes <= 0 && excessDeliveries <= 0) return true;
    this.#save(name);
    return this.#rooms.of(name, channel.id).make(excessBytes, excessDeliveries);
  }

  /** Saves the counters of a channel. The counters are read again when another delivery of the channel is added. */
  #save(name: string): void {
    const channel = this.#channels.get(name);
    if (!channel) return;
    this.#channels.delete(name);
    if (channel.hours.size === 0) return;
    const sql = this.#connection.sql.bind(this.#connection);
    for (const [hour, { events, others, lastSeq }] of channel.hours) {
      sql(
        `INSERT INTO hourly_counts (channel_id, hour, events, others, last_seq) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE
           SET events = events + excluded.events, others = others + excluded.others, last_seq = excluded.last_seq`,
      ).run(channel.id, hour, events, others, lastSeq);
    }
    const { deliveries, storedBytes, newestSeq, lastSeq, lastEventAt } = channel;
    const now = this.#connection.now();
    // A channel becomes due when it has a new delivery with events.
    sql(
      `UPDATE channels SET deliveries = ?, stored_bytes = ?, newest_seq = ?, last_event_at = ?, last_seq = ?,
         due_at = iif(lease_id IS NULL AND ? > last_seq, min(coalesce(due_at, ?), ?), due_at) WHERE id = ?`,
    ).run(deliveries, storedBytes, newestSeq, lastEventAt, lastSeq, lastSeq, now, now, channel.id);
  }
}
