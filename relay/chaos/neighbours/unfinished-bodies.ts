/** Many large, unfinished bodies at the same time. */

import { SECOND } from '../../harness/durations.ts';
import { reportAttack, statusCounts } from './attack.ts';
import { webhookHead, type BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

const BYTES = 10_000_000;
const LARGE_BYTES = 9_000_000;
const COUNT = 150;
const SHORT_COUNT = 60;
const HOLD_MS = 2 * SECOND;
const SHORT_HOLD_MS = SECOND;

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  await bed.startRelay();
  const other = await bed.channel().register();
  const known = await bed.channel().register();
  const count = isShort ? SHORT_COUNT : COUNT;
  const body = { prefix: '{"n":"#","events":"', unit: 'x', suffix: '"}', bytes: BYTES };
  const attack = async (channel: BedChannel, isChunked: boolean, kind: string) => {
    const name = `${count} unfinished bodies of 10 MB, ${kind}`;
    const responses = await reportAttack(bed, other, report, name, {
      count,
      head: webhookHead(channel),
      body,
      isFinished: false,
      isChunked,
      holdMs: isShort ? SHORT_HOLD_MS : HOLD_MS,
    });
    const refused = responses.filter(({ status }) => status !== 0);
    const isExplained = refused.every(
      ({ status, hasRetryAfter }) => status === 202 || (status === 503 && hasRetryAfter),
    );
    report.holds(isExplained, `${name}: refused only with 503 and Retry-After (${statusCounts(responses)})`);
  };
  await attack(known, false, 'with a length');
  await attack(known, true, 'chunked');
  await attack(bed.channel(), false, 'unknown channel');
  await attack(bed.channel(), true, 'chunked, unknown channel');
  const large = await known.post(`{"events": [{"action": "A", "p": "${'x'.repeat(LARGE_BYTES)}"}]}`);
  report.holds(large.status === 202, 'the same channel can send a large body afterwards');
}

export const unfinishedBodies: NeighbourCase = { name: 'unfinished-bodies', run };
