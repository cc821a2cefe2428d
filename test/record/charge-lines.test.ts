/** Ready-made values of the charges of invoices and payment orders. */

import { describe, expect, it } from '@jest/globals';

import { invoice } from '../../objects/invoice.ts';
import type { JsonObject } from '../../wire/json.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { sampleLocale } from '../../src/object/samples.ts';

const LESSON = {
  id: 9106,
  start: '2026-06-10T23:30:00Z',
  finish: '2026-06-11T00:30:00Z',
  topic: 'Quadratic equations',
  service: { id: 705, name: 'GCSE Maths for Leo' },
};
const CHARGE = { id: 77, description: 'Workbook', category_name: 'Materials', date_occurred: '2026-06-09T09:00:00Z' };
const LEO = { id: 503, first_name: 'Leo', last_name: 'Raman' };

/** Returns the ready-made values of an invoice's only charge, in the time zone of London. */
function lineOf(charge: JsonObject): JsonObject {
  const { invoice_charges: lines } = flattenSubject({ charges: [charge] }, invoice.layout, sampleLocale());
  const [{ description, quantity, unit_amount }] = lines as unknown as [JsonObject];
  return { description, quantity, unit_amount };
}

describe('the description of an item', () => {
  it.each<[string, JsonObject, string | null]>([
    ['a lesson', { appointment: LESSON }, 'Quadratic equations, GCSE Maths for Leo, Thu 11 Jun 2026, 1 hour'],
    [
      'a lesson with students',
      { appointment: { ...LESSON, service_recipients: [LEO] } },
      'Quadratic equations, Leo Raman, Thu 11 Jun 2026, 1 hour',
    ],
    [
      'a lesson without a topic',
      { appointment: { ...LESSON, topic: '' }, service_recipient: LEO },
      'GCSE Maths for Leo, Leo Raman, Thu 11 Jun 2026, 1 hour',
    ],
    [
      'a lesson without times',
      { appointment: { ...LESSON, start: null, finish: null }, date: '2026-06-12' },
      'Quadratic equations, GCSE Maths for Leo, Fri 12 Jun 2026',
    ],
    [
      'a lesson of less than an hour',
      { appointment: { ...LESSON, finish: '2026-06-11T00:20:00Z' } },
      'Quadratic equations, GCSE Maths for Leo, Thu 11 Jun 2026, 0.83 hours',
    ],
    [
      'a lesson without a length',
      { appointment: { ...LESSON, finish: LESSON.start } },
      'Quadratic equations, GCSE Maths for Leo, Thu 11 Jun 2026',
    ],
    [
      'a lesson with a blank topic, and no students',
      { appointment: { ...LESSON, topic: ' ' } },
      'GCSE Maths for Leo, Thu 11 Jun 2026, 1 hour',
    ],
    ['a charge', { adhoc_charge: CHARGE }, 'Workbook, Tue 9 Jun 2026'],
    [
      'a charge without a date of its own',
      { adhoc_charge: { ...CHARGE, date_occurred: null }, date: '2026-06-12' },
      'Workbook, Fri 12 Jun 2026',
    ],
    [
      'a charge without a description',
      { adhoc_charge: { ...CHARGE, description: '' }, service_recipient: LEO },
      'Materials, Leo Raman, Tue 9 Jun 2026',
    ],
    ['an item that refers to nothing', {}, null],
    ['an item that TutorCruncher describes', { description: 'Deposit', adhoc_charge: CHARGE }, 'Deposit'],
  ])('%s', (_case, charge, description) => {
    expect(lineOf(charge).description).toBe(description);
  });
});

describe('the quantity and the unit amount of an item', () => {
  it.each<[JsonObject, number | null, number | null]>([
    [{ units: '1.50000', rate: '42.00000', amount: '63.00000' }, 1.5, 42],
    [{ units: '0.33333', rate: '30.00000', amount: '10.00' }, 0.33333, 30],
    [{ units: '1.5', rate: '42', amount: '68.00' }, 1, 68],
    [{ units: '3', rate: '3.33', amount: '10.00' }, 1, 10],
    [{ units: null, rate: '42', amount: '42.00' }, 1, 42],
    [{ units: '1', rate: null, amount: '-5.00' }, 1, -5],
    [{ units: '2', rate: '10', amount: null }, null, null],
  ])('%j', (charge, quantity, unit_amount) => {
    expect(lineOf(charge)).toMatchObject({ quantity, unit_amount });
  });
});
