import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import app from '../../index.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { action } from '../../src/action/action.ts';
import { choiceInput } from '../../src/inputs/choice.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { cachedEntries } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, detail, failureOf, fieldsOf } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

describe('create_client', () => {
  withoutNetwork();

  const created = detail(client, { id: 350, url: 'https://app.tutorcruncher.com/api/clients/350/' });

  it.each([
    [
      { last_name: 'X', manager: 'Dana Mercer' },
      /^The field "Manager" of this step does not contain an ID\. Map an ID into it: a/,
    ],
    [{ last_name: 'X', photo: 'me.jpg' }, /^The field "Photo URL" of this step must contain a web address/],
    [
      { last_name: 'X', timezone: 'GMT+25' },
      /^The field "Time Zone" of this step does not contain the name of a time zone/,
    ],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(act('create_client', inputData))).toMatch(message);
  });

  it('unwraps a response of the older API and reads the client, even if the read fails', async () => {
    const role = { id: 350, user: { first_name: 'Priya', last_name: 'Raman' }, status: 'live' };
    const wrapped = { status: 'ok', role };
    tutorCruncherApi().post('/api/clients/').reply(201, wrapped);
    tutorCruncherApi().get('/api/clients/350/').reply(200, created);
    expect(await act('create_client', { last_name: 'Raman' })).toMatchObject({ id: 350, client_town: 'Bristol' });

    tutorCruncherApi().post('/api/clients/').reply(201, wrapped);
    tutorCruncherApi().get('/api/clients/350/').reply(200, '<html>');
    expect(await act('create_client', { last_name: 'Raman' })).toMatchObject({
      id: 350,
      client_name: 'Priya Raman',
      client_status: 'live',
      client_url: 'https://app.tutorcruncher.com/api/clients/350/',
    });
  });

  it('reports an unknown outcome if the response has no id', async () => {
    tutorCruncherApi().post('/api/clients/').reply(200, { last_name: 'Raman' });
    expect(await failureOf(act('create_client', { last_name: 'Raman' }))).toMatch(/may still have been created/);
  });
});

describe('empty is not unset', () => {
  it.each(Object.keys(ACTION_RUNS))('%s asks core not to remove empty values', (key) => {
    expect(app.creates[key]?.operation.cleanInputData).toBe(false);
  });
});

describe('an action about an object', () => {
  const tutorCruncher = useTutorCruncher();
  const lesson = { ...ACTION_RUNS.create_lesson, skip_if_exists: true };
  const markers = () => cachedEntries().filter(([name]) => name.startsWith('outcome_'));
  const giveUp = (key: string, inputData: JsonObject, meta: JsonObject = {}) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [504, ''] : null);
    return failureOf(act(key, inputData, meta));
  };
  const fieldOf = async (key: string, name: string, inputData: JsonObject = {}) =>
    (await fieldsOf(key, inputData)).find((field) => field.key === name);

  it('shows in its record whether the run has created the record', async () => {
    expect(await act('create_lesson', lesson)).toMatchObject({ lesson_is_new: true });
    expect(await act('create_lesson', lesson)).toMatchObject({ lesson_is_new: false });
  });

  it.each([
    [true, true],
    [false, false],
    [null, false],
    [undefined, null],
  ])('shows the value of the response if the response decides: %j', async (created, isNew) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'POST' ? [200, { id: 40, amount: '90.00', created }] : null;
    const inputData = { client: '302', amount: '90', description: 'x' };
    const record = await act('create_credit_request', inputData);
    expect(record).toMatchObject({ id: 40, credit_request_is_new: isNew });
  });

  it('returns the object that the write has changed, although the response is about another object', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'GET' && tutorCruncher.writes().length > 0 ? [500, {}] : null;
    const record = await act('add_tutor_skill', ACTION_RUNS.add_tutor_skill ?? {});
    expect(record).toMatchObject({ id: 402, tutor_name: 'Hannah Whitlock' });
  });

  it('leaves a marker for the values of its search, regardless of the other inputs', async () => {
    await giveUp('create_lesson', lesson);
    const [[ofLesson] = []] = markers();
    await giveUp('create_lesson', { ...lesson, topic: 'Another', charge_rate: 1 });
    expect(markers().map(([name]) => name)).toEqual([ofLesson]);

    const inPair = { withSearch: 'find_client' };
    await giveUp('create_client', { email: 'novak@example.com', last_name: 'Novak' }, inPair);
    const [[ofClient] = []] = markers();
    await giveUp('create_client', { email: ' Novak@Example.com', last_name: 'Other' }, inPair);
    expect(markers().map(([name]) => name)).toEqual([ofClient]);
  });

  it('leaves no marker if a replay does no harm', async () => {
    await giveUp('update_client', ACTION_RUNS.update_client ?? {});
    expect(markers()).toEqual([]);
  });

  it('has a lock if it forms a pair with a search', () => {
    expect(app.creates.create_client?.operation.lock).toMatchObject({ key: 'create_client' });
    expect(app.creates.update_tutor?.operation).not.toHaveProperty('lock');
  });

  it('has the groups of its inputs, and a group for custom fields', () => {
    expect(app.creates.create_tutor?.operation.inputFieldGroups).toEqual([
      { key: 'person', label: 'Person' },
      { key: 'address', label: 'Address' },
      { key: 'custom_fields', label: 'Custom Fields' },
    ]);
    expect(app.creates.create_credit_request?.operation).not.toHaveProperty('inputFieldGroups');
  });

  it.each<[which: string, read: () => Promise<Readonly<Record<string, string>>>, shown: string]>([
    ['the choices of the account', () => Promise.resolve({ b: 'B' }), 'B'],
    ['the usual choices if the account cannot be read', () => Promise.reject(new Error('x')), 'Usual'],
  ])('shows %s', async (_which, read, shown) => {
    const usual = choiceInput('a', { b: 'Usual' }, { required: true });
    const { definition } = action({
      key: 'test',
      label: 'Test',
      noun: 'Test',
      description: 'A test.',
      inputs: [{ ...usual, fieldOfAccount: async () => ({ ...usual.field, choices: await read() }) }],
      perform: () => Promise.resolve({}),
      sample: () => ({}),
      outputFields: [],
    });
    const [fieldsOfInput] = definition.operation.inputFields;
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
    const fields = typeof fieldsOfInput === 'function' ? await fieldsOfInput(directZ, bundle) : [];
    expect(fields).toMatchObject([{ key: 'a', choices: { b: shown } }]);
  });

  it('shows the custom fields of the record that is chosen in the editor', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method, path }) => {
      if (method === 'OPTIONS') return [405, {}];
      const attributes =
        path === '/api/clients/301/' ? [{ machine_name: 'a', name: 'A', type: 'Date', value: '' }] : [];
      return [200, path === '/api/clients/' ? { results: [] } : { id: 301, extra_attrs: attributes }];
    };
    expect(await fieldOf('update_client', 'custom_a')).toBeUndefined();
    expect(await fieldOf('update_client', 'custom_a', { client: '301' })).toMatchObject({ label: 'A' });
  });
});
