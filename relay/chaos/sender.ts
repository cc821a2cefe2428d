/**
 * The sender of a chaos run. Like TutorCruncher, it sends a signed event again until the event is acknowledged. Like a
 * load balancer, it spreads the requests over the relays.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { hookPath } from '../harness/relay-requests.ts';
import { KEY } from '../harness/sample-delivery.ts';

/** Timeout of TutorCruncher's requests: 8 seconds. */
const TIMEOUT_MS = 8_000;
const RETRY_MS = 1_000;
const EVENTS_PER_SECOND = 50;
/** Number of lessons that the events are about, so that envelopes also contain earlier events. */
const LESSONS = 20;
const FIRST_EVENT = Date.parse('2026-06-10T12:00:00Z');

/** An event. Times are values of `performance.now()`. */
export interface SentEvent {
  readonly body: string;
  readonly lesson: number;
  /** Time of the first request. The event was stored later. */
  readonly sentAt: number;
  /** Time of the 202 response; Infinity until then. The event was stored earlier. */
  ackedAt: number;
}

/** Returns the id of an event from its body. */
export const eventIdOf = (body: string): string => /"id": "(e\d+)"/.exec(body)?.[1] ?? '';

export class Sender {
  /** All events by their ids. */
  readonly events = new Map<string, SentEvent>();
  /** Number of responses by status. */
  readonly statuses = new Map<number | string, number>();
  readonly #agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  readonly #origins: readonly string[];
  #unacknowledged = 0;

  constructor(origins: readonly string[]) {
    this.#origins = origins;
  }

  /** True if all events have been acknowledged. */
  get isAcknowledged(): boolean {
    return this.#unacknowledged === 0;
  }

  async #post(origin: string, body: string): Promise<number | string> {
    try {
      const response = await request(`${origin}${hookPath(origin)}`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: sign(body, KEY) },
        body,
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      return 'no response';
    }
  }

  /** Sends a new event until it is acknowledged, or until the sender is closed. */
  async #send(): Promise<void> {
    const number = this.events.size;
    const lesson = number % LESSONS;
    const timestamp = new Date(FIRST_EVENT + number * 1000).toISOString();
    const subject = `{"model": "Lesson", "id": ${lesson}, "service": {"id": "e${number}"}}`;
    const body = `{"events": [{"action": "A", "timestamp": "${timestamp}", "subject": ${subject}}]}`;
    const event: SentEvent = { body, lesson, sentAt: performance.now(), ackedAt: Infinity };
    this.events.set(`e${number}`, event);
    this.#unacknowledged++;
    for (let attempt = number; !this.#agent.closed && !this.#agent.destroyed; attempt++) {
      const status = await this.#post(this.#origins[attempt % this.#origins.length] ?? '', body);
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      if (status === 202) {
        event.ackedAt = performance.now();
        this.#unacknowledged--;
        return;
      }
      await sleep(RETRY_MS);
    }
  }

  /** Sends new events at a steady rate until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !signal.aborted;) {
      const due = ((performance.now() - start) * EVENTS_PER_SECOND) / 1000;
      for (; sent < due; sent++) void this.#send();
      await sleep(5);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
