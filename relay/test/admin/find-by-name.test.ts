import { expect, it } from '@jest/globals';

import { findChannel, findSubscription } from '../../admin/find-by-name.ts';

const CHANNELS = ['AbCdEfGh', 'AbCdxxxx'];
const SUBSCRIPTIONS = ['1234abcd', '1234ffff', '9999abcd'].map((id) => ({
  channel: 'c',
  id,
  description: null,
  endedAt: null,
}));
const store = {
  channelsStartingWith: (prefix: string) => Promise.resolve(CHANNELS.filter((name) => name.startsWith(prefix))),
  subscriptionsStartingWith: (prefix: string) =>
    Promise.resolve(SUBSCRIPTIONS.filter(({ id }) => id.startsWith(prefix))),
};

it('a name must be longer if several channels or subscriptions start with it', async () => {
  await expect(findChannel(store, 'AbCd')).rejects.toThrow('Several channels start with these characters.');
  const urls = ['https://relay.example.com/hooks/AbCdEfGh/x?y', '/hooks/AbCdEfGh/0123', 'AbCdEfGh/0123'];
  for (const name of ['AbCdE', ...urls]) expect(await findChannel(store, name)).toBe('AbCdEfGh');
  await expect(findSubscription(store, '1234')).rejects.toThrow('The ids of several subscriptions start');
  expect(await findSubscription(store, '1234A')).toMatchObject({ channel: 'c', id: '1234abcd' });
});

it('reports a channel and a subscription that do not exist', async () => {
  const failures = [
    [findChannel(store, 'other'), 'This relay has no channel with this name.'],
    [findChannel(store, 'a/b'), 'This is not the name of a channel.'],
    [findChannel(store, 'AbC'), 'Enter at least the first 4 characters'],
    [findSubscription(store, '00000000'), 'This relay has no subscription with this id.'],
    [findSubscription(store, 'xyzx'), 'This is not the id of a subscription.'],
    [findSubscription(store, '123'), 'Enter at least the first 4 characters'],
  ] as const;
  for (const [found, message] of failures) await expect(found).rejects.toThrow(message);
});
