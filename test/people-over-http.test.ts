/** Actions on people and labels against the stand-in for TutorCruncher's API, over HTTP. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { app } from './helpers.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

const PERSON = {
  first_name: 'Zoë',
  last_name: "O'Neill {{x}}",
  email: 'Zoe.ONeill@example.com',
  mobile: '07700 900555',
  phone: '0117 496 0555',
  street: '1 High Street\nFlat 2',
  town: 'Bath',
  postcode: 'BA1 1AA',
  country: '183',
  timezone: 'Europe/London',
  calendar_colour: 'Tomato',
  custom_teaching_experience: 'Two "years"',
  custom_date_of_birth: '2001-02-03',
  custom_contract_signed: true,
  custom_preferred_tutor: "Doesn't matter",
};
const SAVED = {
  first_name: 'Zoë',
  name: "Zoë O'Neill {{x}}",
  email: 'zoe.oneill@example.com',
  mobile: '07700 900555',
  street: '1 High Street\nFlat 2',
  country: 'United Kingdom (GB)',
  timezone: 'Europe/London',
  calendar_colour: 'Tomato',
};

/**
 * Kinds of people: the fields that are set on creation in addition to a person's fields, and the fields of the record.
 */
const PEOPLE = {
  client: {
    own: { status: 'Live', affiliate: '604', taxable: false, notifications: ['invoices', 'broadcasts'] },
    saved: { client_status: 'live', client_associated_affiliate_name: 'Owen Brook', client_is_taxable: false },
    known: '301',
  },
  tutor: {
    own: { status: 'approved', default_rate: '31.5', job_notifications: false },
    saved: { tutor_status: 'approved', tutor_default_rate: 31.5, tutor_receive_job_notifications: false },
    known: '402',
  },
  student: {
    own: { client: '302', default_rate: 0, academic_year: 'Year 9' },
    saved: { client_name: 'Marcus Adeyemi', student_default_rate: 0, student_academic_year: 'Year 9' },
    known: '503',
  },
  affiliate: { own: { commission_rate: 12.5 }, saved: { affiliate_commission_rate: 12.5 }, known: '604' },
};
type Word = keyof typeof PEOPLE;
const WORDS = Object.keys(PEOPLE) as Word[];

