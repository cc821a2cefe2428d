/** The content of a relay's store at the start of a measurement. */

import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { createSealer } from '../harness/sealer.ts';
import { retentionLimits } from '../retention.ts';
import { HOUR_MS, type Store } from '../store/store.ts';
import { EVENT_BYTES, eventBody, sharedNow, SIGNATURE, WANTED_ACTION } from './event.ts';
import { activeUrl, channelAt, type Setup } from './systems.ts';

/** The relay's limit on channels in the bench. */
export const MAX_CHANNELS = 100_000;
/** The relay's limit on subscriptions per channel. */
const MAX_SUBSCRIPTIONS = 200;
/** Events per transaction. */
const GROUP = 200;
/** Size of a delivered event, whose body is no longer read. */
const SMALL_BYTES = 200;
/** Index of the first channel with only idle subscriptions, far beyond the indices of active channels. */
const FIRST_IDLE_CHANNEL = 1_000_000;
const RETENTION = retentionLimits({ retentionHours: 72, memoryDays: 90 });

const sealer = createSealer();

/** Registers a channel. */
export const register = (store: Store, channel: string) =>
  store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: MAX_CHANNELS, idleMs: 24 * HOUR_MS }, Date.now());

/** Adds a subscription to one action. */
export async function subscribe(store: Store, channel: string, targetUrl: string, action: string): Promise<void> {
  await store.subscribe(channel, { targetUrl, filter: { actions: [action] } }, MAX_SUBSCRIPTIONS, Date.now());
}

async function ingestEvents(
  store: Store,
  channel: string,
  count: number,
  content: { readonly bytes: number; readonly subjects?: number },
): Promise<void> {
  for (let from = 0; from < count; from += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, count - from) }, async (_, index) => {
      const body = Buffer.from(eventBody(from + index, content.subjects ? sharedNow() : 0, content));
      const request = { body, signature: SIGNATURE, contentType: 'application/json' };
      return sealer.seal({ channel, ...request, receivedAt: Date.now() }, SEAL_KEY);
    });
    await store.ingest(await Promise.all(group));
  }
}

/** Adds idle subscriptions: as many as fit to the first channel, and the others to separate channels. */
async function addIdle(store: Store, targetOrigin: string, count: number, onFirst: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const beyond = index - onFirst;
    const channel = channelAt(beyond < 0 ? 0 : FIRST_IDLE_CHANNEL + Math.floor(beyond / MAX_SUBSCRIPTIONS));
    if (beyond >= 0 && beyond % MAX_SUBSCRIPTIONS === 0) await register(store, channel);
    await subscribe(store, channel, `${targetOrigin}/idle/${index}`, 'NEVER');
  }
}

export async function fillStore(store: Store, targetOrigin: string, setup: Setup): Promise<void> {
  const { channels, active, idle = 0, waiting = 0, delivered = 0, subjects, delayMs } = setup;
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(index);
    await register(store, channel);
    // A subscription starts after the newest delivery, so events that precede it count as delivered.
    if (index === 0) await ingestEvents(store, channel, delivered, { bytes: SMALL_BYTES, subjects });
    for (let number = 0; number < active; number++) {
      await subscribe(store, channel, activeUrl(targetOrigin, index, number, delayMs), WANTED_ACTION);
    }
    await ingestEvents(store, channel, waiting, { bytes: EVENT_BYTES });
  }
  await addIdle(store, targetOrigin, idle, Math.min(idle, MAX_SUBSCRIPTIONS - active));
  // Retention runs every minute in production. Without this call, its first run would be part of the measurement.
  await store.retain(RETENTION, Date.now());
}
