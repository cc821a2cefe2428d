import { hasEvents } from '../has-events.ts';
import type { Ingested, NewDelivery, Store, StoreOptions } from '../store.ts';
import type { Connections } from './connections.ts';
import { ingestParameters } from './ingest-parameters.ts';
import type { Listener } from './listener.ts';
import { addActionLists, limitOf, makeRoom, type RunOnChannel } from './room.ts';

/** Upper bound on the statements that ingest a group; between two of them, room is made for deliveries that were refused. */
const MAX_ROUNDS = 8;

interface IngestedRow {
  result: Ingested | 'locked' | 'unlisted';
  holder: string | null;
}

/** A delivery that was not stored, but may be once there is room for it. */
interface Refused {
  readonly delivery: NewDelivery;
  /** Position in the group. */
  readonly index: number;
  readonly result: 'full' | 'unlisted';
}

/** The outcome of making room for the refused deliveries of a channel. */
interface Room {
  /** True if some of them may fit now. */
  readonly hasRoom: boolean;
  /** True if their actions are to be stored as unknown. */
  readonly isUnknown: boolean;
}

const INGEST = `SELECT result, holder FROM relay_ingest(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`;

/** Creates the part of a PostgreSQL store that ingests deliveries. */
export function createIngest(
  connections: Connections,
  options: StoreOptions,
  listener: Listener,
): Pick<Store, 'ingest'> {
  const { maxChannelBytes, maxChannelDeliveries, duplicateMs } = options;

  /** Stores the deliveries for which there is room. Returns null if a channel is locked and none was stored. */
  async function store(
    deliveries: readonly NewDelivery[],
    onLocked: 'skip' | 'wait',
    mayBeUnknown: boolean,
  ): Promise<IngestedRow[] | null> {
    const parameters = ingestParameters(deliveries);
    const values = (skipsLocked: boolean) => [
      ...parameters,
      limitOf(maxChannelBytes),
      duplicateMs,
      limitOf(maxChannelDeliveries),
      skipsLocked,
      mayBeUnknown,
    ];
    if (onLocked === 'wait') return connections.query<IngestedRow>('ingest', INGEST, values(false));
    return (
      (await connections.tryQuery<IngestedRow>('ingest', INGEST, values(false), 'durable')) ??
      // Once more, without the channels that are locked.
      (await connections.tryQuery<IngestedRow>('ingest', INGEST, values(true), 'durable'))
    );
  }

  /** Makes room for refused deliveries of one channel. */
  async function makeRoomFor(refused: readonly Refused[], run: RunOnChannel): Promise<Room> {
    const [first] = refused;
    if (!first) return { hasRoom: false, isUnknown: false };
    const { channel } = first.delivery;
    const unlisted = refused.filter(({ result }) => result === 'unlisted');
    const actions = new Set(
      unlisted.filter(({ delivery }) => hasEvents(delivery)).map(({ delivery }) => JSON.stringify(delivery.actions)),
    );
    const isUnknown = actions.size > 0 && !(await addActionLists(connections, run, channel, [...actions]));
    const full = refused.filter(({ result }) => result === 'full');
    if (full.length === 0) return { hasRoom: true, isUnknown };
    const bytes = full.reduce((sum, { delivery }) => sum + (hasEvents(delivery) ? delivery.body.length : 0), 0);
    const excess = { deliveries: full.length, bytes };
    const hasRoom = await makeRoom(connections, run, channel, excess, options);
    return { hasRoom: hasRoom || unlisted.length > 0, isUnknown };
  }

  const runUnlessLocked: RunOnChannel = async <Row extends object>(name: string, text: string, values: unknown[]) =>
    (await connections.tryQuery<Row>(name, text, values, 'durable'))?.[0] ?? null;
  const runWhenUnlocked: RunOnChannel = async <Row extends object>(name: string, text: string, values: unknown[]) =>
    (await connections.query<Row>(name, text, values))[0] ?? null;

  /** Returns false for a delivery that is too large for any channel. */
  const mayFit = (delivery: NewDelivery): boolean => !hasEvents(delivery) || delivery.body.length <= maxChannelBytes;

  return {
    ingest: async (deliveries, onLocked = 'wait') => {
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
          if (result === 'stored' && hasEvents(delivery)) holders.set(delivery.channel, holder);
          if ((result !== 'full' && result !== 'unlisted') || !mayFit(delivery)) return;
          const others = refused.get(delivery.channel) ?? [];
          refused.set(delivery.channel, [...others, { delivery, index, result }]);
        });
        const run = onLocked === 'skip' ? runUnlessLocked : runWhenUnlocked;
        const groups = [...refused.values()];
        const rooms = await Promise.all(groups.map((group) => makeRoomFor(group, run)));
        open = groups.filter((_, position) => rooms[position]?.hasRoom).flat();
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

const LOCKED: IngestedRow = { result: 'locked', holder: null };
