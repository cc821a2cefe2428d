/** Unreasonable values of `Retry-After`. */

import { setTimeout as sleep } from 'node:timers/promises';

import { HOUR, SECOND } from '../../harness/durations.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Values that ask for no delay or are malformed. */
const NO_DELAY: Readonly<Record<string, string>> = {
  zero: '0',
  negative: '-5',
  fractional: '0.5',
  past: 'Thu, 01 Jan 1970 00:00:00 GMT',
};
const HUGE: Readonly<Record<string, string>> = {
  years: '99999999999',
  date: 'Fri, 31 Dec 2999 23:59:59 GMT',
};

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  const values: Readonly<Record<string, string>> = { ...NO_DELAY, ...HUGE };
  bed.target.respond = (response, path) =>
    response.writeHead(path.length % 2 === 0 ? 429 : 503, { 'retry-after': values[path.slice(1)] ?? '' }).end();
  await bed.startRelay();
  const channel = await bed.channel().register();
  for (const name of Object.keys(values)) await channel.subscribe(`/${name}`);
  await channel.event();
  const seconds = isShort ? 20 : 40;
  await sleep(seconds * SECOND);
  // With the shortest back-off, attempts take place after 0, 3.75, 11.25 and 26.25 s.
  const limit = isShort ? 3 : 4;
  for (const [name, value] of Object.entries(NO_DELAY)) {
    const what = `attempts in ${seconds} s with "Retry-After: ${value}"`;
    report.measured(bed.target.at(`/${name}`).length, { what, limit, unit: 'attempts' });
  }
  const { subscriptions } = await channel.state();
  for (const [name, value] of Object.entries(HUGE)) {
    const next = subscriptions.find(({ target_url }) => target_url.endsWith(`/${name}`))?.next_attempt_at;
    const wait = (Date.parse(next ?? '') - Date.now()) / HOUR;
    report.measured(wait, { what: `wait after "Retry-After: ${value}"`, limit: 1, unit: 'h' });
    report.holds(bed.target.at(`/${name}`).length === 1, `"Retry-After: ${value}" is respected meanwhile`);
  }
}

export const retryAfter: NeighbourCase = { name: 'retry-after', lane: 'waiting', run };
