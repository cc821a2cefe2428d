/** The trigger Delivery Problem in an app that is built for a relay. */

import { randomUUID } from 'node:crypto';

import { afterEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { Config } from '../../relay/config.ts';
import { until } from '../../relay/harness/until.ts';
import { noticeRecord, sampleNotices } from '../../src/instant/notice-record.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { deriveNoticeKey } from '../../wire/capability.ts';
import { noticeIn, PROBLEM_KINDS, type Notice, type ProblemKind } from '../../wire/notice.ts';
import { sign } from '../../wire/signature.ts';
import { NEW_KEY, bundleWith, loadRelayApp } from '../support/relay-app.ts';
import { sealedEnvelope } from '../support/sealed-envelope.ts';

const KEY = 'delivery_problem';
const HOUR = 3_600_000;
const [FAILING] = sampleNotices(['failing']);

const relay = await loadRelayApp();
afterEach(() => relay.stopRelay());

const inputs = { time_zone: 'UTC' };

/** Sends a notice to the Zap as the relay does. Returns the Zap's records. */
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
        // The editor leaves a verdict with the relay.
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

describe('the record of a notice', () => {
  const summariesOf = (notices: readonly Notice[]) =>
    notices.map((notice) => noticeRecord(notice, NEUTRAL_LOCALE).problem_summary);

  it('says what happened, in one to three sentences', () => {
    const [some] = sampleNotices(['wrong_key']).map((notice) => ({ ...notice, are_others_valid: true }));
    expect(some && summariesOf([some])).toEqual([
      expect.stringMatching(/Somebody sends forged events to your webhook URL/),
    ]);
    const over = (notice: Notice): Notice => ({ ...notice, state: 'over', over_at: notice.sent_at });
    const [failing] = sampleNotices(['failing']);
    expect(summariesOf(sampleNotices())).toEqual([
      'Invoice Paid has not accepted events for 40 minutes. 12 events are waiting. Zapier responded with 500.',
      'TutorCruncher has sent no webhook for 3 days, which is longer than usual.',
      "The relay refuses TutorCruncher's webhooks, because too many events are waiting or too many arrive at once.",
      'The newest webhooks were all signed with another private key, so that Zaps refuse them. The private key of the ' +
        'connection is probably wrong, or only forged events arrive.',
      '3 events were given up for Invoice Paid.',
      'Zapier said that Invoice Paid is off, so it receives no more events. 3 events have not reached it.',
      'Invoice Paid accepts events again, after 40 minutes.',
    ]);
    expect(summariesOf(sampleNotices(['silent', 'refusing', 'wrong_key']).slice(0, 3).map(over))).toEqual([
      'TutorCruncher sends webhooks again, after 3 days.',
      "The relay accepts TutorCruncher's webhooks again, after 40 minutes.",
      'Zaps no longer report webhooks that were signed with another private key.',
    ]);
    if (!failing) throw new Error('There is no sample.');
    const one = { ...failing, events_waiting: 1, zap: null, last_failure: null };
    expect(summariesOf([one, { ...over(one), is_off: true }])).toEqual([
      'A Zap has not accepted events for 40 minutes. 1 event is waiting.',
      'A Zap has been turned off, after failing for 40 minutes.',
    ]);
  });

  it('says that the events of a Zap that was turned off while it failed are kept, without asking for anything', () => {
    const [failing] = sampleNotices(['failing']);
    if (!failing) throw new Error('There is no sample.');
    const over = { ...failing, state: 'over' as const, over_at: failing.sent_at, is_off: true, events_waiting: 0 };
    const recordOf = (notice: Notice) => noticeRecord(notice, NEUTRAL_LOCALE);
    const { problem_summary, problem_advice } = recordOf({ ...over, events_given_up: 3 });
    expect(problem_summary).toBe(
      'Invoice Paid has been turned off, after failing for 40 minutes. 3 events have not reached it.',
    );
    expect(problem_advice).toMatch(
      /^If you turn the Zap on again, .* press Send again\. Otherwise, you need to do nothing\./,
    );
    expect(recordOf(over).problem_advice).toBe('You need to do nothing.');
    expect(recordOf({ ...over, is_off: false, events_given_up: 3 }).problem_advice).toBe('You need to do nothing.');
  });

  it('names the branch of the URL at which webhooks arrive that are signed with another private key', () => {
    const [wrongKey] = sampleNotices(['wrong_key']);
    if (!wrongKey) throw new Error('There is no sample.');
    const locale = { ...NEUTRAL_LOCALE, branch: { id: 4021, name: 'Bristol' } };
    expect(noticeRecord(wrongKey, locale)).toMatchObject({
      problem_summary:
        'The newest webhooks at the URL of Bristol (branch ID 4021) were all signed with another private key, so that Zaps refuse them. The private key of the connection is probably wrong, or only forged events arrive.',
      branch_id: 4021,
      branch_name: 'Bristol',
    });
  });

  it('gives the number of Zaps if there are several, and advice for all of them', () => {
    const several = (kinds: readonly ProblemKind[]): Notice[] =>
      sampleNotices(kinds).map((notice) => ({ ...notice, zaps: 12, zap: null }));
    expect(summariesOf(several(['failing', 'given_up', 'ended']))).toEqual([
      '12 Zaps have not accepted events for up to 40 minutes. 12 events are waiting. Zapier responded with 500.',
      '3 events were given up for 12 Zaps.',
      'Zapier said that 12 Zaps are off, so they receive no more events. 3 events have not reached them.',
      '12 Zaps accept events again, after up to 40 minutes.',
    ]);
    const records = several(['failing', 'given_up', 'ended']).map((notice) => noticeRecord(notice, NEUTRAL_LOCALE));
    for (const { problem_advice, problem_state, zaps_affected, zap_url } of records) {
      expect([zaps_affected, zap_url]).toEqual([12, null]);
      expect(problem_advice).toMatch(problem_state === 'over' ? 'nothing' : /See what happened to each event/);
    }
  });

  it('says how to end the wait for the next attempt', () => {
    const advice = sampleNotices(['failing', 'refusing']).map(
      (notice) => noticeRecord(notice, NEUTRAL_LOCALE).problem_advice,
    );
    expect(advice[0]).toMatch(/press Try now for the Zap: otherwise, the relay may wait for up to an hour/);
    expect(advice[1]).toMatch(
      /choose Zaps to see which Zaps do not accept their events\. Correct each .* press Try now/,
    );
  });
});

describe('the body of a notice', () => {
  it.each<[string, object]>([
    ['an unknown kind', { kind: 'other' }],
    ['an unknown state', { state: 'later' }],
    ['no id', { id: 1 }],
    ['no time', { started_at: 'yesterday' }],
    ['an end without a time', { over_at: 'today' }],
    ['no number of Zaps', { zaps: null }],
    ['no counts', { events_waiting: -1 }],
  ])('is refused with %s', (_name, changes) => {
    expect(noticeIn(JSON.stringify({ ...FAILING, ...changes }))).toBeNull();
  });

  it('is refused unless it is JSON, and its description contains only what is shown', () => {
    expect(noticeIn('{')).toBeNull();
    const described = (zap: unknown) => noticeIn(JSON.stringify({ ...FAILING, zap }))?.zap;
    expect(described({ trigger: 1 })).toBeNull();
    expect(described({ trigger: 'A', options: 1, zap_id: '../x' })).toEqual({
      trigger: 'A',
      options: [],
      zap_id: null,
    });
    expect(described({ trigger: 'A', options: [1, { label: 'B', value: 2 }], zap_id: randomUUID() })).toEqual({
      trigger: 'A',
      options: [{ label: 'B', value: '2' }],
      zap_id: null,
    });
  });
});
