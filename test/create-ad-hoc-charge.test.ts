/** Create Ad Hoc Charge against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

const REQUIRED = { category: '7', date: '2027-06-10', description: 'Train to Bath' };
const FOR_CLIENT = { client: '302', charge_client: '18.5' };
const FOR_TUTOR = { tutor: '403', pay_tutor: 0 };
const SENT = { category: 7, date_occurred: '2027-06-10T12:00:00+01:00', description: 'Train to Bath' };

const create = (inputData: JsonObject) =>
  act('create_ad_hoc_charge', { ...REQUIRED, ...inputData }, { timezone: 'Europe/London' });
const bodies = () => tutorCruncher.writes().map(({ method, path, body }) => [method, path, body]);

describe('create_ad_hoc_charge', () => {
  it('charges a client and pays a tutor for a lesson of a job', async () => {
    const record = await create({ ...FOR_CLIENT, ...FOR_TUTOR, job: '706', lesson: 9107 });
    const people = { client: 302, charge_client: '18.50', contractor: 403, pay_contractor: '0.00' };
    const body = { ...SENT, ...people, service: 706, appointment: 9107 };
    expect(bodies()).toEqual([['POST', '/api/adhoccharges/', body]]);
    expect(record).toMatchObject({
      ad_hoc_charge_category_name: 'Travel',
      ad_hoc_charge_client_cost: 18.5,
      ad_hoc_charge_pay_tutor: 0,
      client_name: 'Marcus Adeyemi',
      tutor_name: 'Samuel Okoro',
      job_name: 'Piano for Ada',
      lesson_topic: 'Scales',
    });
    expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.keys(adHocCharge.ownSample)));
  });

  it('returns the record that the search finds and that the webhook contains', async () => {
    const record = await create({ ...FOR_CLIENT, description: 'Train {{bundle.x}}' });
    expect(tutorCruncher.writes()[0]?.body).toMatchObject({ description: 'Train {{bundle.x}}' });
    const criteria = { find_client: '302', find_category: '7', find_after: '2027-06-10', find_before: '2027-06-10' };
    expect(await find('find_ad_hoc_charge', criteria, { timezone: 'Europe/London' })).toEqual([record]);
    const [event, ...others] = await tutorCruncher.triggered('ad_hoc_charge_created');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ ad_hoc_charge_id: record.id, client_id: 302, ad_hoc_charge_client_cost: 18.5 });
  });

  it.each<[JsonObject, JsonObject]>([
    [FOR_CLIENT, { client: 302, charge_client: '18.50' }],
    [FOR_TUTOR, { contractor: 403, pay_contractor: '0.00' }],
    [
      { ...FOR_CLIENT, tutor: '', pay_tutor: null, job: [], lesson: ' ' },
      { client: 302, charge_client: '18.50' },
    ],
    [{ ...FOR_TUTOR, date: '2027-06-10T23:30:00-07:00' }, { date_occurred: '2027-06-10T23:30:00-07:00' }],
  ])('with %j sends %j, and nothing for empty inputs', async (inputData, sent) => {
    await create(inputData);
    const expected = { ...SENT, ...('client' in sent || 'contractor' in sent ? {} : { contractor: 403 }), ...sent };
    expect(tutorCruncher.writes()[0]?.body).toMatchObject(expected);
    expect(Object.keys(tutorCruncher.writes()[0]?.body ?? {})).toHaveLength(5);
  });

  it.each<[JsonObject, RegExp]>([
    [{ ...FOR_CLIENT, date: 'yesterday' }, /^The field "Date" of this step does not contain a date\./],
    [
      { client: '302' },
      /^The field "Charge Client" of this step is empty, but Client is not\. Fill in both or neither of them/,
    ],
    [{ charge_client: 0 }, /^The field "Client" of this step is empty, but Charge Client is not\./],
    [{ ...FOR_CLIENT, tutor: '403' }, /^The field "Pay Tutor" of this step is empty, but Tutor is not\./],
    [{ ...FOR_CLIENT, pay_tutor: '5' }, /^The field "Tutor" of this step is empty, but Pay Tutor is not\./],
    [{}, /^This step does not say whom the charge is for\. .* Nothing was changed\.$/],
    [{ job: '705', lesson: '9106' }, /^This step does not say whom the charge is for\./],
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
    expect(await find('find_ad_hoc_charge', criteria, { timezone: 'Europe/London' })).toMatchObject([{ id }]);
  });
});

describe('create_ad_hoc_charge with Skip if It Exists', () => {
  const skip = (inputData: JsonObject) => create({ ...FOR_CLIENT, skip_if_exists: true, ...inputData });

  it('creates the charge once, however often the run is replayed', async () => {
    const first = await skip({});
    expect(await skip({})).toEqual(first);
    expect(await skip({ description: ' train  to BATH ', date: '2027-06-10T11:00:00Z' })).toEqual(first);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('does not compare the amount, which TutorCruncher may return with or without tax', async () => {
    const { id } = await skip({});
    expect(await skip({ charge_client: '20' })).toMatchObject({ id, ad_hoc_charge_client_cost: 18.5 });
  });

  it.each<[string, JsonObject]>([
    ['description', { description: 'Train to Bristol' }],
    ['category', { category: '6' }],
    ['day', { date: '2027-06-11' }],
    ['client', { client: '303' }],
    ['tutor', FOR_TUTOR],
  ])('creates another charge for another %s, even if TutorCruncher ignores every filter', async (_, changes) => {
    const first = await skip({});
    tutorCruncher.now.behaviour.ignoresFilters = true;
    expect(await skip({})).toEqual(first);
    await skip(changes);
    expect(tutorCruncher.writes()).toHaveLength(2);
  });

  it('requests the charges of the people, the category and the days around the date', async () => {
    await skip(FOR_TUTOR);
    expect(new URL(tutorCruncher.requests()[0]?.path ?? '', 'http://x').searchParams.toString()).toBe(
      new URLSearchParams({
        client: '302',
        contractor: '403',
        category: '7',
        date_occurred_gte: '2027-06-09T11:00:00.000Z',
        date_occurred_lte: '2027-06-11T11:00:00.000Z',
      }).toString(),
    );
  });

  it('creates nothing if the list lacks the compared fields or cannot be read', async () => {
    tutorCruncher.now.behaviour.intercept = () => [200, { next: null, results: [{ id: 77, category_id: 7 }] }];
    expect(await failureOf(skip({}))).toMatch(/contains no description of the charges\. /);
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    expect(await failureOf(skip({}))).toMatch(/having a problem/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
