import { expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import { CONSOLE_LINK_PATH, CONSOLE_OVERVIEW_PATH, type OverviewResponse } from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { CHANNEL, ORIGIN } from '../../harness/sample-delivery.ts';
import type { ConsoleServers } from '../console-server.ts';

/** Defines the tests of the overview, the link and the descriptions of Zaps. */
export function consoleOverview({ bed }: ConsoleServers): void {
  it('shows a channel without events', async () => {
    const { json } = await bed().get(CONSOLE_OVERVIEW_PATH);
    const { now, created_at, ...overview } = json as unknown as OverviewResponse;
    for (const time of [now, created_at]) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
    expect(overview).toEqual({
      webhook_url: expect.stringMatching(new RegExp(`^${ORIGIN}/hooks/${CHANNEL}/[0-9a-f]{32}$`)),
      last_webhook_at: null,
      longest_pause_ms: null,
      zaps: [],
      ended_zaps: [],
      hours: [],
    });
    expect(await bed().list()).toEqual({ events: [], next: null });
  });

  it('shows the link', async () => {
    const keys = [{ key_id: '00000000-0000-4000-8000-000000000001', wrapped_key: 'AAAA' }];
    const verdict = { delivery_id: '00000000-0000-4000-8000-000000000002', received_at: 7, is_valid: false };
    const body = { access_token_hash: hashOfAccessToken('f'.repeat(43)), keys, verdict, verdicts: [verdict] };
    const { expires_at } = (await bed().server.api('POST', LINKS_PATH, body)).json;
    const { json } = await bed().get(CONSOLE_LINK_PATH, 'f'.repeat(43));
    expect(json).toEqual({ channel: CHANNEL, expires_at, keys, verdict, verdicts: [verdict] });
  });

  it('shows Zaps with their descriptions and states', async () => {
    const description = { trigger: 'New Client', options: [{ label: 'Label', value: '<b>VIP</b>' }], zap_id: '123' };
    const zap = await bed().zap({ actions: ['A'], description });
    const number = await bed().event();
    const failure = { failures: 2, failingSince: 5, lastFailure: 'HTTP 500', nextAttemptAt: 9 };
    await bed().pass(zap, number - 1, [], failure);
    const { zaps, last_webhook_at } = (await bed().get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
    expect(last_webhook_at).not.toBeNull();
    expect(zaps).toMatchObject([
      {
        ...{ id: zap, actions: ['A'], description, failures: 2, failing_since: 5, last_failure: 'HTTP 500' },
        ...{ next_attempt_at: 9, pending: 1, dead_letters: 0, is_sending_again: false, paused_since: null },
      },
    ]);
  });

  it('refuses other descriptions of a Zap', async () => {
    const description = { trigger: 'x', options: [], zap_id: null };
    const options = Array.from({ length: 21 }, () => ({ label: '', value: '' }));
    for (const change of [{ trigger: 'x'.repeat(101) }, { options }, { zap_id: 'x1' }, { name: '' }]) {
      const body = {
        target_url: 'https://hooks.zapier.com/x',
        actions: ['A'],
        description: { ...description, ...change },
      };
      expect([change, (await bed().server.api('POST', '/channel/subscriptions', body)).status]).toEqual([change, 400]);
    }
  });
}
