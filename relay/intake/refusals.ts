/**
 * The refusals of webhooks, for the operator: the last refusal of each registered channel, and the refusals at unknown
 * URLs.
 */

import type { Clock } from '../clock.ts';

/** Minimum time between two records of the same reason for the same channel. */
const INTERVAL_MS = 60_000;
/** Number of records in memory above which records that are older than the interval are dropped. */
const MAX_NOTED = 1_000;

/** The reasons for which webhooks are refused, with the status of the response. */
export const REFUSALS = {
  unsigned: 400,
  refused: 403,
  unregistered: 404,
  too_large: 413,
  rate_limited: 429,
  busy: 503,
  failed: 503,
  full: 503,
} as const;
export type Refusal = keyof typeof REFUSALS;

/** The webhooks that a process has refused because their URLs belong to no registered channel. */
export interface UnknownWebhooks {
  readonly webhooks: number;
  /** Time of the newest refused webhook, and the channel in its URL. */
  readonly lastAt: number;
  readonly lastChannel: string;
}

/** The method of a store that records refusals. It is described here, because the store imports the type {@link Refusal}. */
interface RefusalStore {
  readonly noteRefusal: (channel: string, reason: Refusal, now: number) => Promise<void>;
}

/** The refusals that a process has seen. */
export type Refusals = ReturnType<typeof createRefusals>;

/** Creates the record of a process that starts now. */
export function createRefusals(store: RefusalStore, clock: Pick<Clock, 'now'>) {
  const noted = new Map<string, number>();
  let unknown: UnknownWebhooks | null = null;

  return {
    startedAt: clock.now(),

    /** Stores the last refusal of a registered channel, once a minute for each reason. */
    note: (reason: Refusal, channel: string): void => {
      const now = clock.now();
      const key = `${reason} ${channel}`;
      if (now - (noted.get(key) ?? -Infinity) < INTERVAL_MS) return;
      if (noted.size >= MAX_NOTED) for (const [old, at] of noted) if (now - at >= INTERVAL_MS) noted.delete(old);
      noted.set(key, now);
      // Ignore the error: while webhooks are refused, a later refusal is stored.
      void store.noteRefusal(channel, reason, now).catch(() => undefined);
    },

    /** Counts a webhook whose URL belongs to no registered channel. */
    noteUnknown: (lastChannel: string): void => {
      unknown = { webhooks: (unknown?.webhooks ?? 0) + 1, lastAt: clock.now(), lastChannel };
    },

    /** Returns the webhooks at unknown URLs since the process started; null if there were none. */
    unknown: (): UnknownWebhooks | null => unknown,
  };
}
