/** A POST → one durable row. Those that come together share one transaction, and so one wait for the disk. */

import { isJsonObject } from '../wire/json.ts';
import type { Ingested, NewDelivery, Store } from './store/store.ts';

/** TutorCruncher waits 8 seconds for an answer. */
const TIMEOUT_MS = 6_500;
/** More in one transaction would keep the first of them waiting. */
const MAX_GROUP = 200;
const MAX_GROUP_BYTES = 16 * 1024 * 1024;

/**
 * The actions of a body's events.
 *
 * @returns none for a body that is not JSON or holds no events, such as a public profile
 */
export function actionsOf(body: Buffer): string[] {
  let delivery: unknown;
  try {
    delivery = JSON.parse(body.toString('utf8'));
  } catch {
    return [];
  }
  if (!isJsonObject(delivery) || !Array.isArray(delivery.events)) return [];
  const actions = (delivery.events as unknown[]).flatMap((event) =>
    isJsonObject(event) && typeof event.action === 'string' ? [event.action] : [],
  );
  return [...new Set(actions)];
}

interface Waiting {
  readonly delivery: NewDelivery;
  readonly resolve: (result: Ingested) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes deliveries in. */
export interface Ingest {
  /**
   * Resolves once the delivery is safe.
   *
   * @throws when it can't be made safe in time
   */
  readonly add: (delivery: NewDelivery) => Promise<Ingested>;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
}

/** Creates the way in to a store. */
export function createIngest(store: Pick<Store, 'ingest'>): Ingest {
  const waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;

  function nextGroup(): Waiting[] {
    let bytes = 0;
    const end = waiting.findIndex(({ delivery }, index) => {
      bytes += delivery.body.length;
      return index > 0 && (index >= MAX_GROUP || bytes > MAX_GROUP_BYTES);
    });
    return waiting.splice(0, end < 0 ? waiting.length : end);
  }

  async function flush(): Promise<void> {
    // What has come in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const group = nextGroup();
      try {
        const results = await store.ingest(group.map(({ delivery }) => delivery));
        group.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result) resolve(result);
          else reject(new Error('The store gave no answer for a delivery.'));
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      // Others get their turn between two groups.
      await new Promise((resolve) => setImmediate(resolve));
    }
    flushing = null;
  }

  return {
    add: (delivery) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          // What nobody waits for any more is sent again: it must not hold up what is new, nor pile up.
          const place = waiting.indexOf(entry);
          if (place >= 0) waiting.splice(place, 1);
          reject(new Error('The store did not answer in time.'));
        }, TIMEOUT_MS);
        const entry: Waiting = {
          delivery,
          resolve: (result) => {
            clearTimeout(timer);
            resolve(result);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        };
        waiting.push(entry);
        flushing ??= flush();
      }),
    idle: async () => {
      while (flushing) await flushing;
    },
  };
}
