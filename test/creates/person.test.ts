/** The actions that create and update people, against the stand-in for TutorCruncher's API, over HTTP. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { FlatRecord } from '../../src/record/record.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Fields of a person that are sent as typed. */
const TYPED = {
  first_name: 'Zoë',
  last_name: "O'Neill {{bundle.authData.x}} {{{y}}}",
  mobile: '07700 900555',
  phone: '0117 496 0555',
  title: ' Mrs',
  street: '1 High Street\nFlat 2',
  town: 'Bath',
  state: 'NY',
  postcode: 'BA1 1AA',
  timezone: 'Europe/London',
  photo: 'https://example.com/p.jpg',
  calendar_colour: 'Tomato',
};
const CUSTOM = {
  custom_teaching_experience: 'Two "years"',
  custom_date_of_birth: '2001-02-03',
  custom_contract_signed: 'True',
  custom_preferred_tutor: 'Same as before',
};
const PERSON = { ...TYPED, ...CUSTOM, email: ' Zoe.ONeill@example.com ', country: '183' };
const SENT = {
  ...TYPED,
  email: 'Zoe.ONeill@example.com',
  country: 183,
  send_emails: false,
  extra_attrs: {
    'teaching-experience': 'Two "years"',
    date_of_birth: '2001-02-03',
    contract_signed: true,
    preferred_tutor: 'same-as-before',
  },
};

/**
 * Kinds of people, each with the inputs that only this kind has, and with the fields that these inputs become in the
 * request and in the record.
 */
const PEOPLE = {
  client: {
    known: '301',
    path: '/api/clients/',
    own: {
      status: 'Prospect',
      pipeline_stage: '3',
      affiliate: '604',
      manager: '11',
      taxable: false,
      notifications: 'Invoices, apt_reminders',
    },
    sent: {
      status: 'prospect',
      pipeline_stage: 3,
      associated_agent: 604,
      associated_admin: 11,
      is_taxable: false,
      received_notifications: ['invoices', 'apt_reminders'],
    },
    saved: { client_status: 'prospect', client_associated_affiliate_name: 'Owen Brook', client_is_taxable: false },
  },
  tutor: {
    known: '402',
    path: '/api/contractors/',
    own: { status: 'approved', default_rate: '31.5', job_notifications: false },
    sent: { status: 'approved', default_rate: '31.50', receive_service_notifications: false },
    saved: { tutor_status: 'approved', tutor_default_rate: 31.5, tutor_receive_job_notifications: false },
  },
  student: {
    known: '503',
    path: '/api/recipients/',
    own: { client: '302', default_rate: 0, academic_year: 'Year 9' },
    sent: { paying_client: 302, default_rate: '0.00', academic_year: 10 },
    saved: { client_name: 'Marcus Adeyemi', student_default_rate: 0, student_academic_year: 'Year 9' },
  },
  affiliate: {
    known: '604',
    path: '/api/agents/',
    own: { commission_rate: 12.5 },
    sent: { commission_rate: '12.50' },
    saved: { affiliate_commission_rate: 12.5 },
  },
};
type Word = keyof typeof PEOPLE;
const WORDS = Object.keys(PEOPLE) as Word[];

/** Fields of tutors that TutorCruncher's API contains, but webhooks do not. */
const NOT_IN_WEBHOOKS = /^tutor_(?:last_updated|receive_job_notifications|work_done_details)/;

/** Returns the fields of a record that webhooks also provide, except `id`, which has a different value in triggers. */
const comparable = (record: FlatRecord): FlatRecord =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'id' && !NOT_IN_WEBHOOKS.test(key)));

/**
 * Expects one event. Its record must equal the action's record in each field, and its message must describe the cause.
 */
async function expectTriggered(triggerKey: string, record: FlatRecord, message: string): Promise<void> {
  const [triggered, ...others] = await tutorCruncher.triggered(triggerKey);
  expect(others).toEqual([]);
  const fields = Object.keys(comparable(record)).map((key) => [key, triggered?.[key]]);
  expect(Object.fromEntries(fields)).toEqual(comparable(record));
  expect(triggered?.event_message).toBe(message);
}

describe.each(WORDS)('create_%s', (word) => {
  const { path, own, sent, saved } = PEOPLE[word];

  it('sends every field, and returns the record that the search finds and that the trigger receives', async () => {
    const record = await act(`create_${word}`, { ...PERSON, ...own });
    expect(tutorCruncher.writes()).toEqual([{ method: 'POST', path, body: { ...SENT, ...sent } }]);
    expect(record).toMatchObject({
      ...saved,
      ...CUSTOM,
      [`${word}_id`]: record.id,
      [`${word}_email`]: 'zoe.oneill@example.com',
      [`${word}_street`]: TYPED.street,
      [`${word}_country`]: 'United Kingdom (GB)',
    });
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

  it('refuses the email address of another person in the same role', async () => {
    const { id } = await act(`create_${word}`, { last_name: 'Other', email: 'other@example.com' });
    expect(await failureOf(act(`update_${word}`, { [word]: known, email: 'other@example.com' }))).toMatch(
      new RegExp(`^Another ${word} in TutorCruncher already has this email address, so nothing was changed\\.`),
    );
    expect(await find(`find_${word}`, { email: 'other@example.com' })).toMatchObject([{ id }]);
  });
});
