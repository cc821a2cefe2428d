/**
 * Sends the events of the past two days to the relay, so that the console shows a branch that has used the relay for a
 * while. For each moment, the relay is started with its clock set back to that time.
 */

import { EventEmitter, once } from 'node:events';

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import type { Demonstration } from '../demonstration.ts';
import type { LocalRelay } from '../local-relay.ts';
import { sendToRelay, turnOnAll, webhookUrlOf } from '../relayed-zaps.ts';
import { deliveryOf } from '../sequence.ts';
import type { IncomingRequest } from '../zapier.ts';
import { pastAt, type Moment } from './past.ts';
import { isWanted } from './run-day.ts';
import { FAILING_TRIGGER, type Trouble } from './trouble.ts';

/** The Zaps that were turned on. */
const PAST_TRIGGERS = ['lesson_completed', FAILING_TRIGGER];
/** Time limit for the deliveries of a moment, in milliseconds. */
const ARRIVAL_MS = 10_000;

/** Counter of the deliveries of past events. The stand-in for Zapier accepts these without running Zaps. */
export class PastDeliveries {
  readonly #counted = new EventEmitter();
  #count = 0;
  #isOver = false;

  /** Counts a request. @returns false if the event is not a past event, so that the Zap must run */
  takes({ headers }: Pick<IncomingRequest, 'headers'>): boolean {
    if (this.#isOver || !(DELIVERY_ID_HEADER in headers)) return false;
    this.#count++;
    this.#counted.emit('delivery');
    return true;
  }

  /**
   * Resolves once a number of deliveries have arrived since the previous call.
   *
   * @throws {Error} if the deliveries do not arrive in time
   */
  async arrived(count: number): Promise<void> {
    const signal = AbortSignal.timeout(ARRIVAL_MS);
    try {
      while (this.#count < count) await once(this.#counted, 'delivery', { signal });
    } catch {
      throw new Error(`the relay did not deliver the events of the last days within ${ARRIVAL_MS / 1000} seconds.`);
    }
    this.#count -= count;
  }

  /** Marks the end of the past events. From then on, Zaps run for all requests. */
  end(): void {
    this.#isOver = true;
  }
}

export interface Past {
  readonly relay: LocalRelay;
  readonly trouble: Trouble;
  readonly deliveries: PastDeliveries;
  readonly demonstration: Demonstration;
}

/** Sends the events of a moment, and waits until the relay has delivered them. */
async function playMoment({ at, events, retries }: Moment, url: string, past: Past): Promise<void> {
  const { privateKey, zapsOn } = past.demonstration;
  for (const { record, change, statuses } of events) {
    if (statuses) past.trouble.plan(statuses);
    const { status } = await sendToRelay(url, deliveryOf(record, change, at), privateKey);
    if (!status.startsWith('202')) throw new Error(`the relay responded with ${status}.`);
  }
  await past.deliveries.arrived(retries + events.filter((event) => isWanted(event, zapsOn)).length);
}

/**
 * Sends the events.
 *
 * @returns the number of events
 * @throws {Error} if the relay does not accept or deliver them
 */
export async function playPast(past: Past, stop: AbortSignal): Promise<number> {
  const { relay, demonstration, deliveries } = past;
  const moments = pastAt(Date.now());
  let url: string | null = null;
  try {
    for (const moment of moments) {
      stop.throwIfAborted();
      const running = await relay.startSetBack(Date.now() - moment.at);
      try {
        if (url === null) {
          await turnOnAll(demonstration, PAST_TRIGGERS);
          url = await webhookUrlOf(demonstration.zapier, FAILING_TRIGGER);
        }
        await playMoment(moment, url, past);
      } finally {
        await running.stop();
      }
    }
  } finally {
    deliveries.end();
  }
  return moments.reduce((sum, { events }) => sum + events.length, 0);
}
