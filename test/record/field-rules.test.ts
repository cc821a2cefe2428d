/** The rules that are derived from the names of fields. */

import { expect, it } from '@jest/globals';

import { fieldRule } from '../../src/record/field-rules.ts';
import { recordWith } from '../support/app-tester.ts';

it('the cache of field rules is emptied when it is full, and does not contain long names', () => {
  const isCached = (name: string) => fieldRule(name) === fieldRule(name);
  expect(['x'.repeat(199), 'x'.repeat(200)].map(isCached)).toEqual([true, false]);
  const rule = fieldRule('status');
  expect(fieldRule('status')).toBe(rule);
  for (let index = 0; index < 5000; index++) fieldRule(`hostile_${index}`);
  expect(fieldRule('status')).not.toBe(rule);
});

it('a display id that consists of digits stays text', async () => {
  expect(await recordWith('invoice_raised', { id: '32', display_id: '48' })).toMatchObject({
    invoice_id: 32,
    invoice_display_id: '48',
  });
});

it('hours that are a number become text', async () => {
  const details = { work_done_details: { total_paid_hours: 0 } };
  expect(await recordWith('tutor_created', details)).toMatchObject({ tutor_work_done_details_total_paid_hours: '0' });
});
