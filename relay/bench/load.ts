/** The load of a benchmark: events of 1.4 kB, on a number of connections or at a steady rate. */

import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';
import { Agent, request } from 'undici';

import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { sharedNow } from './targets.ts';

/** Size of an event about a lesson with two students. */
const EVENT_BYTES = 1400;
const WARM_UP_SECONDS = 2;
/** A signature in the right format. Nothing in the bench verifies it. */
const HEADERS = { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: 'a'.repeat(64) };
/** Distinguishes the events of different runs, because a relay stores identical bytes only once. */
const RUN = Date.now();

let number = 0;

/** Returns the body of a new event, whose timestamp is the current {@link sharedNow}. */
export function eventBody(action = 'A', bytes = EVENT_BYTES): string {
  const subject = `{"model": "Lesson", "id": ${++number}, "run": ${RUN}, "topic": "`;
  const timestamp = new Date(sharedNow()).toISOString();
  return (
    `{"events": [{"action": "${action}", "timestamp": "${timestamp}", "subject": ${subject}`.padEnd(bytes - 5, 'x') +
    '"}}]}'
  );
}

/** Sends one event. Returns the response time in milliseconds. @throws {Error} for a response other than 202 */
export async function post(url: string, body = eventBody(), dispatcher?: Agent): Promise<number> {
  const start = performance.now();
  const response = await request(url, { method: 'POST', headers: HEADERS, body, ...(dispatcher && { dispatcher }) });
  await response.body.dump();
  if (response.statusCode !== 202) throw new Error(`An event received the response ${response.statusCode}.`);
  return performance.now() - start;
}

async function run(
  url: string,
  connections: number,
  limit: { readonly duration: number } | { readonly amount: number },
) {
  const requests = [{ setupRequest: (defaults: object) => ({ ...defaults, body: eventBody() }) }];
  const result = await autocannon({ url, connections, ...limit, method: 'POST', headers: HEADERS, requests });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} events were not accepted with 202.`);
  return result['2xx'] / result.duration;
}

/** Sends events on 32 connections, after a warm-up. Returns the number of events accepted per second. */
export async function saturate(url: string, seconds: number): Promise<number> {
  await run(url, 32, { duration: WARM_UP_SECONDS });
  return run(url, 32, { duration: seconds });
}

/** Sends a number of events as fast as possible. */
export async function fill(url: string, count: number): Promise<void> {
  await run(url, 32, { amount: count });
}

/** Sends events at a steady rate. Returns the response times in milliseconds. @throws {Error} if one is not accepted */
export async function sendAtRate(url: string, perSecond: number, seconds: number, action?: string): Promise<number[]> {
  const agent = new Agent({ connections: 256 });
  const sent: Promise<number>[] = [];
  const start = performance.now();
  while (sent.length < perSecond * seconds) {
    const due = ((performance.now() - start) / 1000) * perSecond;
    while (sent.length < Math.min(due, perSecond * seconds)) sent.push(post(url, eventBody(action), agent));
    await sleep(1);
  }
  const times = await Promise.all(sent);
  await agent.close();
  return times;
}

/** Returns a quantile of times, such as 0.99. */
export const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
