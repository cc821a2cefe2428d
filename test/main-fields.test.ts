import { describe, expect, it } from '@jest/globals';

import { mainFields } from '../local/main-fields.ts';
import { recordText } from '../local/table.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { triggerOf } from './helpers.ts';

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

describe('the main fields of an invoice', () => {
  it('include its number', () => {
    expect(mainFields('invoice_raised', sampleOf('invoice_raised'))).toMatchObject({ invoice_display_id: 'INV-148' });
  });
});

describe.each(webhookTriggers.map(({ definition }) => [definition.key]))('the main fields of %s', (key) => {
  const record = sampleOf(key);
  const keys = Object.keys(mainFields(key, record));

  it('fit on one screen, in the order of the record', () => {
    expect(keys.length).toBeGreaterThan(2);
    expect(keys.length).toBeLessThanOrEqual(18);
    expect(Object.keys(record).filter((one) => keys.includes(one))).toEqual(keys);
  });

  it('contain no raw times, URLs of the API or ids', () => {
    for (const value of Object.values(mainFields(key, record))) {
      expect(JSON.stringify(value)).not.toMatch(/T\d\d:\d\d|\/api\//);
    }
    expect(keys.filter((one) => /(?<!display)_id$/.test(one))).toEqual([]);
  });
});

describe('recordText', () => {
  const fields = [{ key: 'lesson_topic', label: 'Lesson Topic' }];
  const record = { lesson_topic: 'Maths', lesson_id: 7, students: [{ id: 1, name: 'a' }] };

  it('shows the main fields, and explains how to see the rest', () => {
    expect(recordText('lesson_completed', fields, record, false)).toBe(
      '  Lesson Topic  Maths\n\n1 of 4 fields. To see all of them, start with --all.',
    );
  });

  it('shows all fields with their keys if asked to', () => {
    expect(recordText('lesson_completed', fields, record, true)).toMatch(
      /^ {2}Lesson Topic +Maths\n {4}lesson_topic\n/,
    );
  });
});
