import { describe, expect, it } from '@jest/globals';

import { invoice } from '../../objects/invoice.ts';
import { lesson } from '../../objects/lesson.ts';
import { NEUTRAL_LOCALE, type Locale } from '../../src/record/locale.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { recordWith } from '../support/app-tester.ts';

const inZone = (name: string): Locale => ({ ...NEUTRAL_LOCALE, timeZone: timeZoneNamed(name) ?? UTC });

const lessonWith = (subject: object) => recordWith('lesson_updated', { id: 1, ...subject });

describe('a lesson', () => {
  const start = '2026-06-10T16:00:00Z';

  it('has ready-made texts in UTC unless the Zap has a time zone', async () => {
    expect(await lessonWith({ start, finish: '2026-06-10T17:30:00Z' })).toMatchObject({
      lesson_when: 'Wed 10 Jun 2026, 16:00 to 17:30',
      lesson_duration_minutes: 90,
      lesson_start: start,
      lesson_start_text: 'Wed 10 Jun 2026, 16:00',
      lesson_start_date: '2026-06-10',
      lesson_start_time: '16:00',
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
    const expected = { lesson_when: null, lesson_duration_minutes: null, lesson_start: times.start };
    expect(await lessonWith(times)).toMatchObject(expected);
  });

  it('may have no length', async () => {
    const expected = { lesson_when: 'Wed 10 Jun 2026, 16:00 to 16:00', lesson_duration_minutes: 0 };
    expect(await lessonWith({ start, finish: start })).toMatchObject(expected);
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
    for (const name of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
      expect(flattenSubject({ start: '2026-06-10' }, lesson.layout, inZone(name))).toMatchObject({
        lesson_start: '2026-06-10',
        lesson_start_text: 'Wed 10 Jun 2026',
        lesson_start_date: null,
        lesson_start_time: null,
        lesson_when: null,
      });
    }
  });

  it('measures the elapsed time, even when the clocks change', () => {
    const times = { start: '2026-10-24T22:30:00Z', finish: '2026-10-25T01:30:00Z' };
    expect(flattenSubject(times, lesson.layout, inZone('Europe/London'))).toMatchObject({
      lesson_when: 'Sat 24 Oct 2026, 23:30 to Sun 25 Oct 2026, 01:30',
      lesson_duration_minutes: 180,
    });
  });
});

describe('a field unknown to this version', () => {
  it('has several ready-made texts if it is a date-time, and one if it is a date', async () => {
    const record = await lessonWith({ moved_at: '2026-06-10T16:00:00Z', paid_on: '2026-06-11', mood: 'fine' });
    expect(Object.entries(record).filter(([key]) => /moved_at|paid_on|mood/.test(key))).toEqual([
      ['lesson_moved_at', '2026-06-10T16:00:00Z'],
      ['lesson_moved_at_text', 'Wed 10 Jun 2026, 16:00'],
      ['lesson_moved_at_date', '2026-06-10'],
      ['lesson_moved_at_time', '16:00'],
      ['lesson_paid_on', '2026-06-11'],
      ['lesson_paid_on_text', 'Thu 11 Jun 2026'],
      ['lesson_mood', 'fine'],
    ]);
  });

  it('never replaces a value that was sent, in either order', async () => {
    const [moved_at, moved_at_text] = ['2026-06-10T16:00:00Z', 'at four'];
    for (const subject of [
      { moved_at, moved_at_text },
      { moved_at_text, moved_at },
    ]) {
      const expected = { lesson_moved_at_text: moved_at_text, lesson_moved_at_time: '16:00' };
      expect(await lessonWith(subject)).toMatchObject(expected);
    }
    const sent = { start_text: 'at four', start_date: 'today', start_time: '4', when: 'soon', duration_minutes: 5 };
    const expected = Object.fromEntries(Object.entries(sent).map(([name, value]) => [`lesson_${name}`, value]));
    const known = await lessonWith({ start: moved_at, finish: '2026-06-10T17:30:00Z', ...sent });
    expect(known).toMatchObject(expected);
  });
});

it('an amount has a text in the currency of the locale, and null if it is not a number', () => {
  const locale = { ...NEUTRAL_LOCALE, currencySign: '£' };
  expect(flattenSubject({ gross: '63.00', net: 52.5, tax: 'unknown' }, invoice.layout, locale)).toMatchObject({
    invoice_gross: 63,
    invoice_gross_text: '£63.00',
    invoice_net_text: '£52.50',
    invoice_tax: 'unknown',
    invoice_tax_text: null,
    invoice_still_to_pay_text: null,
  });
});

it('a phone number is also international if the country is known', async () => {
  const person = { mobile: '07700 900123', phone: '0117 496 0123' };
  expect(await recordWith('client_updated', { ...person, country: 'United Kingdom (GB)' })).toMatchObject({
    client_mobile: '07700 900123',
    client_mobile_international: '+447700900123',
    client_phone_international: '+441174960123',
  });
  expect(await recordWith('client_updated', person)).toMatchObject({ client_mobile_international: null });
});
