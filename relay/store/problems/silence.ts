/**
 * Checks channels for unusual silence. Ingest sets the time of a channel's next check. An index finds the channels that
 * are due, so a pass costs nothing for channels that keep receiving events. The editor, the console, notices and
 * metrics read the result.
 */

import { HOUR_MS } from '../../clock.ts';
import { MIN_SILENCE_MS, RHYTHM_HOURS, SLOT_MS, unusualSilenceAt } from './silence-rule.ts';
import { columns, raw, sql, type Database } from '../database/database.ts';
import type { ColumnName, ReadRow } from '../database/row-types.ts';

/** Maximum number of channels that one step checks. */
const MAX_CHANNELS = 100;

/** The columns of a locked channel that an arrival changes. */
export interface ArrivalColumns {
  lastEventAt: number | null;
  busySlots: number;
  silenceCheckAt: number | null;
  silentAt: number | null;
  readonly refusedAt: number | null;
  problemsCheckAt: number | null;
}

/** A row of the table `busy_hours`. */
export interface BusyHour {
  readonly hour: number;
  readonly slots: number;
}

/**
 * Records an arrival in a locked channel, which ends its silence. Returns the row of the hour for the first arrival in
 * a slot; otherwise null.
 *
 * @param receivedAt - time of the arrival. An arrival that is older than the newest arrival changes nothing.
 */
export function countArrival(channel: ArrivalColumns, receivedAt: number): BusyHour | null {
  const newest = channel.lastEventAt ?? -Infinity;
  if (receivedAt < newest) return null;
  // The arrival can end a silence or a period of refusals.
  const wasRefused = channel.refusedAt !== null && channel.refusedAt >= newest;
  if (channel.silentAt !== null || wasRefused) channel.problemsCheckAt = 0;
  channel.lastEventAt = receivedAt;
  channel.silenceCheckAt = receivedAt + MIN_SILENCE_MS;
  channel.silentAt = null;
  if (Math.floor(receivedAt / SLOT_MS) === Math.floor(newest / SLOT_MS)) return null;
  const hour = Math.floor(receivedAt / HOUR_MS);
  channel.busySlots = hour === Math.floor(newest / HOUR_MS) ? channel.busySlots + 1 : 1;
  return { hour, slots: channel.busySlots };
}

const QUIET_COLUMNS = [
  'key',
  'createdAt',
  'lastEventAt',
  'refusedAt',
  'silenceCheckAt',
] as const satisfies ColumnName<'channels'>[];

/** A channel whose silence might be unusual. */
interface QuietChannel extends ReadRow<'channels', (typeof QUIET_COLUMNS)[number]> {
  /** Time of the newest arrival. The time is not null, because only an arrival makes a channel due for a check. */
  readonly lastEventAt: number;
  readonly silenceCheckAt: number;
}

/** Creates the part of a store that finds unusual silences. */
export function createSilence(database: Database) {
  async function unusualAt({ key, createdAt, lastEventAt }: QuietChannel, lastArrivalAt: number): Promise<number> {
    const oldest = Math.floor(lastEventAt / HOUR_MS) - RHYTHM_HOURS;
    const rows = await database.all<BusyHour>(
      sql`SELECT hour, slots FROM busy_hours WHERE channel = ${key} AND hour >= ${oldest}`,
    );
    const slotsByHour = new Map(rows.map(({ hour, slots }) => [hour, slots]));
    return unusualSilenceAt({ slotsByHour, createdAt, lastArrivalAt });
  }

  return {
    /**
     * Checks up to {@link MAX_CHANNELS} channels whose silence may have become unusual. Returns the number of checked
     * channels.
     */
    checkSilences: async (now: number): Promise<number> => {
      const channels = await database.all<QuietChannel, 'lastEventAt' | 'silenceCheckAt'>(sql`
        SELECT ${columns(QUIET_COLUMNS)} FROM channels
        WHERE silence_check_at <= ${now} AND deleted_at IS NULL ORDER BY silence_check_at LIMIT ${raw(MAX_CHANNELS)}`);
      for (const channel of channels) {
        // A refused webhook is an arrival as well, so it ends a silence.
        const lastArrivalAt = Math.max(channel.lastEventAt, channel.refusedAt ?? 0);
        const at = await unusualAt(channel, lastArrivalAt);
        const [silentAt, checkAt] = at <= now ? [at, null] : [null, at];
        // The update has no effect if an event has arrived in the meantime.
        const update = sql`
          UPDATE channels SET silent_at = ${silentAt}, silence_check_at = ${checkAt},
            problems_check_at = ${silentAt === null ? sql`problems_check_at` : 0}
          WHERE key = ${channel.key} AND last_event_at = ${channel.lastEventAt}
            AND silence_check_at = ${channel.silenceCheckAt}`;
        await database.transaction(({ run }) => run(update), { isDurable: false });
      }
      return channels.length;
    },
  };
}
