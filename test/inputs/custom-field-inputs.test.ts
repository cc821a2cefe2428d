/** Custom fields as inputs, against the stand-in for TutorCruncher's API. Accounts have different custom fields. */

import { describe, expect, it, jest } from '@jest/globals';

import app from '../../index.ts';
import type { ApiRequest, ApiResponse } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { shownMessageOf } from '../../local/app-runner.ts';
import { act, failureOf, fieldsOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const answerOptions = (response: ApiResponse | Promise<ApiResponse>): void => {
  tutorCruncher.now.behaviour.intercept = ({ method }: ApiRequest) => (method === 'OPTIONS' ? response : null);
};
const FILLED = { client: '301', custom_teaching_experience: 'Ten years' };

describe('custom fields of a list that is not described', () => {
  it.each<[number, JsonObject]>([
    ...[401, 403, 404, 405, 500].map((status): [number, JsonObject] => [status, { detail: 'Not for you.' }]),
    [200, { actions: { POST: { extra_attrs: { type: 'field' } } } }],
  ])('come from records after the response %d %j', async (status, body) => {
    answerOptions([status, body]);
    expect((await fieldsOf('update_client')).map(({ key }) => key)).toContain('custom_teaching_experience');
    await act('update_client', FILLED);
    expect(tutorCruncher.writes().map(({ body: sent }) => sent)).toEqual([
      { extra_attrs: { 'teaching-experience': 'Ten years' } },
    ]);
  });

  it('do not prevent the editor from showing the other fields if nothing can be read', async () => {
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    const fields = await fieldsOf('create_client');
    expect(fields.map(({ group }) => group)).toEqual(expect.not.arrayContaining(['custom_fields']));
    expect(fields.length).toBeGreaterThan(10);
  });

  it('come from records if the description does not arrive', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    jest.spyOn(AbortSignal, 'timeout').mockImplementationOnce(() => timeout(100));
    let release: (response: ApiResponse) => void = () => undefined;
    answerOptions(new Promise((resolve) => (release = resolve)));
    await act('update_client', FILLED);
    release([200, {}]);
    expect(tutorCruncher.writes()).toHaveLength(1);
    jest.restoreAllMocks();
  });

  /**
   * Removes TutorCruncher's description of the list of clients, and gives each client only the custom fields with these
   * machine names.
   */
  const recordsHave = (names: Readonly<Record<number, readonly string[]>>, type = 'Date'): void => {
    tutorCruncher.now.behaviour.intercept = ({ method, path }) => {
      if (method === 'OPTIONS') return [405, {}];
      const listed = Object.keys(names).reverse();
      if (path === '/api/clients/') return [200, { results: listed.map((id) => ({ id })) }];
      const [, id] = method === 'GET' ? (/^\/api\/clients\/(\d+)\/$/.exec(path) ?? []) : [];
      if (id === undefined) return null;
      const attributes = (names[Number(id)] ?? []).map((name) => ({ machine_name: name, name, type, value: '' }));
      return [200, { id: Number(id), last_name: 'Raman', extra_attrs: attributes }];
    };
  };
  const reads = () =>
    tutorCruncher.now.requests
      .filter(({ method, path }) => method === 'GET' && path.includes('clients'))
      .map(({ path }) => path);
  const customKeys = async (inputData: JsonObject = {}): Promise<string[]> =>
    (await fieldsOf('update_client', inputData)).map(({ key }) => key).filter((key) => key.startsWith('custom_'));

  it('come from the five newest records', async () => {
    recordsHave({ 301: ['f'], 302: ['e'], 303: [], 304: ['c'], 305: ['c', '', 'b-b'], 306: [] });
    expect(await customKeys()).toEqual(['custom_c', 'custom_b_b', 'custom_e']);
    expect(reads()).toHaveLength(6);
    await act('create_client', { last_name: 'Raman', custom_b_b: '2015-03-04T09:00:00Z' }).catch(() => null);
    expect(tutorCruncher.writes()[0]?.body).toMatchObject({ extra_attrs: { 'b-b': '2015-03-04' } });
  });

  it('come from the record that an update changes, if the newest records lack them', async () => {
    recordsHave({ 301: ['date-of-birth'], 311: ['a'], 312: [], 313: [], 314: [], 315: [] });
    expect(await customKeys({ client: '301' })).toEqual(['custom_a', 'custom_date_of_birth']);
    expect(await customKeys({ client: '301,302' })).toEqual(['custom_a']);
    const moment = '2015-03-04T09:00:00Z';
    await act('update_client', { client: '301', custom_date_of_birth: moment });
    // The newest records contain one of the custom fields, but the stand-in refuses this field.
    await act('update_client', { client: '301', custom_a: moment, custom_date_of_birth: moment }).catch(() => null);
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([
      { extra_attrs: { 'date-of-birth': '2015-03-04' } },
      { extra_attrs: { a: '2015-03-04', 'date-of-birth': '2015-03-04' } },
    ]);
  });

  it('do not require a read of the record that an update changes, if the newest records have them', async () => {
    recordsHave({ 301: [], 311: ['how_did_you_hear'] });
    await act('update_client', { client: '301', custom_how_did_you_hear: 'Talk' }).catch(() => null);
    expect(reads().filter((path) => path === '/api/clients/301/')).toHaveLength(1);
  });

  it.each([
    ['create_client', { last_name: 'Raman' }, ''],
    ['update_client', { client: '301' }, ', or in the client that this step updates'],
  ])('are refused in %s if no record shows their names, which are not guessed', async (key, inputData, orRecord) => {
    recordsHave({ 301: ['client-dob'] });
    // A record contains a similar name, but using this name would be a guess.
    const message =
      'The clients that this step reads do not show the custom field "Custom Date of Birth", so its name in TutorCruncher is ' +
      `unknown. Fill in the field in one of the 5 newest clients in TutorCruncher${orRecord}. Replay this run after ten minutes. ` +
      'Nothing was changed.';
    expect(await failureOf(act(key, { ...inputData, custom_date_of_birth: 'x' }))).toBe(message);
    expect(tutorCruncher.writes()).toEqual([]);
    await act(key, { ...inputData, custom_client_dob: '2015-03-04' }).catch(() => null);
    expect(tutorCruncher.writes().map(({ body }) => body)).toMatchObject([
      { extra_attrs: { 'client-dob': '2015-03-04' } },
    ]);
  });

  it.each(['custom_', 'custom_Gone', 'custom_a__b', 'custom_a b', 'custom___proto__', 'custom_a-b'])(
    'are refused if no machine name has their key: %s',
    async (key) => {
      recordsHave({ 301: [] });
      expect(await failureOf(act('update_client', { client: '301', [key]: 'x' }))).toMatch(
        /^The clients that this step reads do not show the custom field "Custom[A-Za-z ]*", /,
      );
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );

  it.each([
    ['Date Time', '2027-06-10 17:00', 'string', '2027-06-10T17:00:00+01:00'],
    ['Long Text', '2027-06-10 17:00', 'text', '2027-06-10 17:00'],
    ['TEXT_EXTENDED', 'yes', 'text', 'yes'],
  ])('have the type %s of the records, so that %j in a field of the type %s becomes %j', async (...row) => {
    const [ofRecord, text, type, sent] = row;
    recordsHave({ 301: ['a'] }, ofRecord);
    expect(await fieldsOf('update_client')).toContainEqual(expect.objectContaining({ key: 'custom_a', type }));
    await act('update_client', { client: '301', custom_a: text }).catch(() => null);
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([{ extra_attrs: { a: sent } }]);
  });

  it.each([
    ['Year 6', 'year-6'],
    [' YEAR  6 ', 'year-6'],
    ['A-Level', 'a-level'],
    ['a_1', 'a_1'],
    ['A+', null],
    ['C#', null],
    ["Doesn't matter", null],
    ['Éclair', null],
    ['A - B', null],
    ['(new)', null],
    ['-', null],
  ])('accept an unknown option if its slug differs from it only in blanks and letter case: %s', async (text, slug) => {
    recordsHave({ 301: ['level'] }, 'Dropdown');
    const failure = await act('update_client', { client: '301', custom_level: text }).then(() => '', shownMessageOf);
    if (slug === null)
      expect(failure).toMatch(
        /^The field "level" of this step must contain an option of letters, digits and spaces\. /,
      );
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual(
      slug === null ? [] : [{ extra_attrs: { level: slug } }],
    );
  });

  it('are not read with a private key that is rejected', async () => {
    tutorCruncher.now.behaviour.intercept = () => [401, { detail: 'Invalid token.' }];
    expect(await failureOf(act('update_client', FILLED))).toMatch(/^TutorCruncher rejected the private key\. /);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

it('the custom fields of a list that is described have their own labels, types and options', async () => {
  const children = {
    'how-did-you-hear': {
      type: 'choice',
      label: 'How did you hear about us?',
      required: true,
      choices: [
        { value: 'a-friend', display_name: 'A friend' },
        { value: '', display_name: '' },
      ],
    },
    started: { type: 'date', label: 'Started' },
    met_at: { type: 'datetime', label: 'Met' },
    contract_signed: { type: 'boolean' },
    Started: { type: 'integer', label: 'Started Again' },
    broken: null,
  };
  answerOptions([200, { actions: { POST: { extra_attrs: { children } } } }]);
  const fields = (await fieldsOf('update_client')).filter(({ group }) => group === 'custom_fields');
  expect(fields.map(({ key, label, type }) => [key, label, type])).toEqual([
    ['custom_how_did_you_hear', 'How did you hear about us?', 'string'],
    ['custom_started', 'Started', 'string'],
    ['custom_met_at', 'Met', 'string'],
    ['custom_contract_signed', 'Custom Contract Signed', 'boolean'],
    ['custom_started_2', 'Started Again', 'string'],
  ]);
  expect(fields[0]?.choices).toEqual({ 'a-friend': 'A friend' });
  expect(fields.filter(({ required }) => required)).toEqual([]);
  expect(app.creates.update_client?.operation.inputFieldGroups).toContainEqual({
    key: 'custom_fields',
    label: 'Custom Fields',
  });
  const moment = '2026-06-10T17:00:00+01:00';
  await failureOf(act('update_client', { client: '301', custom_started: moment, custom_met_at: moment }));
  expect(tutorCruncher.writes()).toMatchObject([{ body: { extra_attrs: { started: '2026-06-10', met_at: moment } } }]);
});

it('a custom field that is missing from a described list does not exist, so no record is read for it', async () => {
  answerOptions([200, { actions: { POST: { extra_attrs: { children: {} } } } }]);
  expect(await failureOf(act('update_client', { client: '301', custom_gone: 'x' }))).toMatch(
    /^The custom field "Custom Gone" does not exist, or no longer exists, in TutorCruncher\. /,
  );
  expect(tutorCruncher.requests().map(({ method }) => method)).toEqual(['OPTIONS']);
});

describe.each<[key: string, inputData: JsonObject]>([
  ['create_job', { name: 'Latin for Ada', charge_rate: '40', pay_rate: '28.5' }],
  ['update_job', { job: '705' }],
  ['create_lesson', { job: '706', topic: 'Scales', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 45 }],
  ['update_lesson', { lesson: '9109' }],
])('the custom fields of %s', (key, inputData) => {
  it('are inputs, and are written by their machine names', async () => {
    tutorCruncher.now.behaviour.describesCustomFields = true;
    const fields = (await fieldsOf(key)).filter(({ group }) => group === 'custom_fields');
    expect(fields.map(({ label }) => label)).toContain('Preferred tutor');
    await act(key, { ...inputData, custom_preferred_tutor: "Doesn't matter" });
    expect(tutorCruncher.writes()).toMatchObject([{ body: { extra_attrs: { preferred_tutor: 'doesnt-matter' } } }]);
  });
});

it.each([
  [false, { helpText: expect.stringContaining('The step Create Enquiry lists them') }],
  [true, { choices: expect.anything() }],
])(
  'a dropdown has its options, or a help text about them; the options are described: %j',
  async (isDescribed, expected) => {
    tutorCruncher.now.behaviour.describesCustomFields = isDescribed;
    const fields = await fieldsOf('update_client', { client: '301' });
    const field = fields.find(({ label }) => label === 'Preferred tutor');
    expect(field).toMatchObject(expected);
    expect(Boolean(field?.choices)).toBe(isDescribed);
  },
);

describe('an option of a dropdown', () => {
  const choice = (...choices: [value: string | number, name: string][]): JsonObject => ({
    type: 'choice',
    choices: choices.map(([value, display_name]) => ({ value, display_name })),
  });
  const children = {
    grade: choice(['a', 'A+'], ['a-1', 'A-'], ['a-2', 'A']),
    town: choice(['town-1', '東京'], ['town-2', '大阪']),
    place: choice(['two', 'One'], ['one', 'Two']),
    level: choice([1, 'Low'], [2, 'High']),
    size: choice(['xl-1', 'xl'], ['xl-2', 'XL'], ['xl-3', 'Xl']),
    reason: choice(['doesnt-matter', "Doesn't matter"]),
  };
  const run = (key: string, text: string) => {
    tutorCruncher.now.behaviour.intercept = ({ method, path }) => {
      if (method === 'OPTIONS') return [200, { actions: { POST: { extra_attrs: { children } } } }];
      return path === '/api/clients/301/' ? [200, { id: 301 }] : null;
    };
    return act('update_client', { client: '301', [key]: text });
  };

  it.each([
    ['by its text, even if the slugs of options are equal', 'custom_grade', 'A-', 'a-1'],
    ['by its text in another letter case', 'custom_grade', ' a+ ', 'a'],
    ['by its text in another script', 'custom_town', '大阪', 'town-2'],
    ['by its value, even if it is the text of another option', 'custom_place', 'one', 'one'],
    ['by its exact text, even if another differs in letter case only', 'custom_size', 'XL', 'xl-2'],
    ['by a text with another apostrophe', 'custom_reason', 'doesn’t  matter', 'doesnt-matter'],
    ['by the slug of a text that is no option, which TutorCruncher may know', 'custom_level', 'Very High', 'very-high'],
  ])('is sent %s', async (_how, key, text, slug) => {
    await run(key, text);
    const name = key.replace('custom_', '');
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([{ extra_attrs: { [name]: slug } }]);
  });

  it('has numbers as values in some accounts', async () => {
    answerOptions([200, { actions: { POST: { extra_attrs: { children } } } }]);
    const level = (await fieldsOf('update_client')).find(({ key }) => key === 'custom_level');
    expect(level?.choices).toEqual({ 1: 'Low', 2: 'High' });
  });

  it.each([
    ['means several options', 'custom_size', 'xL', 'Custom Size'],
    ['differs from an option by a sign', 'custom_level', 'High!', 'Custom Level'],
    ['has the slug of another option', 'custom_grade', 'A 1', 'Custom Grade'],
    ['has a sign that its slug would lose', 'custom_grade', 'C#', 'Custom Grade'],
    ['has no slug, and would empty the field', 'custom_town', '京都', 'Custom Town'],
  ])('is refused before anything is sent if its text %s', async (_what, key, text, label) => {
    expect(await failureOf(run(key, text))).toContain(
      `The field "${label}" of this step must contain the text of one of its options in TutorCruncher.`,
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
