import { describe, expect, it, jest } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  type OverviewResponse,
} from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { createAdmission } from '../../admission.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY, TOKEN } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { ACCESS_TOKEN, type ConsoleServers } from '../console-server.ts';
import { secretsIn } from '../test-server.ts';
import { delivery } from '../new-delivery.ts';

const ROUTES: [method: 'GET' | 'POST', path: string, body: object | undefined][] = [
  ['GET', CONSOLE_LINK_PATH, undefined],
  ['GET', CONSOLE_OVERVIEW_PATH, undefined],
  ['GET', CONSOLE_EVENTS_PATH, undefined],
  ['GET', `${CONSOLE_EVENTS_PATH}/1`, undefined],
  ['GET', `${CONSOLE_EVENTS_PATH}/1/zaps`, undefined],
  ['POST', CONSOLE_SEND_AGAIN_PATH, { dry_run: true, conditions: {} }],
];

const LINK = { tokenHash: hashOfAccessToken(ACCESS_TOKEN), keys: [], verdict: null };

/** Defines the tests of access by links. */
export function consoleAccess({ bed, start }: ConsoleServers): void {
  describe('access', () => {
    it('requires a link that has not expired', async () => {
      await bed().server.store.addLink(CHANNEL, { ...LINK, tokenHash: hashOfAccessToken('c'.repeat(43)) }, 1, 10);
      for (const [method, path, body] of ROUTES) {
        for (const token of [null, 'x', TOKEN, 'b'.repeat(43)]) {
          const { status, json } = await bed().server.api(method, path, body, token);
          expect([path, token, status]).toEqual([path, token, 401]);
          expect(json.detail).toMatch(/fresh link/);
        }
        await until(async () => (await bed().server.api(method, path, body, 'c'.repeat(43))).status === 401);
      }
    });

    it('is refused for a channel that is no longer served', async () => {
      const delisted = await start({ admission: createAdmission([], new Set()) });
      const { store, api } = delisted.server;
      await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 1 }, Date.now());
      await store.addLink(CHANNEL, LINK, 60_000, 10);
      for (const [method, path, body] of ROUTES) {
        expect([path, (await api(method, path, body, ACCESS_TOKEN)).status]).toEqual([path, 403]);
      }
    });

    it('is never cached, and allows only reading and sending again', async () => {
      const zap = await bed().zap();
      expect((await bed().get(CONSOLE_OVERVIEW_PATH)).headers.get('cache-control')).toBe('no-store');
      expect((await bed().get(CONSOLE_OVERVIEW_PATH, null)).headers.get('cache-control')).toBe('no-store');
      for (const [method, path] of [
        ['GET', '/channel'],
        ['DELETE', '/channel'],
        ['GET', '/channel/events'],
        ['GET', '/channel/keys'],
        ['GET', `/channel/subscriptions/${zap}`],
        ['DELETE', `/channel/subscriptions/${zap}`],
        ['POST', `/channel/subscriptions/${zap}/redrive`],
      ] as const) {
        expect([path, (await bed().server.api(method, path, undefined, ACCESS_TOKEN)).status]).toEqual([path, 404]);
      }
      const subscription = { target_url: 'https://hooks.zapier.com/x', actions: ['A'] };
      expect((await bed().post('/channel/subscriptions', subscription)).status).toBe(404);
      expect(
        (await bed().post(LINKS_PATH, { access_token_hash: 'd'.repeat(43), keys: [], verdict: null })).status,
      ).toBe(404);
      expect(await bed().server.store.subscriptions(CHANNEL)).toHaveLength(1);
    });

    it('is rate-limited for each link', async () => {
      const limited = await start({ apiRequestsPerMinute: 20 });
      await limited.reset();
      await limited.link('b'.repeat(43));
      const statuses: number[] = [];
      for (let index = 0; index < 21; index++) statuses.push((await limited.get(CONSOLE_LINK_PATH)).status);
      expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(statuses[20]).toBe(429);
      expect((await limited.get(CONSOLE_LINK_PATH)).headers.get('retry-after')).not.toBeNull();
      expect((await limited.get(CONSOLE_LINK_PATH, 'b'.repeat(43))).status).toBe(200);
    });

    it('works with a fresh link, without look-ups for links that somebody else at the same address guesses', async () => {
      const limited = await start({ apiRequestsPerMinute: 20 });
      await limited.reset();
      const lookUp = jest.spyOn(limited.server.store, 'link');
      const guesses = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(43, 'x'));
      const statuses = await Promise.all(
        guesses.map(async (guess) => (await limited.get(CONSOLE_LINK_PATH, guess)).status),
      );
      expect(new Set(statuses)).toEqual(new Set([401, 429]));
      expect(lookUp).not.toHaveBeenCalled();
      await limited.link('b'.repeat(43));
      expect((await limited.get(CONSOLE_LINK_PATH, 'b'.repeat(43))).status).toBe(200);
      expect((await limited.get(CONSOLE_LINK_PATH, 'y'.repeat(43))).status).toBe(429);
    });

    it('leaves no secrets in the log', async () => {
      await bed().get(CONSOLE_OVERVIEW_PATH);
      await bed().get(CONSOLE_OVERVIEW_PATH, 'e'.repeat(43));
      expect(secretsIn(bed().server.logged(), ACCESS_TOKEN, 'e'.repeat(43))).toEqual([]);
    });
  });

  it('does not extend to another channel', async () => {
    const { store } = bed().server;
    await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: 1 }, Date.now());
    try {
      const request = { targetUrl: 'https://hooks.zapier.com/other', filter: { all_except: [] } };
      const subscription = await store.subscribe(OTHER_CHANNEL, request, 9, Date.now());
      await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: Date.now() })]);
      const [other] = await store.events(OTHER_CHANNEL, {}, { after: 0, upTo: 9e9 }, 1);
      if (subscription === 'full' || !other) throw new Error('The other channel has no event.');
      const { id, key } = subscription;
      const own = await bed().zap({ all_except: [] });

      expect((await bed().list()).events).toEqual([]);
      expect((await bed().get(`${CONSOLE_EVENTS_PATH}/${other.number}`)).status).toBe(404);
      expect((await bed().get(`${CONSOLE_EVENTS_PATH}/${other.number}/zaps`)).status).toBe(404);
      expect((await bed().get(`${CONSOLE_EVENTS_PATH}?zap=${id}`)).status).toBe(404);
      for (const body of [
        { number: other.number, zap: id, dry_run: false },
        { number: other.number, zap: own, dry_run: false },
        { conditions: { zap: id }, dry_run: false },
      ]) {
        expect((await bed().post(CONSOLE_SEND_AGAIN_PATH, body)).status).toBe(404);
      }
      const all = await bed().post(CONSOLE_SEND_AGAIN_PATH, { conditions: {}, dry_run: false });
      expect(all.json).toMatchObject({ deliveries: 0, waiting: 0 });
      expect(await store.redriven(key, 9)).toEqual([]);
      const { zaps } = (await bed().get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
      expect(zaps.map((zap) => zap.id)).toEqual([own]);
    } finally {
      await store.deleteChannel(OTHER_CHANNEL);
    }
  });
}
