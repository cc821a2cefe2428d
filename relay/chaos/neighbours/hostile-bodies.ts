/** Bodies that are expensive to parse or to match with subscriptions. */

import { setTimeout as sleep } from 'node:timers/promises';

import { SECOND } from '../../harness/durations.ts';
import { randomText } from '../../harness/random-text.ts';
import { until } from '../../harness/until.ts';
import { reportAttack, statusCounts } from './attack.ts';
import { webhookHead, type BedChannel } from './bed-channel.ts';
import type { HostileRequests } from './hostile-sender.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** The largest body that a relay accepts is 10 MiB. */
const BYTES = 10_000_000;
const HOLD_MS = 60 * SECOND;
/** Limits of the API on the subscriptions of a channel and the actions of a subscription. */
const SUBSCRIPTIONS = 200;
const ACTIONS = 500;
const SHORT_SUBSCRIPTIONS = 50;

type Body = NonNullable<HostileRequests['body']>;

const EMPTY_LISTS: Body = { prefix: '{"n":"#","events":[', unit: '[],', suffix: '[]]}', bytes: BYTES };
const DEEP_LISTS: Body = { prefix: '["#",', unit: '[', suffix: '', bytes: BYTES };
const MANY_ACTIONS: Body = {
  prefix: '{"n":"#","events":[{"action":"A"}',
  unit: ',{"action":"%"}',
  suffix: ']}',
  bytes: BYTES,
};
/** Text whose repetitions are too far apart for compression to find. */
const RANDOM_TEXT: Body = {
  prefix: '{"n":"#","events":[{"action":"A","p":"',
  unit: randomText(48_000),
  suffix: '"}]}',
  bytes: BYTES,
};

/** Subscribes targets to 500 actions each. */
async function subscribeMany(channel: BedChannel, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const actions = Array.from({ length: ACTIONS }, (_, index) => `WANTED_${number}_${index}`);
    await channel.subscribe(`/many/${number}`, { actions });
  }
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  await bed.startRelay({ RELAY_PACE_PER_CHANNEL: '30', RELAY_PACE_PER_SUBSCRIPTION: '20' });
  const other = await bed.channel().register();
  const known = await bed.channel().register();
  await known.subscribe('/known');
  const many = await bed.channel().register();
  const subscriptions = isShort ? SHORT_SUBSCRIPTIONS : SUBSCRIPTIONS;
  await subscribeMany(many, subscriptions);
  const attack = async (channel: BedChannel, count: number, body: Body, name: string) => {
    const responses = await reportAttack(bed, other, report, name, {
      count,
      head: webhookHead(channel),
      body,
      holdMs: HOLD_MS,
    });
    const isAnswered = responses.every(
      ({ status, hasRetryAfter }) => status === 202 || (status === 503 && hasRetryAfter),
    );
    report.holds(isAnswered, `${name}: answered with 202 or 503 and Retry-After (${statusCounts(responses)})`);
  };
  await attack(bed.channel(), 4, EMPTY_LISTS, '10 MB of "[]," four at once, unknown channel');
  await attack(known, 4, EMPTY_LISTS, '10 MB of "[]," four at once');
  await attack(known, 1, DEEP_LISTS, '10 MB of "["');
  await attack(known, 4, RANDOM_TEXT, '10 MB of random text, four at once');
  await attack(many, 1, MANY_ACTIONS, `556,000 actions against ${subscriptions} subscriptions of 500 actions`);
  const arrived = () => Array.from({ length: subscriptions }, (_, number) => bed.target.at(`/many/${number}`).length);
  await until(() => arrived().every((count) => count > 0), 60 * SECOND).catch(() => undefined);
  const reached = arrived().filter((count) => count > 0).length;
  report.holds(reached === subscriptions, `a body with 556,000 actions goes to every subscription (${reached})`);
  await sleep(SECOND);
  report.holds((await known.event()).status === 202, 'the channel of the hostile bodies is served afterwards');
}

export const hostileBodies: NeighbourCase = { name: 'hostile-bodies', run };
