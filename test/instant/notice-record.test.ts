/** The fields of notice records, and the sample notices that the owner of a Zap sees when building the Zap. */

import { describe, expect, it } from '@jest/globals';

import { noticeRecord, sampleNotices } from '../../src/instant/notice-record.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { PROBLEM_KINDS, type Notice, type ProblemKind } from '../../wire/notice.ts';

const sampleOf = (kind: ProblemKind): Notice => {
  const [notice] = sampleNotices([kind]);
  if (!notice) throw new Error('There is no sample.');
  return notice;
};
const recordOf = (notice: Notice) => noticeRecord(notice, NEUTRAL_LOCALE);
const URL = 'https://zapier.com/editor/123456789';

it.each<[kind: ProblemKind, zaps: number | null, url: string | null, waiting: number, givenUp: number]>([
  ['failing', 1, URL, 12, 0],
  ['silent', null, null, 0, 0],
  ['refusing', null, null, 12, 0],
  ['wrong_key', null, null, 0, 0],
  ['given_up', 1, URL, 0, 3],
  ['ended', 1, URL, 0, 3],
])('the sample of %s is about %j Zaps at %j, with %d waiting events and %d that were given up', (kind, ...values) => {
  const { zaps_affected, zap_url, events_waiting, events_given_up } = recordOf(sampleOf(kind));
  expect([zaps_affected, zap_url, events_waiting, events_given_up]).toEqual(values);
});

it('each kind of problem has a sample of its own, and only a problem that can end has a sample of its end', () => {
  const samples = sampleNotices();
  expect(new Set(samples.slice(0, PROBLEM_KINDS.length).map(({ id }) => id)).size).toBe(PROBLEM_KINDS.length);
  expect(sampleNotices(['given_up', 'ended']).map(({ state }) => state)).toEqual(['started', 'started']);
  expect(samples.filter(({ is_off }) => is_off).map(({ kind }) => kind)).toEqual(['ended']);
});

it('the end of a problem has no waiting events, and a time after its start', () => {
  const over = recordOf(sampleNotices(['failing'])[1] ?? sampleOf('failing'));
  expect(over).toMatchObject({
    problem_state: 'over',
    problem_advice: 'You do not need to do anything.',
    events_waiting: 0,
    started_at: '2026-06-10T16:00:00Z',
    over_at: '2026-06-10T16:40:00Z',
    over_at_text: 'Wed 10 Jun 2026, 16:40',
  });
});

it('a problem lasts until it is over, even if its notice is sent later', () => {
  const notice = sampleOf('silent');
  const over_at = notice.started_at + 2 * 86_400_000;
  expect(recordOf({ ...notice, state: 'over', over_at }).problem_summary).toMatch(/, after 2 days\.$/);
});

it('a Zap without choices and without an id has no description and no link', () => {
  const notice = { ...sampleOf('failing'), zap: { trigger: 'Invoice Paid', options: [], zap_id: null } };
  expect(recordOf(notice)).toMatchObject({ zap_trigger: 'Invoice Paid', zap_description: null, zap_url: null });
  expect(recordOf({ ...notice, zap: null })).toMatchObject({ zap_trigger: null, zap_description: null, zap_url: null });
});

it('advice for several Zaps differs from the advice for one', () => {
  const adviceFor = (kind: ProblemKind, zaps: number) => recordOf({ ...sampleOf(kind), zaps }).problem_advice;
  expect(adviceFor('failing', 1)).toMatch(/^Open the Zap in Zapier, look at its Zap History/);
  expect(adviceFor('failing', 2)).toMatch(/^If status\.zapier\.com reports a problem/);
  expect(adviceFor('ended', 2)).toMatch(/names the Zaps at the top/);
  expect(adviceFor('given_up', 2)).toBe(adviceFor('given_up', 1));
});

describe('the record of a notice', () => {
  const summariesOf = (notices: readonly Notice[]) =>
    notices.map((notice) => noticeRecord(notice, NEUTRAL_LOCALE).problem_summary);

  it('says what happened, in one to three sentences', () => {
    const [some] = sampleNotices(['wrong_key']).map((notice) => ({ ...notice, are_others_valid: true }));
    expect(some && summariesOf([some])).toEqual([
      expect.stringMatching(/Somebody is sending forged events to your webhook URL/),
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
      /^If you turn the Zap on again, .* press Send again\. Otherwise, you do not need to do anything\./,
    );
    expect(recordOf(over).problem_advice).toBe('You do not need to do anything.');
    expect(recordOf({ ...over, is_off: false, events_given_up: 3 }).problem_advice).toBe(
      'You do not need to do anything.',
    );
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
      expect(problem_advice).toMatch(
        problem_state === 'over' ? 'do not need to do anything' : /See what happened to each event/,
      );
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
