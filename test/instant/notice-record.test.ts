/** The fields of the records of notices, and the samples from which Zaps are built. */

import { expect, it } from '@jest/globals';

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
    problem_advice: 'You need to do nothing.',
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
