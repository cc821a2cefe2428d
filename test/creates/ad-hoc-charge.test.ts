/** Create Ad Hoc Charge and Update Ad Hoc Charge against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf, find } from '../support/steps.ts';
import { testSkipIfExists } from '../support/skip-if-exists.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

const FOR_CLIENT = { client: '302', charge_client: '18.5' };
const FOR_TUTOR = { tutor: '403', pay_tutor: 0 };

const create = (inputData: JsonObject) =>
  act('create_ad_hoc_charge', { category: '7', date: '2027-06-10', description: 'Train to Bath', ...inputData });
const bodies = () => tutorCruncher.writes().map(({ body }) => body);

testWrites(tutorCruncher, {
  create_ad_hoc_charge: {
    request: 'POST /api/adhoccharges/',
    body: {
      category: 7,
      date_occurred: '2027-06-10T12:00:00+01:00',
      description: 'Train {{bundle.x}}',
      client: 302,
      charge_client: '18.50',
      contractor: 403,
      pay_contractor: '0.00',
      service: 706,
      appointment: 9107,
    },
    record: {
      ad_hoc_charge_category_name: 'Travel',
      ad_hoc_charge_client_cost: 18.5,
      ad_hoc_charge_pay_tutor: 0,
      client_name: 'Marcus Adeyemi',
      tutor_name: 'Samuel Okoro',
      job_name: 'Piano for Ada',
      lesson_topic: 'Scales',
    },
    trigger: 'ad_hoc_charge_created',
  },
  update_ad_hoc_charge: {
    request: 'PUT /api/adhoccharges/77/',
    body: {
      date_occurred: '2027-07-01T12:00:00+01:00',
      category: 7,
      description: 'Workbook',
      client: 301,
      charge_client: '0.00',
      contractor: 402,
      pay_contractor: '4.50',
    },
    record: { id: 77, ad_hoc_charge_client_cost: 0, ad_hoc_charge_pay_tutor: 4.5, client_name: 'Priya Raman' },
  },
});

describe('create_ad_hoc_charge', () => {
  it.each([
    [FOR_CLIENT, { client: 302, charge_client: '18.50' }],
    [FOR_TUTOR, { contractor: 403, pay_contractor: '0.00' }],
  ])('needs only one person: with %j sends %j', async (inputData, sent) => {
    await create(inputData);
    const required = { category: 7, date_occurred: '2027-06-10T12:00:00+01:00', description: 'Train to Bath' };
    expect(bodies()).toEqual([{ ...required, ...sent }]);
  });

  it.each([
    ['2027-06-10T22:30:00Z', '2027-06-10T12:00:00+01:00'],
    ['2027-06-10T23:30:00Z', '2027-06-11T12:00:00+01:00'],
    ['2027-12-10T23:30:00Z', '2027-12-10T12:00:00+00:00'],
  ])('is for the current day of the branch at %s, without a date', async (now, date_occurred) => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.parse(now));
    await create({ ...FOR_CLIENT, date: '' });
    clock.mockRestore();
    expect(bodies()).toMatchObject([{ date_occurred }]);
  });

  it.each<[JsonObject, RegExp]>([
    [
      { client: '302' },
      /^The field "Charge Client" of this step is empty, but "Client" is not\. Fill in both or neither of them/,
    ],
    [{ charge_client: 0 }, /^The field "Client" of this step is empty, but "Charge Client" is not\./],
    [{ ...FOR_CLIENT, tutor: '403' }, /^The field "Pay Tutor" of this step is empty, but "Tutor" is not\./],
    [{ ...FOR_CLIENT, pay_tutor: '5' }, /^The field "Tutor" of this step is empty, but "Pay Tutor" is not\./],
    [{ job: '705', lesson: '9106' }, /^This step does not say whom the charge is for\. .* Nothing was changed\.$/],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(create(inputData))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each([
    ['2027-06-10T00:30:00+01:00', '2027-06-10'],
    ['2027-06-10T23:30:00+01:00', '2027-06-10'],
    ['2027-06-10T23:30:00Z', '2027-06-11'],
  ])('that occurred at %s is found on %s, the date in the time zone of the branch', async (date, day) => {
    const { id } = await create({ ...FOR_CLIENT, date });
    const criteria = { find_client: '302', find_after: day, find_before: day };
    expect(await find('find_ad_hoc_charge', criteria)).toMatchObject([{ id }]);
  });
});

describe('create_ad_hoc_charge with Skip if It Exists', () => {
  const skip = (inputData: JsonObject = {}) => create({ ...FOR_CLIENT, skip_if_exists: true, ...inputData });

  it('creates the charge once, regardless of its amount and of the number of replays', async () => {
    const created = await skip();
    expect(created).toMatchObject({ ad_hoc_charge_is_new: true });
    const existing = { ...created, ad_hoc_charge_is_new: false };
    expect(await skip()).toEqual(existing);
    expect(await skip({ description: ' train  to BATH ', date: '2027-06-10T11:00:00Z' })).toEqual(existing);
    expect(await skip({ charge_client: '20' })).toEqual(existing);
    expect(bodies()).toHaveLength(1);
  });

  it.each([
    ['2027-06-10 00:00', '2027-06-10 23:59', false],
    ['2027-06-10T23:00Z', '2027-06-11', false],
    ['2027-06-10T22:59Z', '2027-06-11', true],
    ['2027-06-10T20:00-04:00', '2027-06-10', true],
    ['2027-06-10', '2027-06-09T23:30Z', false],
  ])('compares the days of the dates %s and %s in the time zone of the branch', async (date, other, isNew) => {
    await skip({ date });
    expect(await skip({ date: other })).toMatchObject({ ad_hoc_charge_is_new: isNew });
  });

  it.each([
    ['2027-06-09T23:00:00.000000Z', false],
    ['2027-06-10T22:59:59Z', false],
    ['2027-06-10', false],
    ['2027-06-10T23:00:00Z', true],
    ['2027-06-09T22:59:59Z', true],
  ])('compares the day of a charge that was created by hand at %s', async (date_occurred, isNew) => {
    const { id } = await skip();
    tutorCruncher.now.account.change('adhoccharges', Number(id), { date_occurred });
    expect(await skip()).toMatchObject({ ad_hoc_charge_is_new: isNew });
  });

  it.each<[string, JsonObject]>([
    ['description', { description: 'Train to Bristol' }],
    ['category', { category: '6' }],
    ['day', { date: '2027-06-11' }],
    ['client', { client: '303' }],
    ['tutor', FOR_TUTOR],
  ])('creates another charge for another %s, even if TutorCruncher ignores every filter', async (_, changes) => {
    const { id } = await skip();
    tutorCruncher.now.behaviour.ignoresFilters = true;
    expect(await skip()).toMatchObject({ id });
    await skip(changes);
    expect(bodies()).toHaveLength(2);
  });

  it('creates nothing without a date, because a replay on another day would not find the charge', async () => {
    expect(await failureOf(skip({ date: null }))).toBe(
      'The field "Date" of this step is empty, but "Skip if It Exists" compares it with existing charges. Fill in "Date". ' +
        'Nothing was changed.',
    );
    expect(bodies()).toEqual([]);
  });

  it('requests the charges of the people, the category and the days around the date', async () => {
    await skip(FOR_TUTOR);
    const { searchParams } = new URL(tutorCruncher.requests()[0]?.path ?? '', 'http://x');
    expect(Object.fromEntries(searchParams)).toEqual({
      client: '302',
      contractor: '403',
      category: '7',
      date_occurred_gte: '2027-06-08T11:00:00.000Z',
      date_occurred_lte: '2027-06-12T11:00:00.000Z',
    });
  });

  const ROW = { id: 77, category_id: 7, description: 'Train to Bath', date_occurred: '2027-06-10' };

  it.each([
    [{ ...ROW, description: null }, /contains no description and category of the charges\. /],
    [{ ...ROW, category_id: undefined }, /contains no description and category of the charges\. /],
    [{ ...ROW, date_occurred: null }, /contains no date of the charges\. /],
    [{ ...ROW, date_occurred: 'soon' }, /contains no date of the charges\. /],
    [ROW, /contains no client of the charge\. /],
  ])('creates nothing if a charge that it reads cannot be compared: %j', async (row, message) => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (path.startsWith('/api/adhoccharges/?')) return [200, { count: 1, next: null, results: [row] }];
      return path === '/api/adhoccharges/77/' ? [200, row] : null;
    };
    expect(await failureOf(skip())).toMatch(message);
    expect(bodies()).toEqual([]);
  });

  it('creates nothing if the list cannot be read', async () => {
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    expect(await failureOf(skip())).toMatch(/having a problem/);
    expect(bodies()).toEqual([]);
  });
});

describe('update_ad_hoc_charge', () => {
  /** The fields of charge 77 that every update must send. */
  const REQUIRED = { date_occurred: '2026-06-09T09:00:00.000000Z', category: 5 };
  const update = (inputData: JsonObject = {}) =>
    act('update_ad_hoc_charge', { ad_hoc_charge: '77', description: 'Workbook', ...inputData });
  const stored = (): JsonObject => tutorCruncher.now.account.find('adhoccharges', '77') ?? {};

  it('sends the fields that TutorCruncher requires, and keeps the amounts', async () => {
    const { client, client_cost } = stored();
    await update();
    expect(bodies()).toEqual([{ ...REQUIRED, description: 'Workbook' }]);
    expect(stored()).toMatchObject({ client, client_cost, description: 'Workbook' });
  });

  it.each([
    ['charge_client', 'client', 'Charge Client', 'client'],
    ['pay_tutor', 'contractor', 'Pay Tutor', 'tutor'],
  ])('refuses %s if the charge is not for such a person', async (input, field, label, person) => {
    tutorCruncher.now.account.change('adhoccharges', 77, { [field]: null });
    expect(await failureOf(update({ [input]: '5' }))).toBe(
      `The field "${label}" of this step is filled in, but the charge has no ${person}. Empty the field, or create ` +
        'another charge. Nothing was changed.',
    );
    expect(bodies()).toEqual([]);
  });

  it.each([{ date_occurred: null }, { category: null, category_id: null }])(
    'writes nothing if the charge that it reads has %j',
    async (changes) => {
      tutorCruncher.now.account.change('adhoccharges', 77, changes);
      expect(await failureOf(update())).toMatch(/contains no date and category of the charge\. /);
      expect(bodies()).toEqual([]);
    },
  );

  it('accepts people and a category as bare ids', async () => {
    const found = { ...stored(), client: 301, category: null, category_id: 5 };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [200, found] : null);
    await update({ charge_client: '5' });
    expect(bodies()).toEqual([{ ...REQUIRED, description: 'Workbook', client: 301, charge_client: '5.00' }]);
  });
});

it('update_ad_hoc_charge names the field that has the current description', async () => {
  const description = (await fieldsOf('update_ad_hoc_charge')).find(({ key }) => key === 'description');
  expect(description?.helpText).toContain('map Ad Hoc Charge Description of the step Find Ad Hoc Charge');
});

testSkipIfExists(
  tutorCruncher,
  'create_ad_hoc_charge',
  { description: ' train  {{bundle.x}}', charge_client: 1 },
  { date: '2027-06-11' },
);
