/**
 * The sender of an account in a chaos run. Like TutorCruncher, the sender repeats a signed event until the event is
 * acknowledged. Like a load balancer, the sender spreads the requests over the relays.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { hookPath } from '../harness/relay-requests.ts';
import type { Account } from './accounts.ts';

/** Timeout of TutorCruncher's requests, in milliseconds. */
const TIMEOUT_MS = 8_000;
const RETRY_MS = 1_000;
/** Number of lessons that the events are about. With so few lessons, envelopes also contain earlier events. */
const LESSONS = 20;
const FIRST_EVENT = Date.parse('2026-06-10T12:00:00Z');

/** An event that was sent. Times are values of `performance.now()`. */
export interface SentEvent {
  readonly body: string;
  readonly lesson: number;
  /** Time of the first request. The relay stored the event after this time. */
  readonly sentAt: number;
  /** Time of the 202 response; Infinity before the response. The relay stored the event before this time. */
  ackedAt: number;
  /** True if the event may have been stored in a state of the database that was later replaced with an older copy. */
  isUncertain: boolean;
}

/** Returns the id of an event from its body. */
export const eventIdOf = (body: string): string => /"id": "(e\d+)"/.exec(body)?.[1] ?? '';

export type Sender = ReturnType<typeof createSender>;

/**
 * Creates the sender of an account.
 *
 * @param origins - the origins of the relays. Origins can be added later.
 * @param eventsPerSecond - the rate of new events
 */
export function createSender(origins: readonly string[], account: Account, eventsPerSecond: number) {
  const agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const events = new Map<string, SentEvent>();
  const mayBeLost = new Set<string>();
  const statuses = new Map<number | string, number>();
  let unacknowledged = 0;

  async function post(origin: string, body: string): Promise<number | string> {
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: sign(body, account.key) };
    try {
      const response = await request(`${origin}${hookPath(origin, account.channel)}`, {
        dispatcher: agent,
        method: 'POST',
        headers,
        body,
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      return 'no response';
    }
  }

  /** Sends a new event until the event is acknowledged, or until the sender is closed. */
  async function send(): Promise<void> {
    const number = events.size;
    const lesson = number % LESSONS;
    const timestamp = new Date(FIRST_EVENT + number * 1000).toISOString();
    const subject = `{"model": "Lesson", "id": ${lesson}, "service": {"id": "e${number}"}}`;
    const body = `{"events": [{"action": "A", "timestamp": "${timestamp}", "subject": ${subject}}]}`;
    const sentAt = performance.now();
    const event: SentEvent = { body, lesson, sentAt, ackedAt: Infinity, isUncertain: false };
    events.set(`e${number}`, event);
    unacknowledged++;
    for (let attempt = number; !agent.closed && !agent.destroyed; attempt++) {
      const status = await post(origins[attempt % origins.length] ?? '', body);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 202) {
        event.ackedAt = performance.now();
        unacknowledged--;
        return;
      }
      await sleep(RETRY_MS);
    }
  }

  /** Sends new events at a steady rate until `isEnough` returns true for the number of sent events. */
  async function sendSteadily(perSecond: number, isEnough: (sent: number) => boolean): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !isEnough(sent);) {
      const due = ((performance.now() - start) * perSecond) / 1000;
      for (; sent < due && !isEnough(sent); sent++) void send();
      await sleep(5);
    }
  }

  return {
    account,
    /** All events that were sent, by id. */
    events,
    /**
     * Ids of the events that were acknowledged in a state of the database that was later replaced with an older copy.
     */
    mayBeLost: mayBeLost as ReadonlySet<string>,
    /** Number of responses by status. */
    statuses,
    isAcknowledged: (): boolean => unacknowledged === 0,
    /**
     * Records that an older copy has replaced the database. `copiedFrom` is the time when copying began. `replacedAt`
     * is the time when the replacement was complete.
     */
    addStepBack: (copiedFrom: number, replacedAt: number): void => {
      for (const [id, event] of events) {
        if (event.ackedAt < copiedFrom || event.sentAt > replacedAt) continue;
        event.isUncertain = true;
        if (event.ackedAt < replacedAt) mayBeLost.add(id);
      }
    },
    close: () => agent.destroy(),
    /** Sends new events at a steady rate until the signal is aborted. */
    run: (signal: AbortSignal) => sendSteadily(eventsPerSecond, () => signal.aborted),
    /** Sends a number of new events at the given rate. */
    sendMany: (count: number, perSecond: number) => sendSteadily(perSecond, (sent) => sent >= count),
  };
}
