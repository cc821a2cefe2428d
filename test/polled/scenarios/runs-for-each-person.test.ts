/** Polled triggers about lessons in Zaps that run once for each person. */

import { describe, expect, it } from '@jest/globals';

import { STUDENT_ROWS, WITHOUT_CLIENT } from '../../../local/events/class-of-nine.ts';
import { fromNow, poll } from '../../support/polls.ts';
import { failureOf } from '../../support/steps.ts';
import { EACH_CLIENT, FETCH, pollLater, turnOn, useClassLessons } from '../class-zaps.ts';

const { tutorCruncher, add, paths } = useClassLessons();
const LOST = { hasLostNotes: true };
const addAll = (count: number) => Array.from({ length: count }, () => add(2));

describe('a Zap that is turned on', () => {
  it('never runs for lessons that were due, not even for a person who is added to them', async () => {
    const old = add(2);
    const [known] = await turnOn();
    expect(known).toEqual({ id: `${old.id}@${String(old.start)}` });
    tutorCruncher.now.account.change('appointments', old.id, { rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    expect(await pollLater()).toEqual([]);
    const later = add(2);
    expect(await pollLater()).toHaveLength(7);
    tutorCruncher.now.account.change('appointments', later.id, { rcras: STUDENT_ROWS.slice(0, 3) });
    expect(await pollLater()).toEqual([]);
    expect(paths().filter((path) => path.includes(`/${old.id}/`))).toEqual([]);
  });

  it('runs again for a lesson that is moved', async () => {
    await turnOn();
    const lesson = add(2);
    await pollLater();
    tutorCruncher.now.account.change('appointments', lesson.id, { start: fromNow(5), finish: fromNow(6) });
    expect(await pollLater()).toHaveLength(7);
  });

  it('can be switched from one run for each lesson without a message about a lesson that was due before', async () => {
    add(2);
    await turnOn({});
    expect(await pollLater()).toEqual([]);
    expect(await pollLater({ run_for: 'student' })).toEqual([]);
  });

  it('needs its id, except for test data', async () => {
    add(2);
    for (const zap of [{ id: '0' }, null]) {
      for (const isPopulatingDedupe of [true, false]) {
        const refused = poll('lesson_starting', EACH_CLIENT, { meta: { zap, isPopulatingDedupe } });
        expect(await failureOf(refused)).toMatch(
          /^Zapier does not say which Zap this is, so this step cannot remember /,
        );
      }
      expect(await poll('lesson_starting', EACH_CLIENT, { meta: { zap, isLoadingSample: true } })).toHaveLength(3);
    }
  });
});

describe('a Zap whose notes are lost', () => {
  it('reports the number and the times of the due lessons, and never runs for them', async () => {
    add(2, 'planned', { start: '2099-01-01T10:00:00Z' });
    const [lesson] = addAll(2);
    const lost = await failureOf(poll('lesson_starting', EACH_CLIENT, LOST));
    expect(lost).toMatch(
      /^Zapier has lost what this Zap remembered, so this step cannot tell whether the Zap has run for 2 lessons \(\w{3} /,
    );
    expect(lost).toContain('Zap history shows which of them have had a run. Do by hand');
    expect(await pollLater()).toEqual([]);
    add(2);
    expect(await pollLater()).toHaveLength(7);
    expect(paths().filter((path) => path.includes(`/${lesson?.id}/`))).toEqual([]);
  });

  it('continues without an error if no lesson is due', async () => {
    expect(await poll('lesson_starting', EACH_CLIENT, LOST)).toEqual([]);
    add(2);
    expect(await pollLater()).toHaveLength(7);
  });

  it('reports the loss even if the notes were lost while the Zap ran once for each lesson', async () => {
    add(2);
    expect(await poll('lesson_starting', {}, LOST)).toHaveLength(1);
    add(2);
    expect(await failureOf(pollLater())).toContain('has run for 2 lessons');
    expect(await pollLater()).toEqual([]);
  });
});

describe('the requests of runs', () => {
  it('stay within the share of a minute, to which each person counts', async () => {
    await turnOn(FETCH);
    addAll(15);
    const seen: unknown[] = [];
    const perPoll: number[] = [];
    for (let polls = 0; polls < 3; polls++) {
      const before = tutorCruncher.requests().length;
      const records = await pollLater(FETCH);
      perPoll.push(tutorCruncher.requests().length - before);
      expect(records.length % 7).toBe(0);
      seen.push(...records.map(({ id }) => id));
    }
    // 15 lessons with seven clients take 120 requests, in addition to the requests for the list.
    expect(Math.max(...perPoll)).toBeLessThanOrEqual(68);
    expect([seen.length, new Set(seen).size]).toEqual([105, 105]);
    expect(await pollLater(FETCH)).toEqual([]);
  });

  it('return at most 100 runs, and keep the runs of a lesson together', async () => {
    await turnOn();
    addAll(15);
    expect(await pollLater()).toHaveLength(98);
    expect(await pollLater()).toHaveLength(7);
    const rcras = Array.from({ length: 120 }, (_, index) => ({ recipient: 1000 + index, paying_client: 2000 + index }));
    add(2, 'planned', { rcras });
    expect(await pollLater()).toHaveLength(120);
    expect(await pollLater()).toEqual([]);
  });
});
