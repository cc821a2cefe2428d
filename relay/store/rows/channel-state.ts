import { HOUR_MS } from '../../clock.ts';
import type { UrlParts } from '../../webhook-url.ts';
import { columns, sql, type Reader } from '../database/database.ts';
import { selectWithCounts, type SubscriptionWithCounts } from './subscription.ts';
import { SIGNATURE_COLUMNS, type SignatureCheck } from './signature-check.ts';
import type { ColumnName, ReadRow } from '../database/row-types.ts';

const REGISTRATION_COLUMNS = [
  'withSecret',
  'sealKey',
  'urlPart',
  'oldUrlPart',
  'oldUrlUntil',
] as const satisfies ColumnName<'channels'>[];

/** A channel's registration. */
export interface Registration extends UrlParts, ReadRow<'channels', (typeof REGISTRATION_COLUMNS)[number]> {
  /** True if the channel was ever registered with a valid registration secret. */
  readonly withSecret: boolean;
  /** The public seal key, which stays the same until the channel is deleted. */
  readonly sealKey: Buffer;
}

/** A channel with the counts that the API shows. */
export interface ChannelState extends Registration, SignatureCheck {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  /** Number of deliveries with events in the current hour and the 24 hours before it. */
  readonly events24h: number;
  /** Number of deliveries without events in the current hour and the 24 hours before it. */
  readonly others24h: number;
  /** Time from which the silence since `lastEventAt` is unusual; null while the silence is not unusual. */
  readonly silentAt: number | null;
  readonly storedBytes: number;
  readonly oldUrlEventAt: number | null;
  readonly subscriptions: readonly SubscriptionWithCounts[];
  readonly ended: readonly SubscriptionWithCounts[];
}

/** The columns of a {@link Registration}. */
export const REGISTRATION = columns(REGISTRATION_COLUMNS);

/** Creates the queries for the channel states that the API shows. */
export const createChannelStates = (database: Reader) => ({
  /** Returns a channel with its counts and subscriptions; null if the channel does not exist. */
  channelState: async (channel: string, now: number): Promise<ChannelState | null> => {
    type Counts = 'events24h' | 'others24h' | 'subscriptions' | 'ended';
    const [row] = await database.all<Omit<ChannelState, Counts> & { readonly key: number }>(sql`
      SELECT ${REGISTRATION}, key, channel, created_at, last_event_at, silent_at, stored_bytes, old_url_event_at,
        ${columns(SIGNATURE_COLUMNS)}
      FROM channels WHERE channel = ${channel}`);
    if (!row) return null;
    const [counts] = await database.all<{ all: number; events: number }>(sql`
      SELECT count(*) AS "all", count(CASE WHEN has_events THEN 1 END) AS events
      FROM digests WHERE channel = ${row.key} AND received_at >= ${(Math.floor(now / HOUR_MS) - 24) * HOUR_MS}`);
    const { all, events } = counts ?? { all: 0, events: 0 };
    return {
      ...row,
      events24h: events,
      others24h: all - events,
      subscriptions: await selectWithCounts(database, sql`c.channel = ${channel} AND s.ended_at IS NULL`),
      ended: await selectWithCounts(database, sql`c.channel = ${channel} AND s.ended_at IS NOT NULL`),
    };
  },
});
