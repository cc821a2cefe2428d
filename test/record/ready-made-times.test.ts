import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { flattenEvent } from '../../src/record/event.ts';
import { timeZoneNamed } from '../../src/record/time-zone.ts';
import { flattenSubject, layoutOf } from '../../src/record/subject.ts';
import { recordWith, triggerOf } from '../helpers.ts';

const lessonWith = (subject: object) => recordWith('lesson_updated', { id: 1, ...subject });

describe.each(objects.map((object) => [object.word, object] as const))('the moments of a %s', (_word, { layout }) => {
  it('each follow their ready-made texts', () => {
    const { moments } = layout.times;
    for (const { key } of moments) {
      const start = layout.keys.indexOf(`${key}_text`);
      expect(layout.keys.slice(start, start + 4)).toEqual([`${key}_text`, `${key}_date`, `${key}_time`, key]);
    }
    for (const { key } of moments) expect(layout.nestedKeys.has(key)).toBe(false);
  });
});

describe('a lesson', () => {
  const start = '2026-06-10T16:00:00Z';

  it('has ready-made texts in UTC unless the Zap has a time zone', async () => {
    expect(await lessonWith({ start, finish: '2026-06-10T17:30:00Z' })).toMatchObject({
      lesson_when: 'Wed 10 Jun 2026, 16:00 to 17:30',
      lesson_duration_minutes: 90,
      lesson_start_text: 'Wed 10 Jun 2026, 16:00',
      lesson_start_date: '2026-06-10',
      lesson_start_time: '16:00',
      lesson_start: start,
      lesson_finish_text: 'Wed 10 Jun 2026, 17:30',
    });
  });

  it.each([
    [{ start: 'soon', finish: '2026-06-10T17:30:00Z' }],
    [{ start: null, finish: '2026-06-10T17:30:00Z' }],
    [{ start, finish: '2026-02-30T17:30:00Z' }],
    [{ start }],
    [{ start, finish: '2026-06-10T15:30:00Z' }],
  ])('has a time span only if it has a start and a later finish: %j', async (times) => {
    const record = await lessonWith(times);
    expect(record).toMatchObject({ lesson_when: null, lesson_duration_minutes: null });
    expect(record).toMatchObject({ lesson_start: times.start });
  });

  it('has null texts, and keeps the value, if the value is not a time', async () => {
    expect(await lessonWith({ start: 'soon' })).toMatchObject({
      lesson_start: 'soon',
      lesson_start_text: null,
      lesson_start_date: null,
      lesson_start_time: null,
    });
  });

  it('has only a text for a date without a time, on that date in any time zone', () => {
    const { layout } = objects.find(({ word }) => word === 'lesson') ?? {};
    if (!layout) throw new Error('There is no lesson.');
    for (const name of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
      const record = flattenSubject({ start: '2026-06-10' }, layout, timeZoneNamed(name) ?? undefined);
      expect(record).toMatchObject({
        lesson_start: '2026-06-10',
        lesson_start_text: 'Wed 10 Jun 2026',
        lesson_start_date: null,
        lesson_start_time: null,
        lesson_when: null,
      });
    }
  });

  it('measures the elapsed time, even when the clocks change', () => {
    const { sampleEvent } = triggerOf('lesson_updated');
    const subject = { ...sampleEvent.subject, start: '2026-10-24T22:30:00Z', finish: '2026-10-25T01:30:00Z' };
    const timeZone = timeZoneNamed('Europe/London') ?? undefined;
    const layout = layoutOf('lesson', sampleEvent.subject);
    expect(
      flattenEvent({ ...sampleEvent, subject }, layout, { hash: () => '', ...(timeZone && { timeZone }) }),
    ).toMatchObject({
      lesson_when: 'Sat 24 Oct 2026, 23:30 to Sun 25 Oct 2026, 01:30',
      lesson_duration_minutes: 180,
    });
  });

  it('has no texts of the moments of its job', async () => {
    const record = await lessonWith({ service: { id: 1, created: start } });
    expect(record).toMatchObject({ job_created: start });
    expect(record).not.toHaveProperty('job_created_text');
  });
});

describe('a field unknown to this version', () => {
  it('has several ready-made texts if it is a date-time, and one if it is a date', async () => {
    const record = await lessonWith({ moved_at: '2026-06-10T16:00:00Z', paid_on: '2026-06-11', mood: 'fine' });
    expect(record).toMatchObject({
      lesson_moved_at: '2026-06-10T16:00:00Z',
      lesson_moved_at_text: 'Wed 10 Jun 2026, 16:00',
      lesson_moved_at_date: '2026-06-10',
      lesson_moved_at_time: '16:00',
      lesson_paid_on: '2026-06-11',
      lesson_paid_on_text: 'Thu 11 Jun 2026',
    });
    expect(Object.keys(record).filter((key) => /paid_on|mood/.test(key))).toEqual([
      'lesson_paid_on',
      'lesson_paid_on_text',
      'lesson_mood',
    ]);
  });

  it('never replaces a value that was sent, in either order', async () => {
    const moved_at = '2026-06-10T16:00:00Z';
    for (const subject of [
      { moved_at, moved_at_text: 'at four' },
      { moved_at_text: 'at four', moved_at },
    ]) {
      expect(await lessonWith(subject)).toMatchObject({
        lesson_moved_at_text: 'at four',
        lesson_moved_at_time: '16:00',
      });
    }
    expect(await lessonWith({ start: moved_at, start_text: 'at four' })).toMatchObject({
      lesson_start_text: 'at four',
    });
  });
});
