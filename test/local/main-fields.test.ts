import { describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import { mainFields } from '../../local/main-fields.ts';
import { webhookTriggers } from '../../triggers/index.ts';

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
