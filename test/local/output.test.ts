/** The parts of `local/` that a test can call. */

import { describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import { mainFields } from '../../local/main-fields.ts';
import { fieldLines } from '../../local/record-table.ts';
import { wrapped } from '../../local/terminal.ts';
import { toTutorCruncherJson } from '../../local/signed-delivery.ts';
import { webhookTriggers } from '../../triggers/index.ts';

describe('toTutorCruncherJson', () => {
  it('writes spaces after separators and escapes all characters outside ASCII', () => {
    expect(toTutorCruncherJson({ a: [1, 'é🎻\u2028"'], b: null, c: undefined, d: { e: true } })).toBe(
      '{"a": [1, "\\u00e9\\ud83c\\udfbb\\u2028\\""], "b": null, "d": {"e": true}}',
    );
  });
});

describe('fieldLines', () => {
  const fields = [
    { key: 'a_b', label: 'A to B' },
    { key: 'changes[]field', label: 'Change Field' },
  ];
  const students = [{ name: 'Leo' }, { name: 'Mia' }];

  it('shows labels and values, and joins the items of a list', () => {
    expect(fieldLines(fields, { a_b: 'c', students, tutors: [], changes: [], n: null })).toBe(
      [
        '  A to B         c',
        '  Students Name  Leo, Mia',
        '  Tutors         (none)',
        '  Change Field   (none)',
        '  N',
      ].join('\n'),
    );
  });

  it('replaces control characters and line breaks, and shortens long values', () => {
    expect(fieldLines(fields, { a_b: `\u001b[2J\r\n${'x'.repeat(500)}` })).toBe(`  A to B   [2J ${'x'.repeat(54)}…`);
  });
});

describe('a text in a terminal', () => {
  const link = `http://127.0.0.1:4000/console#${'x'.repeat(43)}`;

  it.each([
    ['one two three four five six', 'one two three four\nfive six'],
    ['  an indented text of words', '  an indented text\n  of words'],
    [`See it: ${link} here`, `See it:\n${link}\nhere`],
    [`  ${link}`, `  ${link}`],
  ])('is broken between words, and links stay whole: %j', (text, expected) => {
    expect(wrapped(text, 20)).toBe(expected);
  });

  it('continues in its last column', () => {
    expect(wrapped('12:00:00  A Lesson was moved to another day and place', 40)).toBe(
      '12:00:00  A Lesson was moved to another\n          day and place',
    );
  });
});

const sampleOf = (key: string) => triggerOf(key).definition.operation.sample;

describe('the main fields of a lesson', () => {
  it('are the fields that an office manager looks for', () => {
    expect(mainFields('lesson_completed', sampleOf('lesson_completed'))).toEqual({
      lesson_topic: 'Quadratic equations',
      lesson_status_text: 'Complete',
      lesson_when: 'Wed 10 Jun 2026, 17:00 to 18:30',
      lesson_duration_minutes: 90,
      student_names: 'Leo Raman',
      tutor_names: 'Hannah Whitlock',
      lesson_units: 1.5,
      lesson_charge_type: 'Hourly',
      lesson_location_name: 'Garden Room',
      lesson_location_address: '8 Mill Lane, Bristol',
      job_name: 'GCSE Maths for Leo',
      event_description: 'Marked a Lesson as complete',
      event_timestamp_text: 'Wed 10 Jun 2026, 19:05',
      actor_name: 'Hannah Whitlock',
    });
  });

  it('are the same in New Event', () => {
    const record = { subject_model: 'Lesson', ...sampleOf('lesson_completed') };
    expect(Object.keys(mainFields('any_event', record))).not.toContain('job_status');
  });

  it('include a start without a finish', () => {
    const record = { ...sampleOf('lesson_completed'), lesson_when: null };
    expect(mainFields('lesson_completed', record)).toMatchObject({ lesson_start_text: 'Wed 10 Jun 2026, 17:00' });
  });
});

it('the main fields of each trigger fit on one screen, in the order of the record, without ids and raw values', () => {
  for (const { definition } of webhookTriggers) {
    const record = sampleOf(definition.key);
    const fields = mainFields(definition.key, record);
    const keys = Object.keys(fields);
    expect(keys.length).toBeGreaterThan(2);
    expect(keys.length).toBeLessThanOrEqual(18);
    expect(Object.keys(record).filter((one) => keys.includes(one))).toEqual(keys);
    expect(keys.filter((one) => /(?<!display)_id$/.test(one))).toEqual([]);
    expect(JSON.stringify(Object.values(fields))).not.toMatch(/T\d\d:\d\d|\/api\//);
  }
});
