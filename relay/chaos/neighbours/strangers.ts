/** Channels of strangers, which must not register, take a slot or use up the limits of others. */

import { CHANNEL_PATH } from '../../../wire/relay-api.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

const STRANGERS = 40;
/** Number of requests. It exceeds the number that an address may send in a minute. */
const REQUESTS = 400;

async function run({ createBed, report }: CaseContext): Promise<void> {
  const bed = await createBed({ RELAY_MAX_CHANNELS: '2' });
  await bed.startRelay();
  const strangers = Array.from({ length: STRANGERS }, () => bed.channel());
  const statuses: number[] = [];
  for (const stranger of strangers) {
    for (const secret of [null, 'a-wrong-registration-secret']) {
      statuses.push((await stranger.call('PUT', CHANNEL_PATH, undefined, secret)).status);
    }
  }
  const isRefused = statuses.every((status) => status === 403);
  report.holds(isRefused, 'a channel without the registration secret or with a wrong one is refused with 403');
  const posted = await Promise.all(strangers.map((stranger) => stranger.post(bodyOf('A'))));
  const isDiscarded = posted.every(({ status }) => status === 202) && (await bed.metric('relay_deliveries')) === 0;
  report.holds(isDiscarded, 'events of channels that are not registered are discarded');

  const users = [bed.channel(), bed.channel()];
  const registered = await Promise.all(users.map((user) => user.call('PUT', CHANNEL_PATH)));
  const areRegistered = registered.every(({ status }) => status === 200);
  report.holds(areRegistered, 'strangers have taken no slot of the users of the app');

  const [user] = users;
  const [stranger] = strangers;
  if (!user || !stranger) throw new Error('There is no channel.');
  // The stranger uses the user's address, like another customer of the same provider.
  const limited: number[] = [];
  for (let request = 0; request < REQUESTS; request += 20) {
    const group = Array.from({ length: 20 }, () => bed.channel(user.address).call('GET', CHANNEL_PATH));
    limited.push(...(await Promise.all(group)).map(({ status }) => status));
  }
  report.holds(limited.includes(429), `${REQUESTS} API requests of strangers are limited by their address`);
  const { status } = await user.call('GET', CHANNEL_PATH);
  report.holds(status === 200, 'a registered channel is not limited by requests of strangers from its address');
  const own = await Promise.all(Array.from({ length: REQUESTS }, () => user.call('GET', CHANNEL_PATH)));
  report.holds(
    own.some((response) => response.status === 429),
    `${REQUESTS} API requests of one channel are limited`,
  );
  const otherStatus = (await users[1]?.call('GET', CHANNEL_PATH))?.status;
  report.holds(otherStatus === 200, 'another channel is not limited by them');
}

export const strangers: NeighbourCase = { name: 'strangers', lane: 'checked', run };
