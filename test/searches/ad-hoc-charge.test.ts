/** The search for ad hoc charges. */

import { describe, expect, it } from '@jest/globals';

import { adHocCharge } from '../../objects/ad-hoc-charge.ts';
import type { JsonObject } from '../../wire/json.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, expectLondonBranch, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe('find_ad_hoc_charge', () => {
  const row = (id: number, date: string, changes: JsonObject = {}) => ({
    id,
    date_occurred: date,
    category_id: 5,
    description: `Exam fee ${id}`,
    ...changes,
  });

  it('finds the latest charge that meets all criteria', async () => {
    const query = {
      client: '301',
      contractor: '402',
      service: '705',
      category: '5',
      date_occurred_gte: '2026-05-30',
      date_occurred_lte: '2026-07-02',
    };
    expectList('adhoccharges', query, [
      row(1, '2026-06-10'),
      row(2, '2026-06-20', { category_id: 6 }),
      row(3, '2026-05-31'),
      row(4, '2026-07-01'),
      row(5, '2026-06-19'),
      row(6, '2026-06-18'),
      row(7, '2026-06-17'),
    ]);
    const matching = { client: { id: 301 }, contractor: { id: 402 }, service: { id: 705 } };
    expectDetail('adhoccharges', 5, detail(adHocCharge, { ...matching, id: 5, client: null }));
    expectDetail('adhoccharges', 6, detail(adHocCharge, { ...matching, id: 6, contractor: null }));
    expectDetail('adhoccharges', 7, detail(adHocCharge, { ...matching, id: 7, service: { id: 9 } }));
    expectDetail('adhoccharges', 1, detail(adHocCharge, { ...matching, id: 1 }));
    expectLondonBranch();
    const found = await find(
      'find_ad_hoc_charge',
      {
        find_client: '301',
        find_tutor: '402',
        find_job: '705',
        find_category: '5',
        find_after: '2026-06-01',
        find_before: '2026-06-30T22:30:00Z',
      },
      { timezone: 'America/New_York' },
    );
    expect(found[0]).toMatchObject({ id: 1, ad_hoc_charge_description: 'Exam fee 1' });
  });

  it('includes the first and the last day', async () => {
    const query = { client: '301', date_occurred_gte: '2026-06-08', date_occurred_lte: '2026-06-12' };
    expectList('adhoccharges', query, [row(1, '2026-06-10')]);
    expectDetail('adhoccharges', 1, detail(adHocCharge, { id: 1, client: { id: 301 } }));
    expectLondonBranch();
    const day = { find_after: '2026-06-10', find_before: '2026-06-10' };
    expect(await find('find_ad_hoc_charge', { find_client: '301', ...day })).toMatchObject([{ id: 1 }]);
  });

  it('uses the date of a time in the time zone of the branch', async () => {
    // In London, the day is 11 June. The search extends the period by two days.
    expectList('adhoccharges', { client: '301', date_occurred_gte: '2026-06-09' }, []);
    const find_after = '2026-06-10T23:30:00-04:00';
    expectLondonBranch();
    expect(await find('find_ad_hoc_charge', { find_client: '301', find_after })).toEqual([]);
    expect(await failureOf(find('find_ad_hoc_charge', { find_client: '301', find_after: 'June' }))).toMatch(
      /^The field "From Date" of this step does not contain a date/,
    );
  });
});
