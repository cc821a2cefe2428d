/**
 * The traps of TutorCruncher's API and of Zapier for actions, and replays. Each trap has a `describe` with its name.
 */

import { describe, expect, it } from '@jest/globals';

import { actions } from '../../../creates/index.ts';
import type { ApiRequest, ApiResponse } from '../../../local/api/behaviour.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { ACTION_RUNS } from '../../support/action-runs.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { act, convertAsZapier, failureOf, fieldsOf, find } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const RUNS = Object.entries(ACTION_RUNS);

const isWrite = ({ method }: ApiRequest) => method === 'POST' || method === 'PUT';
/** Replaces the response to some requests. */
const answer = (isMeant: (request: ApiRequest) => boolean, response: ApiResponse) => {
  tutorCruncher.now.behaviour.intercept = (request) => (isMeant(request) ? response : null);
};
const lastBody = (): JsonObject => tutorCruncher.writes().at(-1)?.body ?? {};
const inputsOf = (key: string) => actions.find(({ definition }) => definition.key === key)?.inputs ?? [];
const readAfterWrite = (request: ApiRequest) => !isWrite(request) && tutorCruncher.writes().length > 0;

describe('every action', () => {
  it('is covered by the tests below', () => {
    expect(Object.keys(ACTION_RUNS).sort()).toEqual(actions.map(({ definition }) => definition.key).sort());
  });
});

describe('two requests in one run, and a webhook loop', () => {
  it.each(RUNS)('%s writes exactly once, which causes a webhook as if a person had made the change', async (...run) => {
    await act(...run);
    expect(tutorCruncher.writes()).toHaveLength(1);
    expect(tutorCruncher.requests().length).toBeLessThanOrEqual(3);
    const events = await tutorCruncher.triggered('any_event');
    // TutorCruncher sends no webhook when a label is removed from a person. It sends two webhooks when an enquiry is
    // created.
    expect(events.length).toBeGreaterThanOrEqual(run[0] === 'remove_label' ? 0 : 1);
    for (const event of events) expect(event.actor_name).toBe('Dana Mercer');
  });
});

