/** Update Ad Hoc Charge against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** The fields of charge 77 that every update must send. */
const REQUIRED = { date_occurred: '2026-06-09T09:00:00.000000Z', category: 5 };

const ZAP = { timezone: 'Europe/London' };

const update = (inputData: JsonObject = {}) =>
  act('update_ad_hoc_charge', { ad_hoc_charge: '77', description: 'Workbook', ...inputData }, ZAP);
const lastBody = () => tutorCruncher.writes().at(-1)?.body;
const stored = (): JsonObject => tutorCruncher.now.account.find('adhoccharges', '77') ?? {};

describe('update_ad_hoc_charge', () => {
  it('sends the fields that TutorCruncher requires, and nothing for empty inputs', async () => {
    const before = stored();
    const record = await update({ category: '', date: null, charge_client: ' ', pay_tutor: [] });
    expect(tutorCruncher.writes()).toEqual([
      { method: 'PUT', path: '/api/adhoccharges/77/', body: { ...REQUIRED, description: 'Workbook' } },
    ]);
    expect(stored()).toMatchObject({ client: before.client, client_cost: '12.50', description: 'Workbook' });
    expect(record).toMatchObject({ id: 77, ad_hoc_charge_client_cost: 12.5, client_name: 'Priya Raman' });
    expect(Object.keys(record)).toEqual(Object.keys(adHocCharge.ownSample));
  });

  it('sends amounts with the people of the charge, and returns the record that a search finds', async () => {
    const record = await update({ category: '7', date: '2026-07-01', charge_client: 0, pay_tutor: '4.5' });
    expect(lastBody()).toEqual({
      date_occurred: '2026-07-01T12:00:00+01:00',
      category: 7,
      description: 'Workbook',
      client: 301,
      charge_client: '0.00',
      contractor: 402,
      pay_contractor: '4.50',
    });
    expect(record).toMatchObject({ ad_hoc_charge_client_cost: 0, ad_hoc_charge_pay_tutor: 4.5 });
    expect(await find('find_ad_hoc_charge', { find_client: '301' }, ZAP)).toEqual([record]);
    const [event] = await tutorCruncher.triggered('any_event');
    expect(event).toMatchObject({ subject_id: 77, event_message: 'Edited via the API.' });
  });

  it.each([
    ['charge_client', 'client', 'Charge Client'],
    ['pay_tutor', 'contractor', 'Pay Tutor'],
  ])('refuses %s if the charge is not for such a person', async (input, field, label) => {
    tutorCruncher.now.account.change('adhoccharges', 77, { [field]: null });
    expect(await failureOf(update({ [input]: '5' }))).toBe(
      `The field "${label}" of this step is filled in, but the charge has no ${field === 'client' ? 'client' : 'tutor'}. ` +
        'Empty the field, or create another charge. Nothing was changed.',
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('reports that the charge does not exist, and names the fields that TutorCruncher rejects', async () => {
    expect(await failureOf(update({ ad_hoc_charge: '1' }))).toMatch(
      /^The ad hoc charge that this step refers to does not exist/,
    );
    expect(tutorCruncher.writes()).toEqual([]);
    expect(await failureOf(update({ category: '999' }))).toMatch(/these fields: Category\. Correct them/);
  });

  it.each([{ date_occurred: null }, { category: null, category_id: null }])(
    'writes nothing if the charge that it reads has %j',
    async (changes) => {
      tutorCruncher.now.account.change('adhoccharges', 77, changes);
      expect(await failureOf(update())).toMatch(/contains no date and category of the charge\. /);
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );

  it('accepts people and a category as bare ids', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'GET' ? [200, { ...stored(), client: 301, category: null, category_id: 5 }] : null;
    await update({ charge_client: '5' });
    expect(lastBody()).toMatchObject({ ...REQUIRED, client: 301, charge_client: '5.00' });
  });
});
