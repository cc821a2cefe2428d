/** Requests for the newest events of a channel whose bodies are large. */

import { EVENTS_PATH } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { randomText } from '../../harness/random-text.ts';
import { reportAttack, statusCounts } from './attack.ts';
import { apiHead, webhookHead } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Larger deliveries are not read, so they are not shown. */
const BYTES = 250_000;
/** Length of the random text. It exceeds the distance at which compression finds repetitions. */
const UNIT_LENGTH = 48_000;
const BODIES = 25;
const SHORT_BODIES = 10;
const REQUESTS = 4;
const HOLD_MS = 60 * SECOND;

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  const relay = await bed.startRelay();
  const other = await bed.channel().register();
  const channel = await bed.channel().register();
  const count = isShort ? SHORT_BODIES : BODIES;
  const unit = randomText(UNIT_LENGTH);
  const body = { prefix: '{"events":[{"action":"A","n":"#","p":"', unit, suffix: '"}]}', bytes: BYTES };
  for (let number = 0; number < count; number++) {
    const [response] = await bed.sender.send(relay, { count: 1, head: webhookHead(channel), body, holdMs: HOLD_MS });
    if (response?.status !== 202) throw new Error(`A body of 250 kB received the response ${response?.status ?? 0}.`);
  }
  const name = `GET /channel/events of ${count} bodies of 250 kB four times at once`;
  const responses = await reportAttack(bed, other, report, name, {
    count: REQUESTS,
    head: apiHead(channel, `${EVENTS_PATH}?limit=25`),
    holdMs: HOLD_MS,
  });
  const isAnswered = responses.every(
    ({ status, hasRetryAfter }) => status === 200 || (status === 503 && hasRetryAfter),
  );
  report.holds(isAnswered, `${name}: answered with 200 or 503 and Retry-After (${statusCounts(responses)})`);
  const { status, text } = await channel.call('GET', `${EVENTS_PATH}?limit=1`);
  const { events } = JSON.parse(text) as { readonly events: readonly unknown[] };
  report.holds(status === 200 && events.length === 1, 'the newest event can be read afterwards');
}

export const largeAnswers: NeighbourCase = { name: 'large-answers', run };
