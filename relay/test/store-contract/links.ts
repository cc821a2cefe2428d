import { describe, expect, it } from '@jest/globals';

import type { NewConsoleLink } from '../../store/links.ts';
import { HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { DATA_KEY, delivery } from '../new-delivery.ts';
import { LIMITS, T0, type StoreContext } from './context.ts';

const OTHER_KEY = {
  ...DATA_KEY,
  keyId: '00000000-0000-4000-8000-0000000000d1',
  wrappedKey: Buffer.alloc(80, 'other '),
};

const VERDICT = { delivery_id: DATA_KEY.keyId, received_at: T0, is_valid: false };

/** Returns a link with a data key and verdicts. */
const linkOf = (tokenHash: string): NewConsoleLink => ({
  tokenHash,
  keys: [{ key_id: DATA_KEY.keyId, wrapped_key: 'd3JhcHBlZA==' }],
  verdict: VERDICT,
  verdicts: [VERDICT, { ...VERDICT, is_valid: true }],
});

export function linkContract(context: StoreContext): void {
  describe('links to the console', () => {
    it('return the data that they were created with until they expire', async () => {
      const { store } = context;
      const before = await store.now();
      const expiresAt = await store.addLink(CHANNEL, linkOf('one'), HOUR, 10);
      expect(expiresAt).toBeGreaterThanOrEqual(before + HOUR);
      expect(await store.link('one')).toEqual({ ...linkOf('one'), channel: CHANNEL, expiresAt });
      expect(await store.link('other')).toBeNull();

      const endOfTwo = await store.addLink(CHANNEL, { ...linkOf('two'), verdict: null }, 1, 10);
      await context.passed(endOfTwo ?? Infinity);
      expect(await store.link('two')).toBeNull();
      await context.retain(T0);
      expect(await store.link('two')).toBeNull();
      expect(await store.link('one')).not.toBeNull();
      expect(await store.linkHashes()).toEqual(['one']);
    });

    it('are limited in each channel, which keeps the newest links', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.addLink(OTHER_CHANNEL, linkOf('of another channel'), HOUR, 2);
      for (const name of ['one', 'two', 'three']) {
        await store.addLink(CHANNEL, linkOf(name), HOUR, 2);
        // Links of the same millisecond have no order.
        await context.passed(await store.now());
      }
      expect(await store.link('one')).toBeNull();
      expect(await store.link('two')).not.toBeNull();
      expect(await store.link('three')).not.toBeNull();
      expect(await store.link('of another channel')).toMatchObject({ channel: OTHER_CHANNEL });
    });

    it('are limited even if they are created at the same time', async () => {
      const { store } = context;
      const names = Array.from({ length: 12 }, (_, index) => `link ${index}`);
      await Promise.all(names.map((name) => store.addLink(CHANNEL, linkOf(name), HOUR, 10)));
      const found = await Promise.all(names.map((name) => store.link(name)));
      expect(found.filter((link) => link !== null)).toHaveLength(10);
    });

    it('replace a link with the same name, but never a link of another channel', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.addLink(CHANNEL, linkOf('one'), HOUR, 10);
      await store.addLink(CHANNEL, { ...linkOf('one'), keys: [] }, 2 * HOUR, 10);
      expect(await store.link('one')).toMatchObject({ channel: CHANNEL, keys: [] });
      expect(await store.addLink(OTHER_CHANNEL, linkOf('one'), HOUR, 10)).toBeNull();
      expect(await store.link('one')).toMatchObject({ channel: CHANNEL, keys: [] });
    });

    it('are deleted with their channel', async () => {
      const { store } = context;
      expect(await store.addLink(OTHER_CHANNEL, linkOf('one'), HOUR, 10)).toBeNull();
      await store.addLink(CHANNEL, linkOf('one'), HOUR, 10);
      await store.deleteChannel(CHANNEL);
      expect(await store.link('one')).toBeNull();
      await store.registerChannel(CHANNEL, LIMITS, T0);
      expect(await store.link('one')).toBeNull();
    });

    it('contain the data keys of stored deliveries, newest first', async () => {
      const { store } = context;
      expect(await store.dataKeys(CHANNEL, 10)).toEqual([]);
      await store.ingest([delivery('A')]);
      await store.ingest([delivery('A', { content: { ...OTHER_KEY, sealed: Buffer.from('sealed') }, receivedAt: T0 })]);
      const [first, second] = [OTHER_KEY, DATA_KEY].map(({ keyId, wrappedKey }) => ({ keyId, wrappedKey }));
      expect(await store.dataKeys(CHANNEL, 10)).toEqual([first, second]);
      expect(await store.dataKeys(CHANNEL, 1)).toEqual([first]);
      expect(await store.dataKeys(OTHER_CHANNEL, 10)).toEqual([]);
    });
  });
}
