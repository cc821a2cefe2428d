import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import type { NewConsoleLink } from '../../../store/console/links.ts';
import { DATA_KEY } from '../../support/new-delivery.ts';
import { LIMITS, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const VERDICT = { delivery_id: DATA_KEY.keyId, received_at: T0, is_valid: false };

const linkOf = (tokenHash: string): NewConsoleLink => ({
  tokenHash,
  keys: [{ key_id: DATA_KEY.keyId, wrapped_key: 'd3JhcHBlZA==' }],
  verdict: VERDICT,
  verdicts: [VERDICT, { ...VERDICT, is_valid: true }],
});

/** Tests of the links that open the console. */
describeEachStore((context) => {
  const { store } = context;
  describe('links to the console', () => {
    it('return the data that they were created with until they expire', async () => {
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
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.addLink(OTHER_CHANNEL, linkOf('of another channel'), HOUR, 2);
      for (const name of ['one', 'two', 'three']) {
        await store.addLink(CHANNEL, linkOf(name), HOUR, 2);
        // Let a millisecond pass, because links that are created in the same millisecond have no order.
        await context.passed(await store.now());
      }
      expect(await store.link('one')).toBeNull();
      expect(await store.link('two')).not.toBeNull();
      expect(await store.link('three')).not.toBeNull();
      expect(await store.link('of another channel')).toMatchObject({ channel: OTHER_CHANNEL });
    });

    it('are limited even if they are created at the same time', async () => {
      const names = Array.from({ length: 12 }, (_, index) => `link ${index}`);
      await Promise.all(names.map((name) => store.addLink(CHANNEL, linkOf(name), HOUR, 10)));
      const found = await Promise.all(names.map((name) => store.link(name)));
      expect(found.filter((link) => link !== null)).toHaveLength(10);
    });

    it('replace a link with the same name, but never a link of another channel', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.addLink(CHANNEL, linkOf('one'), HOUR, 10);
      await store.addLink(CHANNEL, { ...linkOf('one'), keys: [] }, 2 * HOUR, 10);
      expect(await store.link('one')).toMatchObject({ channel: CHANNEL, keys: [] });
      expect(await store.addLink(OTHER_CHANNEL, linkOf('one'), HOUR, 10)).toBeNull();
      expect(await store.link('one')).toMatchObject({ channel: CHANNEL, keys: [] });
    });

    it('are deleted with their channel', async () => {
      expect(await store.addLink(OTHER_CHANNEL, linkOf('one'), HOUR, 10)).toBeNull();
      await store.addLink(CHANNEL, linkOf('one'), HOUR, 10);
      await store.deleteChannel(CHANNEL);
      expect(await store.link('one')).toBeNull();
      await store.registerChannel(CHANNEL, LIMITS, T0);
      expect(await store.link('one')).toBeNull();
    });
  });
});
