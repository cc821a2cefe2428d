/** Events that a target always refuses. */

import { SUBSCRIPTIONS_PATH, type RedriveResponse } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Three attempts at an event take up to 70 s, and each of these Zaps has two such events in a row. */
const TWO_BURIALS_MS = 180 * SECOND;
const RECOVERY_MS = 30 * SECOND;

const isSame = (list: readonly string[], ...expected: readonly string[]): boolean => list.join() === expected.join();

async function run({ createBed, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  const { target } = bed;
  /** Events that the target currently refuses. */
  const refused = new Set(['poison', 'out1', 'out2', 'out3', 'out4', 'out5', 'dead1', 'dead2']);
  target.respond = (response, _path, { id }) => response.writeHead(refused.has(id) ? 400 : 200).end();
  await bed.startRelay();
  const channel = await bed.channel().register();
  for (const action of ['POISON', 'OUTAGE']) await channel.subscribe(`/${action}`, { actions: [action] });
  const redriveId = await channel.subscribe('/REDRIVE', { actions: ['REDRIVE'] });
  const send = async (action: string, ...ids: string[]) => {
    for (const id of ids) await channel.event(action, id);
  };
  const subscriptionOf = async (path: string) =>
    (await channel.state()).subscriptions.find(({ target_url }) => target_url.endsWith(path));

  async function poison(): Promise<void> {
    await send('POISON', 'a', 'poison', 'b', 'c');
    await until(() => target.idsAt('/POISON').includes('c'), TWO_BURIALS_MS);
    const isInOrder = isSame(target.idsAt('/POISON'), 'a', 'poison', 'poison', 'poison', 'b', 'c');
    report.holds(isInOrder, 'an event that is refused is tried three times, then the next events arrive in order');
    const [first, last] = [target.at('/POISON')[1], target.at('/POISON')[4]];
    const seconds = ((last?.at ?? Infinity) - (first?.at ?? 0)) / SECOND;
    report.measured(seconds, { what: 'a refused event holds up the next one for', limit: 120, unit: 's' });
    const { dead_letters, pending } = (await subscriptionOf('/POISON')) ?? {};
    report.holds(dead_letters === 1 && pending === 0, 'the refused event alone is a dead letter');
  }

  async function outage(): Promise<void> {
    await send('OUTAGE', 'out1', 'out2', 'out3', 'out4', 'out5');
    await until(() => target.idsAt('/OUTAGE').includes('out3'), TWO_BURIALS_MS);
    await until(async () => ((await subscriptionOf('/OUTAGE'))?.failures ?? 0) > 0, RECOVERY_MS);
    const { dead_letters, pending } = (await subscriptionOf('/OUTAGE')) ?? {};
    const isKept = dead_letters === 2 && pending === 3;
    report.holds(isKept, 'when the third event in a row is refused, it and the next ones wait');
    for (const id of [...refused].filter((name) => name.startsWith('out'))) refused.delete(id);
    const before = target.at('/OUTAGE').length;
    await until(() => target.at('/OUTAGE').length >= before + 5, RECOVERY_MS);
    const after = target.idsAt('/OUTAGE').slice(before);
    const isInOrder = isSame(
      after.filter((id) => ['out3', 'out4', 'out5'].includes(id)),
      ...['out3', 'out4', 'out5'],
    );
    report.holds(isInOrder, 'after an outage, the events that waited arrive in order');
    const isRedriven = isSame([...after].sort(), 'out1', 'out2', 'out3', 'out4', 'out5');
    report.holds(isRedriven, 'after an outage, its dead letters arrive once');
  }

  async function redrive(): Promise<void> {
    await send('REDRIVE', 'dead1', 'a', 'dead2', 'b');
    await until(() => target.idsAt('/REDRIVE').includes('b'), TWO_BURIALS_MS);
    refused.delete('dead2');
    const before = target.at('/REDRIVE').length;
    const response = await channel.call('POST', `${SUBSCRIPTIONS_PATH}/${redriveId}/redrive`);
    const { redriven } = JSON.parse(response.text) as RedriveResponse;
    await until(async () => (await subscriptionOf('/REDRIVE'))?.dead_letters === 1, RECOVERY_MS);
    const isEachTried = isSame(target.idsAt('/REDRIVE').slice(before), 'dead1', 'dead2');
    report.holds(redriven === 2 && isEachTried, 'a redrive tries each dead letter, and one that is refused stays dead');
  }

  await Promise.all([poison(), outage(), redrive()]);
}

export const poisonEvents: NeighbourCase = { name: 'poison-events', lane: 'waiting', run };