describe.each(RUNS)('unknown outcome: %s', (key, inputData) => {
  it('never repeats the write, and explains what to check before a replay, which Zapier may start automatically', async () => {
    answer(isWrite, [500, {}]);
    expect(await failureOf(act(key, inputData))).toMatch(
      /^TutorCruncher is having a problem \(HTTP status 500\)\. .*(?:a replay with the same values writes nothing|Replaying this run )/,
    );
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe.each(RUNS)('429 on the read after a write: %s', (key, inputData) => {
  it.each([429, 500, 404])('returns the result of the write if the read fails with status %d', async (status) => {
    // In accounts with the older shape, every person is read after the write.
    tutorCruncher.now.behaviour.isOlderShape = true;
    answer(readAfterWrite, [status, {}, { 'Retry-After': '17' }]);
    const record = await act(key, inputData);
    expect(record.id).toBeGreaterThan(0);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('leaves a 429 to Zapier if nothing has been written', async () => {
    answer(isWrite, [429, {}, { 'Retry-After': '17' }]);
    await expect(act(key, inputData)).rejects.toMatchObject({ name: 'ThrottledError' });
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe.each(RUNS)('personal data in errors: %s', (key, inputData) => {
  it('contains no part of an error response', async () => {
    const secret = 'Leo Raman leo@example.com';
    for (const status of [400, 401, 403, 404, 409, 500]) {
      answer(isWrite, [
        status,
        { [secret]: [secret], last_name: [secret], detail: secret, non_field_errors: [secret] },
      ]);
      expect([status, await failureOf(act(key, inputData))]).toEqual([
        status,
        expect.not.stringMatching(/Raman|leo@/i),
      ]);
    }
  });
});

describe('same email address, other role', () => {
  it('becomes one person, who shares the name and the address', async () => {
    const created = await act('create_tutor', { last_name: 'Raman-Wood', email: 'priya.raman@example.com' });
    expect(created).toMatchObject({ tutor_first_name: 'Priya', tutor_town: 'Bristol' });
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_name: 'Priya Raman-Wood' }]);
  });
});

describe('money', () => {
  const amounts = actions.flatMap(({ definition: { key }, inputs }) =>
    inputs
      .filter(({ field }) => /(?:rate|percentage|^amount|charge_client|pay_tutor)$/.test(field.key))
      .map(({ field }): [string, string, string] => [key, field.key, field.label]),
  );

  it.each(amounts)('%s takes only plain decimals as %s', async (key, input, label) => {
    const values = '1,234.50|£30|$5|30 GBP|-5|-0.01|1.234|1e3|0x10|.5|5.|NaN|Infinity|12345678901'.split('|');
    const fields = await fieldsOf(key);
    for (const value of values) {
      const inputData = convertAsZapier({ ...ACTION_RUNS[key], [input]: value }, fields, 'UTC');
      const message = await failureOf(act(key, inputData));
      expect([value, message]).toEqual([
        value,
        expect.stringContaining(`The field "${label}" of this step must contain a number`),
      ]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it.each([
    [0, '0.00'],
    ['0', '0.00'],
    [12.5, '12.50'],
    ['007.5', '7.50'],
    [' 42 ', '42.00'],
    ['9999999999.99', '9999999999.99'],
  ])('sends %j as the text "%s"', async (value, sent) => {
    await act('update_tutor', { tutor: '402', default_rate: value });
    expect(lastBody()).toEqual({ default_rate: sent });
  });
});

describe('empty is not unset', () => {
  const EMPTY = ['', ' ', '\n', null, [], [''], [null]];

  it.each(RUNS)('%s sends no empty field', async (key, inputData) => {
    // Rejected writes change nothing, so the next run starts from the same state.
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' || method === 'PUT' ? [400, {}] : null);
    await failureOf(act(key, inputData));
    const expected = lastBody();
    for (const [index, empty] of EMPTY.entries()) {
      const blank = Object.fromEntries(inputsOf(key).map(({ field }) => [field.key, empty]));
      await failureOf(act(key, { ...blank, custom_gone: empty, ...inputData }));
      expect(tutorCruncher.writes()).toHaveLength(index + 2);
      expect(lastBody()).toEqual(expected);
    }
  });

  it.each(['update_client', 'update_tutor', 'update_student', 'update_affiliate', 'update_lesson'])(
    '%s refuses to change nothing',
    async (key) => {
      const word = key.slice('update_'.length);
      const message = await failureOf(act(key, { [word]: ACTION_RUNS[key]?.[word], last_name: '', topic: null }));
      expect(message).toMatch(/^This step changes nothing/);
      expect(tutorCruncher.requests()).toEqual([]);
    },
  );
});

describe('PUT needs the required fields', () => {
  it('and takes them from a fresh read, with only the filled-in fields changed', async () => {
    const before = { ...tutorCruncher.now.account.find('appointments', '9109') };
    await act('update_lesson', { lesson: '9109', topic: 'Revision' });
    expect(tutorCruncher.requests()[0]).toMatchObject({ method: 'GET', path: '/api/appointments/9109/' });
    const { start, finish } = before;
    expect(lastBody()).toEqual({ topic: 'Revision', start, finish, status: 'planned', service: 708 });
    const after = tutorCruncher.now.account.find('appointments', '9109');
    expect(after).toMatchObject({ rcras: before.rcras, cjas: before.cjas, location: before.location });
  });
});

describe('the shape that is read is not the shape that is written', () => {
  it('a custom checkbox is written as a boolean, and read as text', async () => {
    const record = await act('update_client', { client: '301', custom_contract_signed: 'no' });
    expect(lastBody()).toEqual({ extra_attrs: { contract_signed: false } });
    expect(record).toMatchObject({ custom_contract_signed: 'False' });
  });

  it('the values of a trigger or a search can be mapped to a step', async () => {
    const [record = {}] = await find('find_student', { student: '503' });
    await act('update_student', {
      student: record.student_id,
      academic_year: record.student_academic_year,
      default_rate: record.student_default_rate,
      custom_preferred_tutor: record.custom_preferred_tutor,
      custom_contract_signed: record.custom_contract_signed,
      mobile: record.student_mobile,
    });
    expect(await find('find_student', { student: '503' })).toMatchObject([
      { student_academic_year: record.student_academic_year, custom_preferred_tutor: record.custom_preferred_tutor },
    ]);
  });
});

describe('accounts with version 1 of the API', () => {
  it.each(RUNS.filter(([key]) => /_(?:client|tutor|student|affiliate|label)$/.test(key)))(
    '%s returns the complete record',
    async (key, inputData) => {
      tutorCruncher.now.behaviour.isOlderShape = true;
      const record = await act(key, inputData);
      const word = /client|tutor|student|affiliate/.exec(key)?.[0] ?? 'client';
      const [found] = await find(`find_${word}`, { [word]: record.id });
      expect(record).toMatchObject(found ?? {});
      expect(record[`${word}_name`]).toMatch(/\S \S/);
    },
  );
});

const PERSON = /^create_(?:client|tutor|student|affiliate)$/;
const isDecision = (key: string) => key.endsWith('_application');
const isCreate = (key: string) => key.startsWith('create_');
/** A replay of an API request sends the request again, so the effect depends on the request. */
const REPLAYS = RUNS.filter(([key]) => key !== 'api_request');

const descriptionOf = (key: string) =>
  actions.find(({ definition }) => definition.key === key)?.definition.display.description ?? '';
/** Returns a record without the times of its last change. */
const withoutTimes = (record: FlatRecord) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !key.includes('_last_updated')));

describe('a replay of an action that creates a person', () => {
  it.each(REPLAYS.filter(([key]) => PERSON.test(key)))('%s is refused by the email address', async (key, inputData) => {
    await act(key, inputData);
    expect(await failureOf(act(key, inputData))).toMatch(
      /already has .* with this email address, so nothing was created/,
    );
  });
});

describe('a replay of an action that creates anything else', () => {
  it.each(REPLAYS.filter(([key]) => isCreate(key) && !PERSON.test(key)))(
    '%s creates another record, as described',
    async (key, inputData) => {
      const [first, second] = [await act(key, inputData), await act(key, inputData)];
      expect(second.id).not.toBe(first.id);
      expect(descriptionOf(key)).toMatch(/Each run creates another /);
      expect(tutorCruncher.writes()).toHaveLength(2);
    },
  );
});

describe('a replay of a decision about an application', () => {
  it.each(REPLAYS.filter(([key]) => isDecision(key)))('%s is refused with the reason', async (key, inputData) => {
    await act(key, inputData);
    expect(await failureOf(act(key, inputData))).toMatch(
      /^TutorCruncher refused to change this application\. .* perhaps by a previous run of this Zap\. .* Nothing was changed\.$/,
    );
  });
});

describe('a replay of any other action', () => {
  it.each(REPLAYS.filter(([key]) => !isCreate(key) && !isDecision(key)))(
    '%s changes nothing else',
    async (key, inputData) => {
      const [first, second] = [await act(key, inputData), await act(key, inputData)];
      expect(withoutTimes(second)).toEqual(withoutTimes(first));
      expect(descriptionOf(key)).not.toMatch(/Each run/);
    },
  );
});
