/** The load of the bench: events of 1.4 kB, sent on several connections or at a steady rate. */

import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';
import { Agent, request } from 'undici';

import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { timestampNow } from './targets.ts';

/** Size in bytes of an event about a lesson with two students. */
const EVENT_BYTES = 1400;
const CONNECTIONS = 32;
/** Headers with a signature in the right format. No part of the bench verifies the signature. */
const HEADERS = { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: 'a'.repeat(64) };

let number = Date.now();
/**
 * Creates an agent with a limit on connections. Without the limit, each request that waits for a busy relay would open
 * another connection.
 */
const newAgent = () => new Agent({ connections: 64 });
let agent = newAgent();

/**
 * Closes all connections. After a relay has been killed, a new relay on the same port would reset the next requests on
 * these connections.
 */
export async function closeConnections(): Promise<void> {
  const closing = agent;
  agent = newAgent();
  await closing.destroy();
}

/** Returns the body of a new event. */
export function eventBody(action = 'A'): string {
  const subject = `{"model": "Lesson", "id": ${++number}, "topic": "`;
  const start = `{"events": [{"action": "${action}", "timestamp": "${timestampNow()}", "subject": ${subject}`;
  return `${start.padEnd(EVENT_BYTES, 'x')}"}}]}`;
}

/** Sends one event. Returns the response time in milliseconds. @throws {Error} for a response other than 202 */
export async function post(url: string, body: string | Buffer = eventBody()): Promise<number> {
  const start = performance.now();
  const response = await request(url, { method: 'POST', headers: HEADERS, body, dispatcher: agent });
  await response.body.dump();
  if (response.statusCode !== 202) throw new Error(`An event received the response ${response.statusCode}.`);
  return performance.now() - start;
}

/**
 * Sends events as fast as 32 connections allow, for a number of seconds or a number of events. Returns the number of
 * accepted events per second.
 *
 * @throws {Error} if some events were not accepted
 */
export async function saturate(url: string, limit: { duration: number } | { amount: number }): Promise<number> {
  const requests = [{ setupRequest: (defaults: object) => ({ ...defaults, body: eventBody() }) }];
  const options = { url, connections: CONNECTIONS, method: 'POST', headers: HEADERS, requests } as const;
  const { '2xx': accepted, non2xx, errors, duration } = await autocannon({ ...options, ...limit });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} events were not accepted.`);
  return accepted / duration;
}

/**
 * Sends events at a steady rate to the given URLs in turn. Returns the response times of the accepted events in
 * milliseconds, and the number of events that were not accepted.
 */
export async function sendAtRate(url: string | readonly string[], perSecond: number, seconds: number) {
  const urls = [url].flat();
  const sent: Promise<number>[] = [];
  const start = performance.now();
  while (sent.length < perSecond * seconds) {
    const due = ((performance.now() - start) / 1000) * perSecond;
    while (sent.length < Math.min(due, perSecond * seconds)) {
      const time = post(urls[sent.length % urls.length] ?? '');
      // The failure is counted below. Without this handler, Node.js would first end the process because of an unhandled
      // rejection.
      time.catch(() => undefined);
      sent.push(time);
    }
    await sleep(1);
  }
  const results = await Promise.allSettled(sent);
  const times = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { times, refused: results.length - times.length };
}

/** Returns a quantile of numbers. @param share - the quantile, such as 0.99 */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