const prefixed = (word: string, fields: object): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${word}_${key}`, value as unknown]));

/** Fields of tutors that TutorCruncher's API contains, but not its webhooks. */
const NOT_IN_WEBHOOKS = /^tutor_(?:last_updated|receive_job_notifications|work_done_details)/;

/** Returns the fields of a record that webhooks also provide, except `id`, which has a different value in triggers. */
const comparable = (record: FlatRecord): FlatRecord =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'id' && !NOT_IN_WEBHOOKS.test(key)));

/** Expects one event whose record equals an action's record, field by field, and whose message describes its cause. */
async function expectTriggered(triggerKey: string, record: FlatRecord, message: string): Promise<void> {
  const [triggered, ...others] = await tutorCruncher.triggered(triggerKey);
  expect(others).toEqual([]);
  const fields = Object.keys(comparable(record)).map((key) => [key, triggered?.[key]]);
  expect(Object.fromEntries(fields)).toEqual(comparable(record));
  expect(triggered?.event_message).toBe(message);
}

describe.each(WORDS)('create_%s', (word) => {
  const { own, saved } = PEOPLE[word];
  const inputData = { ...PERSON, ...own };

  it('returns the record that the search finds and that the trigger receives', async () => {
    const record = await act(`create_${word}`, inputData);
    expect(record).toMatchObject({ ...prefixed(word, SAVED), ...saved, [`${word}_id`]: record.id });
    expect(record).toMatchObject({
      custom_teaching_experience: 'Two "years"',
      custom_date_of_birth: '2001-02-03',
      custom_contract_signed: 'True',
      custom_preferred_tutor: "Doesn't matter",
    });
    expect(tutorCruncher.writes()).toHaveLength(1);
    expect(await find(`find_${word}`, { [word]: record.id })).toEqual([record]);
    expect(await find(`find_${word}`, { email: ' ZOE.oneill@example.com' })).toEqual([record]);
    await expectTriggered(`${word}_created`, record, 'Created via the API.');
  });

  it('sends no welcome email unless it is chosen', async () => {
    await act(`create_${word}`, { last_name: 'A' });
    await act(`create_${word}`, { last_name: 'B', send_welcome_email: true });
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([
      { last_name: 'A', send_emails: false },
      { last_name: 'B', send_emails: true },
    ]);
  });

  it('reads the person again in the older shape, and returns the same record', async () => {
    tutorCruncher.now.behaviour.isOlderShape = true;
    const { [`${word}_photo`]: photo, ...record } = await act(`create_${word}`, inputData);
    expect(photo ?? null).toBeNull();
    expect(tutorCruncher.now.requests.at(-1)).toMatchObject({ method: 'GET' });
    tutorCruncher.now.behaviour.isOlderShape = false;
    expect(await find(`find_${word}`, { [word]: record.id })).toMatchObject([record]);
  });
});

describe.each(WORDS)('update_%s', (word) => {
  const { known } = PEOPLE[word];
  let before: FlatRecord;
  beforeEach(async () => {
    [before = {}] = await find(`find_${word}`, { [word]: known });
  });

  it('changes only the fields that are filled in, even when it is replayed', async () => {
    const inputData = { [word]: known, mobile: '0', last_name: ' ', email: null, custom_how_did_you_hear: '{{a}}' };
    for (let i = 0; i < 2; i++) {
      const record = await act(`update_${word}`, inputData);
      const mobile = { [`${word}_mobile`]: '0', [`${word}_mobile_international`]: null };
      const changes = { ...mobile, custom_how_did_you_hear: '{{a}}' };
      const times = Object.fromEntries(
        Object.entries(record).filter(([key]) => key.startsWith(`${word}_last_updated`)),
      );
      expect(record).toEqual({ ...before, ...times, ...changes });
      expect(await find(`find_${word}`, { [word]: known })).toEqual([record]);
    }
    const extra_attrs = { how_did_you_hear: '{{a}}' };
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual(Array(2).fill({ mobile: '0', extra_attrs }));
  });

  it('fires the event that the trigger for updates receives', async () => {
    const record = await act(`update_${word}`, { [word]: known, town: 'Wells' });
    await expectTriggered(`${word}_updated`, record, 'Edited via the API.');
  });

  it('returns a complete record in the older shape', async () => {
    tutorCruncher.now.behaviour.isOlderShape = true;
    const record = await act(`update_${word}`, { [word]: known, town: 'Wells' });
    expect(record).toMatchObject({ id: Number(known), [`${word}_town`]: 'Wells' });
    expect(record[`${word}_name`]).toBe(before[`${word}_name`]);
  });

  it('refuses the email address of another person in the same role', async () => {
    const { id } = await act(`create_${word}`, { last_name: 'Other', email: 'other@example.com' });
    expect(await failureOf(act(`update_${word}`, { [word]: known, email: 'other@example.com' }))).toMatch(
      new RegExp(`^Another ${word} in TutorCruncher already has this email address, so nothing was changed\\.`),
    );
    expect(await find(`find_${word}`, { email: 'other@example.com' })).toMatchObject([{ id }]);
  });
});

describe('add_label and remove_label', () => {
  const LABELLED: [string, string][] = [
    ...WORDS.map((word): [string, string] => [word, PEOPLE[word].known]),
    ['job', '705'],
  ];

  it.each(LABELLED)('change the labels of a %s, and nothing when they are replayed', async (type, id) => {
    const inputData = { type, [type]: id, label: '24' };
    const records = [];
    for (const key of ['add_label', 'add_label', 'remove_label', 'remove_label']) {
      records.push(await act(key, inputData));
    }
    const [withLabel, without] = [expect.stringContaining('In person'), expect.not.stringContaining('In person')];
    expect(records.map((record) => record[`${type}_label_names`])).toEqual([withLabel, withLabel, without, without]);
    expect(Object.keys(records[0] ?? {}).slice(0, 5)).toEqual(
      Object.keys(app.creates.add_label?.operation.sample ?? {}),
    );
    expect(records[0]).toMatchObject({ id: Number(id), subject_id: Number(id), [`${type}_id`]: Number(id) });
    const found = await find(`find_${type}`, { [type]: id });
    expect(records.at(-1)).toMatchObject(found[0] ?? {});
    if (type === 'affiliate') return;
    expect(await tutorCruncher.triggered(`${type}_label_added`)).toHaveLength(1);
  });
});
