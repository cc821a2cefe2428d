/** The trigger Delivery Problem in an app that is built for a relay. */

import { afterEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { Config } from '../../relay/config.ts';
import { until } from '../../relay/harness/until.ts';
import { sampleNotices } from '../../src/instant/notice-record.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { deriveNoticeKey } from '../../wire/capability.ts';
import { PROBLEM_KINDS } from '../../wire/notice.ts';
import { sign } from '../../wire/signature.ts';
import { NEW_KEY, bundleWith, loadRelayApp } from '../support/relay-app.ts';
import { sealedEnvelope } from '../support/sealed-envelope.ts';

const KEY = 'delivery_problem';
const HOUR = 3_600_000;
const [FAILING] = sampleNotices(['failing']);

const relay = await loadRelayApp();
afterEach(() => relay.stopRelay());

const inputs = { time_zone: 'UTC' };

/** Seals a notice as the relay does, sends the notice to a Zap, and returns the Zap's records. */
async function receive(
  notice: object | string,
  { noticeKey = deriveNoticeKey(PRIVATE_KEY, relay.origin), age = 0 } = {},
): Promise<unknown> {
  const text =
    typeof notice === 'string' ? notice : JSON.stringify({ ...FAILING, sent_at: Date.now() - age, ...notice });
  const body = Buffer.from(text);
  const signed = { body, signature: sign(body, noticeKey), contentType: 'application/json' };
  const content = await sealedEnvelope(PRIVATE_KEY, signed, {}, relay.origin);
  const rawRequest = { method: 'POST', querystring: '', headers: {}, content };
  return relay.call(relay.app.triggers[KEY]?.operation.perform, { ...bundleWith(), inputData: inputs, rawRequest });
}

describe('Delivery Problem', () => {
  it('returns a record of a notice', async () => {
    expect(await receive({ over_at: null })).toEqual([
      {
        id: FAILING?.id,
        problem_summary: expect.stringMatching(
          /^Invoice Paid has not accepted events for \d+ days\. 12 events are waiting\. Zapier responded with 500\.$/,
        ),
        problem_advice: expect.stringContaining('Zap History'),
        problem_kind: 'failing',
        problem_state: 'started',
        zap_trigger: 'Invoice Paid',
        zap_description: 'New Statuses: Paid',
        zaps_affected: 1,
        zap_url: 'https://zapier.com/editor/123456789',
        events_waiting: 12,
        events_given_up: 0,
        started_at: '2026-06-10T16:00:00Z',
        started_at_text: 'Wed 10 Jun 2026, 16:00',
        over_at: null,
        over_at_text: null,
        branch_id: 4021,
        branch_name: 'Bristol Branch',
      },
    ]);
  });

  it.each<[string, object | string, { noticeKey?: string; age?: number }, string]>([
    ['is forged with another key', {}, { noticeKey: 'k'.repeat(43) }, 'not authenticated'],
    ['is signed with the private key, like a webhook', {}, { noticeKey: PRIVATE_KEY }, 'not authenticated'],
    ['is from the relay of another connection', {}, { noticeKey: deriveNoticeKey(NEW_KEY, 'x') }, 'not authenticated'],
    ['is for another trigger', { trigger: 'other' }, {}, 'another trigger'],
    ['is sent again after more than 25 hours', {}, { age: 25 * HOUR + 60_000 }, 'older than 25 hours'],
    ['is malformed', '[1]', {}, 'cannot read it'],
  ])('refuses a notice that %s', async (_name, notice, options, message) => {
    await expect(receive(notice, options)).rejects.toThrow(message);
  });

  it('accepts a notice until it is 25 hours old', async () => {
    expect(await receive({}, { age: 25 * HOUR - 60_000 })).toHaveLength(1);
  });

  it('shows one of each kind as test data, or of the chosen kinds, and the failure of a Zap as its sample', async () => {
    const { performList } = relay.app.triggers[KEY]?.operation ?? {};
    const kindsFor = async (inputData: object) =>
      (
        (await relay.call(performList, { ...bundleWith(), inputData: { ...inputs, ...inputData } })) as FlatRecord[]
      ).map(({ problem_kind, problem_state }) => [problem_kind, problem_state]);
    expect(await kindsFor({})).toEqual([...PROBLEM_KINDS.map((kind) => [kind, 'started']), ['failing', 'over']]);
    expect(await kindsFor({ problem_kinds: ['ended', 'silent', 'unknown'] })).toEqual([
      ['ended', 'started'],
      ['silent', 'started'],
      ['silent', 'over'],
    ]);
  });

  it.each<[string, Partial<Config>, () => Promise<unknown>]>([
    [
      'wrong_key',
      {},
      async () => {
        await relay.happens('note_added', {}, 'the key of somebody else, who forges');
        // The editor's field checks the signature, and reports the result to the relay.
        await relay.fieldOf('note_added');
      },
    ],
    ['refusing', { maxEventsPerMinute: 1 }, () => relay.happens('note_added', { extra_msg: 'one too many' })],
  ])('is told of the problem %s once, although the relay stops before it notices', async (kind, config, cause) => {
    await relay.startRelay(config);
    const subscription = await relay.turnOn(KEY, { problem_kinds: [kind] });
    await relay.happens('note_added', { extra_msg: kind });
    await cause();
    await relay.stopRelay();
    await relay.startRelay();
    await until(() => relay.recordsOf(KEY).length === 1);
    expect(relay.recordsOf(KEY)).toMatchObject([{ problem_kind: kind, problem_state: 'started', zap_url: null }]);
    await relay.stopRelay();
    await relay.startRelay();
    await relay.turnOff(KEY, subscription);
    expect(relay.zaps.get(KEY)).toHaveLength(1);
    relay.zaps.clear();
  });
});
