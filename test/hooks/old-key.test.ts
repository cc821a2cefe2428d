/** The marker of a trigger whose Zap still receives events for an old private key. */

import { expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { forgetOldKey, listensAtOldKey, markOldKey } from '../../src/hooks/old-key.ts';

const bundleOf = (privateKey: string) =>
  ({ authData: { private_key: privateKey }, inputData: {} }) as unknown as Bundle;
const BUNDLE = bundleOf(PRIVATE_KEY);

/** Returns a `z` with an empty cache, and the lifetimes of its entries in seconds. */
function zWithCache() {
  const entries = new Map<string, unknown>();
  const lifetimes: number[] = [];
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown, seconds: number) => {
      lifetimes.push(seconds);
      return Promise.resolve(entries.set(key, value).size > 0);
    },
  };
  return { z: { ...directZ, cache } as unknown as ZObject, lifetimes };
}

it('a marker is about one trigger of one connection, lasts a day, and ends when a Zap with the trigger is turned on', async () => {
  const { z, lifetimes } = zWithCache();
  const listens = (bundle = BUNDLE) =>
    Promise.all(['Lesson Updated', 'New Client'].map((trigger) => listensAtOldKey(z, bundle, trigger)));
  expect(await listens()).toEqual([false, false]);
  await markOldKey(z, BUNDLE, 'Lesson Updated');
  expect(await listens()).toEqual([true, false]);
  expect(lifetimes).toEqual([24 * 3600]);
  expect(await listens(bundleOf('another-private-key-of-nobody-0123456789'))).toEqual([false, false]);
  await forgetOldKey(z, BUNDLE, 'New Client');
  expect(await listens()).toEqual([true, false]);
  await forgetOldKey(z, BUNDLE, 'Lesson Updated');
  expect(await listens()).toEqual([false, false]);
});
