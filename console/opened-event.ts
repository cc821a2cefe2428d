/**
 * The event that is open on the page. The page loads the event's contents once, and updates its outcomes for the Zaps.
 */

import type { EventOutcomesResponse, EventResponse } from '../wire/console-api.ts';
import { openResponse } from '../wire/sealing/open.ts';
import { webRuntime } from '../wire/sealing/web-runtime.ts';
import { nameEvent, type NamedEvent } from './event-list.ts';
import { openDelivery, type BrowserDelivery, type LinkAccess } from './opened-delivery.ts';
import { RequestFailed, type RelayClient } from './relay-client.ts';
import { reportedChanges, type ReportedChanges } from './reported-changes.ts';

/** An event with its contents. */
export interface LoadedDetail extends EventResponse {
  readonly kind: 'loaded';
  /** The opened responses to failed attempts, keyed by the sealed responses. */
  readonly responses: ReadonlyMap<string, string>;
  /** The earlier events that this event waits for, keyed by event number. */
  readonly before: ReadonlyMap<number, NamedEvent>;
  readonly delivery: BrowserDelivery;
  /** The changes that the event reports; null if they are unknown. */
  readonly changes: ReportedChanges | null;
}

/** The opened event. `missing` means that the relay has never stored the event, or no longer stores it. */
export type Detail = LoadedDetail | { readonly kind: 'loading' | 'missing'; readonly number: number };

/**
 * Opens the responses to failed attempts that have not been opened before. A response that cannot be opened is replaced
 * with an empty string.
 */
async function openedResponses(
  { zaps, envelope }: EventResponse,
  access: LinkAccess,
  known: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const { channel, delivery_id: id, key_id: keyId } = envelope;
  const dataKey = await access.keys.get(keyId);
  if (!(dataKey instanceof Uint8Array)) return known;
  const opened = new Map(known);
  for (const { response } of zaps.flatMap(({ attempts }) => attempts)) {
    if (response === null || opened.has(response)) continue;
    opened.set(response, await openResponse(webRuntime, dataKey, { channel, id, keyId }, response).catch(() => ''));
  }
  return opened;
}

/** Opens the earlier events that an event waits for. */
async function openedBefore({ zaps }: EventOutcomesResponse, access: LinkAccess): Promise<LoadedDetail['before']> {
  const events = zaps.flatMap(({ behind }) => behind ?? []);
  return new Map(
    await Promise.all(events.map(async (event) => [event.number, await nameEvent(event, access)] as const)),
  );
}

async function loaded(
  client: RelayClient,
  access: LinkAccess,
  number: number,
  signal: AbortSignal,
): Promise<LoadedDetail> {
  const event = await client.event(number, signal);
  const { previous, burst = [] } = event.envelope;
  const delivery = await openDelivery(event.envelope, access);
  const changes = reportedChanges(
    delivery,
    previous ? await openDelivery(previous, access) : null,
    await Promise.all(burst.map((each) => openDelivery(each, access))),
    access.locale,
  );
  const responses = await openedResponses(event, access, new Map());
  return { kind: 'loaded', ...event, delivery, changes, responses, before: await openedBefore(event, access) };
}

/**
 * Loads an event, or only its outcomes if its contents are already loaded.
 *
 * @throws {RequestFailed} if a request fails for a reason other than a missing event
 */
export async function loadDetail(
  client: RelayClient,
  access: LinkAccess,
  shown: Detail,
  signal: AbortSignal,
): Promise<Detail> {
  const { number } = shown;
  try {
    if (shown.kind !== 'loaded') return await loaded(client, access, number, signal);
    const event = { ...shown, ...(await client.eventOutcomes(number, signal)) };
    const responses = await openedResponses(event, access, shown.responses);
    return { ...event, responses, before: await openedBefore(event, access) };
  } catch (error) {
    if (error instanceof RequestFailed && error.reason === 'missing') return { kind: 'missing', number };
    throw error;
  }
}
