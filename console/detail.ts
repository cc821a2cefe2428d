/** The page's opened event. Its contents are loaded once, and its outcome for each Zap is updated. */

import type { EventAtZapInDetail } from '../wire/console-api.ts';
import type { DeliveryActions } from '../wire/action-filter.ts';
import type { RespondedDelivery } from '../wire/sealing/format.ts';
import { openResponse } from '../wire/sealing/open.ts';
import { webRuntime } from '../wire/sealing/web-runtime.ts';
import type { LinkKeys } from './link.ts';
import {
  metadataOf,
  openDelivery,
  reportedChanges,
  type BrowserDelivery,
  type ReportedChanges,
} from './opened-delivery.ts';
import { RequestFailed, type RelayClient } from './relay-client.ts';

/** An event with its contents. */
export interface LoadedDetail {
  readonly kind: 'loaded';
  readonly number: number;
  readonly actions: DeliveryActions;
  /** Time at which the relay received the event. */
  readonly receivedAt: number;
  /** True if the relay has received the same webhook before. */
  readonly isRepeat: boolean;
  readonly zaps: readonly EventAtZapInDetail[];
  /** The parts of the envelope that are needed to open the responses. */
  readonly sealed: RespondedDelivery;
  /** The responses to failed attempts, by the sealed responses. */
  readonly responses: ReadonlyMap<string, string>;
  readonly delivery: BrowserDelivery;
  /** Null if the changes are not known. */
  readonly changes: ReportedChanges | null;
}

/** The opened event. `missing`: the relay does not store the event, or no longer stores it. */
export type Detail = LoadedDetail | { readonly kind: 'loading' | 'missing'; readonly number: number };

/** Opens the responses to failed attempts that are not known yet. Leaves out those that cannot be opened. */
async function openedResponses(
  zaps: readonly EventAtZapInDetail[],
  delivery: RespondedDelivery,
  keys: LinkKeys,
  known: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const dataKey = await keys.dataKey(delivery.keyId);
  if (typeof dataKey === 'string') return known;
  const opened = new Map(known);
  for (const { response } of zaps.flatMap(({ attempts }) => attempts)) {
    if (response === null || opened.has(response)) continue;
    opened.set(response, await openResponse(webRuntime, dataKey, delivery, response).catch(() => ''));
  }
  return opened;
}

async function loaded(client: RelayClient, keys: LinkKeys, number: number): Promise<LoadedDetail> {
  const { envelope, zaps } = await client.event(number);
  const { actions, received_at: receivedAt, previous, burst = [], is_repeat: isRepeat = false } = envelope;
  const delivery = await openDelivery(envelope, keys);
  const changes = reportedChanges(
    delivery,
    previous ? await openDelivery(previous, keys) : null,
    await Promise.all(burst.map((each) => openDelivery(each, keys))),
  );
  const sealed = metadataOf(envelope);
  const responses = await openedResponses(zaps, sealed, keys, new Map());
  return { kind: 'loaded', number, actions, receivedAt, isRepeat, zaps, sealed, responses, delivery, changes };
}

/**
 * Loads an event, or only its outcomes if its contents are already loaded.
 *
 * @throws {RequestFailed} unless the event is missing
 */
export async function loadDetail(client: RelayClient, keys: LinkKeys, shown: Detail): Promise<Detail> {
  const { number } = shown;
  try {
    if (shown.kind !== 'loaded') return await loaded(client, keys, number);
    const { zaps } = await client.eventOutcomes(number);
    return { ...shown, zaps, responses: await openedResponses(zaps, shown.sealed, keys, shown.responses) };
  } catch (error) {
    if (error instanceof RequestFailed && error.reason === 'missing') return { kind: 'missing', number };
    throw error;
  }
}
