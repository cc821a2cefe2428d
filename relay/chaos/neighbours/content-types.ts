/** Unusual Content-Type headers. */

import { SECOND } from '../../harness/durations.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Maximum length of the Content-Type that the relay keeps. */
const MAX_LENGTH = 200;
const LONG = `application/json; p=${'x'.repeat(14_000)}`;
const MALFORMED = [
  'json',
  ';;;',
  '/',
  'application/json; charset="utf-8',
  'application/',
  'text/html, application/json',
];

async function run({ createBed, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  await bed.startRelay();
  const channel = await bed.channel().register();
  await channel.subscribe('/zap');
  for (const contentType of [...MALFORMED, LONG]) {
    const id = `t${bed.target.count}`;
    const { status } = await channel.post(bodyOf('A', id), { 'content-type': contentType });
    const name = contentType === LONG ? 'of 14 kB' : JSON.stringify(contentType);
    await until(() => bed.target.idsAt('/zap').includes(id), 10 * SECOND).catch(() => undefined);
    const arrived = bed.target.at('/zap').find((arrival) => arrival.id === id);
    report.holds(status === 202 && arrived !== undefined, `an event with the Content-Type ${name} is delivered`);
  }
  const { length } = bed.target.at('/zap').at(-1)?.contentType ?? '';
  report.measured(length, { what: 'delivered part of a Content-Type of 14 kB', limit: MAX_LENGTH, unit: 'characters' });
}

export const contentTypes: NeighbourCase = { name: 'content-types', lane: 'checked', run };
