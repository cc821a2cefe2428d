/** The summary of the matches of a search for many records. */

import { describe, expect, it } from '@jest/globals';

import { joined, summaryOf } from '../../../src/search/many/summary.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { textOf } from '../../support/direct-api.ts';

it('the texts of a line are joined without empty texts and other values', () => {
  expect(joined(['Priya', '', null, undefined, 7, 'Raman'])).toBe('Priya, Raman');
  expect(joined(['Priya', 'Raman'], ': ')).toBe('Priya: Raman');
  expect(joined([])).toBe('');
});

describe('the summary', () => {
  const RULES = {
    line: ({ name }: FlatRecord) => `- ${joined([name])}`,
    minutes: 'minutes',
    amount: 'amount',
    stillToPay: 'left',
  };
  const row = (index: number, changes: FlatRecord = {}): FlatRecord => ({
    name: `no. ${index}`,
    minutes: 50,
    amount: 0.1,
    left: 10,
    ...changes,
  });
  const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index + 1));
  const summary = (
    all: readonly FlatRecord[],
    { results = all, isCompared = true, isComplete = isCompared }: Partial<Parameters<typeof summaryOf>[1]> = {},
  ) => summaryOf(RULES, { rows: all, results, isCompared, isComplete, statuses: null }, '£');

  it('adds up the values of all rows, with two decimals', () => {
    expect(summary(rows(3))).toEqual({
      matches: 3,
      matches_as_text: '- no. 1\n- no. 2\n- no. 3',
      total_hours: 2.5,
      total_amount: 0.3,
      total_amount_text: '£0.30',
      total_still_to_pay: 30,
      total_still_to_pay_text: '£30.00',
      is_complete: true,
    });
  });

  it('has only the totals of its rules', () => {
    const { line } = RULES;
    const matches = { rows: rows(1), results: rows(1), isCompared: true, isComplete: true, statuses: null };
    expect(summaryOf({ line }, matches, '£')).toEqual({ matches: 1, matches_as_text: '- no. 1', is_complete: true });
  });

  it('has no total if a row lacks the value', () => {
    expect(summary([row(1), row(2, { minutes: null, amount: '0.1', left: null })])).toMatchObject({
      total_hours: null,
      total_amount: null,
      total_amount_text: null,
      total_still_to_pay: null,
    });
  });

  it.each([
    [null, 2, 1.67],
    [['cancelled-chargeable'], 3, 2.5],
    [['planned', 'complete'], 2, 1.67],
  ])('with the chosen statuses %j counts %d of three records in the totals', (statuses, count, hours) => {
    const rules = { ...RULES, uncounted: { key: 'status', statuses: ['cancelled-chargeable', 'void'] } };
    // The comparison with statuses accepts any spelling of a status.
    const cancelled = row(3, { status: 'Cancelled Chargeable' });
    const all = [row(1, { status: 'Planned' }), row(2, { status: 'Complete' }), cancelled];
    const matches = { rows: all, results: all, isCompared: true, isComplete: true, statuses };
    expect(summaryOf(rules, matches, '£')).toMatchObject({
      matches: 3,
      total_hours: hours,
      total_amount: count / 10,
      total_still_to_pay: 30,
    });
    const unknown = { ...matches, rows: [...all, row(4)] };
    expect(summaryOf(rules, unknown, '£')).toMatchObject({ total_hours: null, total_amount: null });
  });

  it('takes the amount still to pay from the results if the rows lack it, and only if the results are complete', () => {
    const listed = [row(1, { left: null })];
    const results = [row(1, { left: 7 })];
    expect(summary(listed, { results }).total_still_to_pay).toBe(7);
    expect(summary(listed, { results, isComplete: false }).total_still_to_pay).toBeNull();
    expect(summary(rows(2), { isCompared: false }).total_still_to_pay).toBeNull();
  });

  it.each([
    [100, true, '- no. 100'],
    [101, true, 'and 1 more'],
    [102, true, 'and 2 more'],
    [1, false, 'There may be more, which were not compared.'],
    [101, false, 'There may be more, which were not compared.'],
  ])('of %d rows, all compared: %j, ends with %j', (count, isCompared, end) => {
    const lines = textOf(summary(rows(count), { isCompared })).split('\n');
    expect(lines.at(-1)).toBe(end);
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(Math.min(count, 100));
  });
});
