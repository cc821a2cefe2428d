/**
 * The record of refused webhooks, for the operator: the last refusal of each registered channel, and the refusals at
 * unknown URLs.
 */

import type { Clock } from '../clock.ts';
import type { Refusal } from '../refusal-reasons.ts';
import type { Store } from '../store/store.ts';

/** Minimum time between two records of the same reason for the same channel, in milliseconds. */
const INTERVAL_MS = 60_000;
/** Number of records in memory above which records older than {@link INTERVAL_MS} are dropped. */
const MAX_SAVED = 1_000;

/** The webhooks that a process has refused because their URLs belong to no registered channel. */
export interface UnknownWebhooks {
  readonly webhooks: number;
  /** Time of the newest refused webhook. */
  readonly lastAt: number;
  /** Channel in the URL of the newest refused webhook. */
  readonly lastChannel: string;
}

/** The record of the refusals in a process. */
export type RefusalRecord = ReturnType<typeof createRefusalRecord>;

/** Creates the record of a process that starts now. */
export function createRefusalRecord(store: Pick<Store, 'saveRefusal'>, clock: Pick<Clock, 'now'>) {
  const savedAt = new Map<string, number>();
  let unknown: UnknownWebhooks | null = null;

  return {
    startedAt: clock.now(),

    /** Stores the last refusal of a registered channel, at most once a minute for each reason. */
    save: (reason: Refusal, channel: string): void => {
      const now = clock.now();
      const key = `${reason} ${channel}`;
      if (now - (savedAt.get(key) ?? -Infinity) < INTERVAL_MS) return;
      if (savedAt.size >= MAX_SAVED) for (const [old, at] of savedAt) if (now - at >= INTERVAL_MS) savedAt.delete(old);
      savedAt.set(key, now);
      // The error is ignored, because a later refusal is stored if webhooks continue to be refused.
      void store.saveRefusal(channel, reason, now).catch(() => undefined);
    },

    /** Counts a webhook whose URL belongs to no registered channel. */
    countUnknown: (lastChannel: string): void => {
      unknown = { webhooks: (unknown?.webhooks ?? 0) + 1, lastAt: clock.now(), lastChannel };
    },

    /**
     * Returns the count and the last time of webhooks at unknown URLs since the process started; null if there were
     * none.
     */
    unknown: (): UnknownWebhooks | null => unknown,
  };
}
