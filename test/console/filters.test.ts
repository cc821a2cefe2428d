/** The conditions that the page sends to the relay for the filters of the event list. */

import { describe, expect, it } from '@jest/globals';

import { conditionsOf, isFiltered, NO_FILTERS, type Filters } from '../../console/filters.ts';

const TRIGGERS = [{ label: 'Invoice Paid', actions: ['MARKED_INVOICE_AS_PAID', 'PAID_INVOICE'] }];
const NOW = Date.UTC(2026, 10, 25, 17, 30);

describe('conditionsOf', () => {
  const conditions = (filters: Partial<Filters>) => conditionsOf({ ...NO_FILTERS, ...filters }, NOW, TRIGGERS);

  it('returns no conditions without a filter and for a trigger that does not exist', () => {
    expect([conditions({}), conditions({ trigger: 'No Such Trigger' })]).toEqual([{}, {}]);
    expect(isFiltered(NO_FILTERS)).toBe(false);
  });

  it('returns an outcome and a Zap, and lists the actions of a trigger', () => {
    const filters = { outcome: 'failed', zap: 'abc', trigger: 'Invoice Paid' } as const;
    expect(conditions(filters)).toEqual({
      outcome: 'failed',
      zap: 'abc',
      action: ['MARKED_INVOICE_AS_PAID', 'PAID_INVOICE'],
    });
    expect(isFiltered({ ...NO_FILTERS, ...filters })).toBe(true);
  });

  it('returns the times of a period', () => {
    expect(conditions({ when: 3_000, outcome: 'failed' })).toEqual({ outcome: 'failed', from: 3_000, to: 3_603_000 });
  });
});
