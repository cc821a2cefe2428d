import { hasContent } from '../has-content.ts';
import { BURST_MS } from '../memory.ts';
import type { Ingested, NewDelivery } from '../delivery.ts';
import type { Store, StoreOptions } from '../store.ts';
import { withoutUnselectedConcerns } from './concerns.ts';
import type { Connections } from './connections.ts';
import { addDataKeys } from './data-keys.ts';
import { ingestParameters } from './ingest-parameters.ts';
import type { Listener } from './listener.ts';
import { addActionLists, limitOf, makeRoom, type RunOnChannel } from './room.ts';

/**
 * Maximum number of statements that ingest a group. Between two statements, room is made for the deliveries that were
 * refused.
 */
const MAX_ROUNDS = 8;

interface IngestedRow {
  result: Ingested | 'locked' | 'unlisted';
  holder: string | null;
}

/** The outcome of a delivery whose channel is locked. */
const LOCKED: IngestedRow = { result: 'locked', holder: null };

/** A delivery that was not stored, but may be stored once there is room for it. */
interface Refused {
  readonly delivery: NewDelivery;
  /** Position in the group. */
  readonly index: number;
  readonly result: 'full' | 'unlisted';
}

/** The outcome of making room for the refused deliveries of a channel. */
interface Room {
  /** The deliveries that may fit now. */
  readonly open: readonly Refused[];
  /** True if their actions must be stored as unknown. */
  readonly isUnknown: boolean;
  /** Results that replace the results of the statement. */
  readonly results: readonly { readonly index: number; readonly result: 'other-seal-key' | 'locked' }[];
}

/** Returns the size of a delivery's content; 0 if it has none. */
const bytesOf = ({ content }: NewDelivery): number => content?.sealed.length ?? 0;

const INGEST = `SELECT result, holder FROM relay_ingest(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
  $21, $22, $23)`;

/** Creates the part of a PostgreSQL store that ingests deliveries. */
export function createIngest(
  connections: Connections,
  options: StoreOptions,
  listener: Listener,
): Pick<Store, 'ingest'> {
  const { maxChannelBytes, maxChannelDeliveries, duplicateMs, memoryMs = 0 } = options;

  /** Stores the deliveries that there is room for. Returns null if nothing was stored because a channel is locked. */
  async function store(
    deliveries: readonly NewDelivery[],
    onLocked: 'skip' | 'wait',
    mayBeUnknown: boolean,
  ): Promise<IngestedRow[] | null> {
    const parameters = ingestParameters(deliveries, memoryMs > 0);
    const values = (skipsLocked: boolean) => [
      ...parameters,
      limitOf(maxChannelBytes),
      duplicateMs,
      limitOf(maxChannelDeliveries),
      BURST_MS,
      skipsLocked,
      mayBeUnknown,
    ];
    if (onLocked === 'wait') return connections.query<IngestedRow>('ingest', INGEST, values(false));
    return (
      (await connections.tryQuery<IngestedRow>('ingest', INGEST, values(false), 'durable')) ??
      // Repeat the statement without the locked channels.
      (await connections.tryQuery<IngestedRow>('ingest', INGEST, values(true), 'durable'))
    );
  }

  /** Makes room for refused deliveries of one channel. */
  async function makeRoomFor(refused: readonly Refused[], run: RunOnChannel): Promise<Room> {
    const [first] = refused;
    if (!first) return { open: [], isUnknown: false, results: [] };
    const { channel } = first.delivery;
    const unlisted = refused.filter(({ result }) => result === 'unlisted').map(({ delivery }) => delivery);
    const foreignKeys = await addDataKeys(run, channel, unlisted.filter(hasContent));
    const isForeign = ({ content }: NewDelivery): boolean => content !== null && foreignKeys.has(content.keyId);
    const foreign = refused.filter(({ delivery }) => isForeign(delivery));
    const results = foreign.map(({ index }) => ({ index, result: 'other-seal-key' as const }));
    const others = refused.filter(({ delivery }) => !isForeign(delivery));

    const listed = unlisted.filter((delivery) => hasContent(delivery) && !isForeign(delivery));
    const actions = new Set(listed.map((delivery) => JSON.stringify(delivery.actions)));
    const isUnknown = actions.size > 0 && !(await addActionLists(connections, run, channel, [...actions]));

    const full = others.filter(({ result }) => result === 'full').map(({ delivery }) => delivery);
    if (full.length === 0) return { open: others, isUnknown, results };
    const bytes = full.reduce((sum, delivery) => sum + bytesOf(delivery), 0);
    const room = await makeRoom(connections, run, channel, { deliveries: full.length, bytes }, options);
    if (room === 'made' || unlisted.length > 0) return { open: others, isUnknown, results };
    const locked = room === 'locked' ? others.map(({ index }) => ({ index, result: room })) : [];
    return { open: [], isUnknown, results: [...results, ...locked] };
  }

  const runUnlessLocked: RunOnChannel = async <Row extends object>(name: string, text: string, values: unknown[]) =>
    (await connections.tryQuery<Row>(name, text, values, 'durable'))?.[0] ?? null;
  const runWhenUnlocked: RunOnChannel = async <Row extends object>(name: string, text: string, values: unknown[]) =>
    (await connections.query<Row>(name, text, values))[0] ?? null;

  /** Returns false for a delivery that is too large for any channel. */
  const mayFit = (delivery: NewDelivery): boolean => bytesOf(delivery) <= maxChannelBytes;

  return {
    ingest: async (given, onLocked = 'wait') => {
      const deliveries = await withoutUnselectedConcerns(connections, given);
      const results: IngestedRow['result'][] = deliveries.map(() => 'full');
      const holders = new Map<string, string | null>();
      let mayBeUnknown = false;
      let open: readonly Pick<Refused, 'delivery' | 'index'>[] = deliveries.map((delivery, index) => ({
        delivery,
        index,
      }));
      for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round++) {
        const rows = await store(
          open.map(({ delivery }) => delivery),
          onLocked,
          mayBeUnknown,
        );
        const refused = new Map<string, Refused[]>();
        open.forEach(({ delivery, index }, position) => {
          const { result, holder } = rows ? (rows[position] ?? { result: 'full', holder: null }) : LOCKED;
          results[index] = result;
          if (result === 'stored' && hasContent(delivery)) holders.set(delivery.channel, holder);
          if ((result !== 'full' && result !== 'unlisted') || !mayFit(delivery)) return;
          const others = refused.get(delivery.channel) ?? [];
          refused.set(delivery.channel, [...others, { delivery, index, result }]);
        });
        const run = onLocked === 'skip' ? runUnlessLocked : runWhenUnlocked;
        const groups = [...refused.values()];
        const rooms = await Promise.all(groups.map((group) => makeRoomFor(group, run)));
        for (const { index, result } of rooms.flatMap((room) => room.results)) results[index] = result;
        open = rooms.flatMap((room) => room.open);
        mayBeUnknown = rooms.some(({ isUnknown }) => isUnknown);
      }
      listener.notify(
        [...holders].map(([channel, holder]) => ({ channel, holder })),
        'deliveries',
      );
      return results.map((result) => (result === 'unlisted' ? 'full' : result));
    },
  };
}
