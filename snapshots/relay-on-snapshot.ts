/** A relay of this version on the store of a snapshot. */

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import { HOUR } from '../relay/harness/durations.ts';
import { callSuccessfully } from '../relay/harness/relay-requests.ts';
import { ORIGIN, REGISTRATION_SECRET } from '../relay/harness/sample-delivery.ts';
import { startRelayInThisThread } from '../relay/harness/one-thread-relay.ts';
import type { RunningRelay } from '../relay/relay.ts';
import { CONSOLE_EVENTS_PATH, type EventListResponse, type EventOutcomesResponse } from '../wire/console-api.ts';
import { deriveLink } from '../wire/console-link.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { LINK_SECRET, ORIGIN_OF_TARGETS, SNAPSHOT_AT } from './constants.ts';

/** Returns the time since the snapshots were taken, in milliseconds, rounded down to a full hour. */
export const hoursSince = (): number => Math.floor((Date.now() - SNAPSHOT_AT) / HOUR) * HOUR;

/** Columns that contain times. All other numbers are keys, sequence numbers and counts. */
const TIME = /(?:_at|_until|_since|_time|^heartbeat)$/;

/**
 * Returns the statements that move all times of a store to the present, so that retention deletes no old rows, and that
 * send the deliveries of all Zaps to the server at `zapOrigin`.
 *
 * @param schema - the text of the store's schema
 */
export function statementsToPresent(schema: string, offset: number, zapOrigin: string): string {
  const columns = [...schema.matchAll(/^(\w+)\.(\w+) /gm)].map(([, table = '', column = '']) => ({ table, column }));
  const times = Map.groupBy(
    columns.filter(({ column }) => TIME.test(column)),
    ({ table }) => table,
  );
  const updates = [...times].map(([table, own]) => {
    // Some columns contain 0 instead of a time.
    const changes = own.map(
      ({ column }) => `${column} = CASE WHEN ${column} > 0 THEN ${column} + ${offset} ELSE ${column} END`,
    );
    return `UPDATE ${table} SET ${changes.join(', ')}`;
  });
  return [
    ...updates,
    // The hours are keys. The first statement makes them negative, so that no new key equals an old key.
    `UPDATE busy_hours SET hour = -(hour + ${offset / HOUR})`,
    'UPDATE busy_hours SET hour = -hour',
    `UPDATE subscriptions SET target_url = replace(target_url, '${ORIGIN_OF_TARGETS}', '${zapOrigin}')`,
  ].join(';\n');
}

/** The location of a store: the path of a SQLite file, or the URL of a PostgreSQL database. */
export type Location = { readonly sqlitePath: string } | { readonly databaseUrl: string };

/** Starts a relay of this version on a store whose times are in the present. */
export async function startRelayOn(location: Location, zapOrigin: string): Promise<RunningRelay> {
  const isFile = 'sqlitePath' in location;
  const config = readConfig({
    ...(isFile ? { RELAY_SQLITE_PATH: location.sqlitePath } : { RELAY_DATABASE_URL: location.databaseUrl }),
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: '0',
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    RELAY_ADMIN_SOCKET: 'off',
  });
  const log = pino({ level: 'silent' });
  return startRelayInThisThread(config, log);
}

/**
 * Returns the events of the console of a running relay, with the times of the snapshot and without the texts of
 * failures.
 */
export async function shownEvents({ port }: RunningRelay, offset: number): Promise<JsonObject[]> {
  const { accessToken } = await deriveLink(LINK_SECRET);
  const get = <T>(path: string) =>
    callSuccessfully<T>(`http://127.0.0.1:${port}`, 'GET', `${CONSOLE_EVENTS_PATH}${path}`, undefined, accessToken);
  const { events } = await get<EventListResponse>('?limit=500');
  const shown: JsonObject[] = [];
  for (const { number, envelope, is_repeat } of events) {
    const { outcome, zaps } = await get<EventOutcomesResponse>(`/${number}/zaps`);
    shown.push({
      number,
      delivery_id: envelope.delivery_id,
      received_at: envelope.received_at - offset,
      actions: envelope.actions,
      is_repeat,
      outcome,
      zaps: zaps.map(({ zap, outcome: ofZap, was_on, is_sent_again, given_up_reason, attempts }) => ({
        zap,
        outcome: ofZap,
        was_on,
        is_sent_again,
        given_up_reason,
        attempts: attempts.map((attempt) => ({ ...attempt, failure_text: undefined, at: attempt.at - offset })),
      })),
    });
  }
  return shown;
}

/** Moves the times of an envelope back to the time of the snapshot, at which the envelope was sealed. */
export function atSnapshot(envelope: unknown, offset: number): unknown {
  if (Array.isArray(envelope)) return envelope.map((each) => atSnapshot(each, offset));
  if (!isJsonObject(envelope)) return envelope;
  const moved = Object.entries(envelope).map(([key, value]) => {
    const isTime = (key === 'received_at' || key === 'event_time') && typeof value === 'number';
    return [key, isTime ? value - offset : atSnapshot(value, offset)];
  });
  return Object.fromEntries(moved);
}
