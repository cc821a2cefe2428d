/**
 * Invoice Overdue and Credit Request Overdue: the records that trigger, and the parts of their lists that polls read.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
const populate = { meta: { isPopulatingDedupe: true } };

describe.each([
  ['invoice_overdue', 'invoices', 'invoices'],
  ['credit_request_overdue', 'proforma-invoices', 'credit requests'],
])('%s', (key, path, nouns) => {
  beforeEach(() => {
    tutorCruncher.now.account.addList(path, []);
  });

  /** Adds a record. @param days - days since the record was sent; null for a draft */
  const add = (days: number | null, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add(path, {
      status: 'unpaid',
      client: { id: 301, last_name: 'Raman' },
      date_sent: days && fromNow(-24 * days),
      ...fields,
    });
  const idsOf = async (...[inputData, options = populate]: [JsonObject?, object?]) =>
    (await poll(key, inputData, options)).map(({ id }) => id);
  const pages = () => tutorCruncher.requests().filter(({ path: requested }) => !/\d\/$/.test(requested)).length;

  it('returns a record from the chosen number of days after it was sent, for 5 days', async () => {
    const [recent, old] = [add(14.001), add(18.99)];
    for (const days of [13.99, 19.01, -1]) add(days);
    expect(await idsOf()).toEqual([`${recent.id}@14`, `${old.id}@14`]);
    expect(await idsOf({ days_after: '18' })).toEqual([`${old.id}@18`, `${old.id + 2}@18`]);
    // The id is the same with and without details.
    expect(await idsOf({}, {})).toEqual([`${recent.id}@14`, `${old.id}@14`]);
  });

  it('returns a record once for each reminder, with the number of the reminder and whether it is the last', async () => {
    const sent = [1, 14.5, 22, 29.5, 33.01].map((days) => add(days));
    const further = { further_days: '28, 21' };
    expect(await idsOf(further)).toEqual([`${sent[1]?.id}@14`, `${sent[2]?.id}@21`, `${sent[3]?.id}@28`]);
    const records = await poll(key, further);
    expect(
      records.map(({ reminder_number: number, reminder_days_after: days, is_last_reminder: isLast }) => [
        number,
        days,
        isLast,
      ]),
    ).toEqual([
      [1, 14, false],
      [2, 21, false],
      [3, 28, true],
    ]);
    expect(records.map(({ id }) => id)).toEqual(await idsOf(further));
    const [only] = await poll(key, { days_after: '21' });
    expect(only).toMatchObject({ reminder_number: 1, reminder_days_after: 21, is_last_reminder: true });
  });

  it('accepts further days that are fewer than the days after, and counts the reminders from the first', async () => {
    const [early, late] = [add(7.5), add(21.5)];
    const chosen = { days_after: '21', further_days: '7' };
    expect(await idsOf(chosen)).toEqual([`${early.id}@7`, `${late.id}@21`]);
    const reminders = (await poll(key, chosen)).map(({ id, reminder_number, is_last_reminder }) => [
      id,
      reminder_number,
      is_last_reminder,
    ]);
    expect(reminders).toContainEqual([`${early.id}@7`, 1, false]);
    expect(reminders).toContainEqual([`${late.id}@21`, 2, true]);
  });

  it('returns each reminder once while time passes, and none for a record that has been paid', async () => {
    const [unpaid, paid] = [add(14.001), add(14.002)];
    const further = { further_days: ['19'] };
    const { now } = Date;
    const returned: [number, unknown][] = [];
    await poll(key, further, populate);
    try {
      for (let days = 0; days < 11; days += 0.5) {
        Date.now = () => now() + days * 24 * 3_600_000;
        if (days === 2) tutorCruncher.now.account.change(path, paid.id, { status: 'paid' });
        for (const { id } of await poll(key, further, { keepsCache: true })) returned.push([days, id]);
      }
    } finally {
      Date.now = now;
    }
    expect(returned).toEqual([[5, `${unpaid.id}@19`]]);
  });

  it.each([
    ['18', 'must leave at least 5 days between two numbers'],
    ['14', 'must leave at least 5 days between two numbers'],
    ['21, 25', 'must leave at least 5 days between two numbers'],
    ['10', 'must leave at least 5 days between two numbers'],
    ['21, soon', 'must contain whole numbers with commas, such as 21, 28.'],
    ['21, 181', 'must contain numbers of at least 1 and at most 180 days.'],
  ])('refuses %j as further days', async (further, message) => {
    expect(await failureOf(idsOf({ further_days: further }))).toContain(
      `The field "Further Days" of this step ${message}`,
    );
    expect(tutorCruncher.now.requests).toEqual([]);
  });

  it.each([
    ['draft', false],
    ['confirmed', true],
    ['unpaid', true],
    ['payment-pending', true],
    ['failed', true],
    ['Unpaid', true],
    ['paid', false],
    ['void', false],
    [null, false],
  ])('with the status %j: %p', async (status, triggers) => {
    const { id } = add(15, { status });
    expect(await idsOf()).toEqual(triggers ? [`${id}@14`] : []);
  });

  it('can be limited to a client', async () => {
    const { id } = add(15);
    add(15, { client: { id: 302 } });
    add(15, { client: null });
    expect(await idsOf({ client: '301' })).toEqual([`${id}@14`]);
  });

  it('finds records that are separated by more than a page of drafts', async () => {
    const found = [add(15)];
    for (let index = 0; index < 150; index++) add(null, { status: 'draft' });
    found.push(add(14.5));
    for (let index = 0; index < 150; index++) add(null, { status: 'draft' });
    expect(await idsOf()).toEqual(found.reverse().map(({ id }) => `${id}@14`));
  });

  it('stops reading at a page whose records were all sent too long ago', async () => {
    for (let index = 0; index < 450; index++) add(60.05 - index / 10);
    expect(await idsOf()).toHaveLength(39);
    expect(pages()).toBe(2);
  });

  it('finds a record that is among the newest 1,000, and refuses to report none if it cannot be among them', async () => {
    const { id } = add(15);
    for (let index = 0; index < 999; index++) add(10);
    expect(await idsOf()).toEqual([`${id}@14`]);
    expect(pages()).toBe(10);
    add(1);
    expect(await failureOf(idsOf())).toBe(
      `This step compares the newest 1,000 ${nouns} in TutorCruncher, and all of them were sent too recently for the number ` +
        'in "Days After". Choose fewer days.',
    );
    expect(await idsOf({ days_after: '6' })).toHaveLength(999);
    expect(await failureOf(idsOf({ days_after: '6', further_days: '21' }))).toContain(
      '"Further Days". Choose fewer days.',
    );
  });

  it.each([
    [15.9, /^This step compares the newest 1,000 .* Choose fewer days\.$/],
    [16.1, null],
  ])('leaves 48 hours for a pause: the oldest record was sent %d days ago', async (days, message) => {
    // Another page follows, so the oldest record that the poll reads is not the oldest record of the list.
    add(20);
    const { id } = add(days);
    for (let index = 0; index < 999; index++) add(10);
    if (message === null) expect(await idsOf()).toEqual([`${id}@14`]);
    else expect(await failureOf(idsOf())).toMatch(message);
  });

  it.each(['0', '181', 'soon'])('refuses %j days, in the editor and in a live poll', async (days) => {
    const message =
      /^The field "Days After" of this step must (be at least 1 and at most 180 days|contain a whole number such as 14)\.$/;
    for (const isLoadingSample of [true, false]) {
      expect(await failureOf(idsOf({ days_after: days }, { meta: { isLoadingSample } }))).toMatch(message);
    }
    expect(tutorCruncher.now.requests).toEqual([]);
  });
});
