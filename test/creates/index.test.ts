import { describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { job } from '../../objects/job.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { act, detail, failureOf, fieldsOf, page } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

it('actions that could create duplicates at the same time have a lock per connection', () => {
  const locked = actions.filter(({ definition }) => definition.operation.lock?.scope.includes('auth'));
  const names = [
    'client',
    'enquiry',
    'tutor',
    'student',
    'affiliate',
    'job',
    'lesson',
    'credit_request',
    'ad_hoc_charge',
  ];
  const keys = [...names.map((name) => `create_${name}`), 'add_tutor_skill'];
  expect(locked.map(({ definition: { key } }) => key).sort()).toEqual(keys.sort());
  for (const { definition } of locked) {
    expect(definition.operation.lock).toEqual({ key: definition.key, scope: ['auth'], timeout: 30 });
  }
});

it('actions that write back what they read have a lock for each record of an account, without the private key', () => {
  const locked = actions.filter(({ definition }) => definition.operation.lock?.scope.includes('account'));
  expect(locked.map(({ definition }) => definition.operation.lock)).toEqual(
    ['client', 'job', 'lesson', 'ad_hoc_charge'].map((word) => ({
      key: `update_${word} {{bundle.inputData.${word}}}`,
      scope: ['account'],
      timeout: 30,
    })),
  );
  for (const { inputs, definition } of locked) {
    const [, key] = /\{\{bundle\.inputData\.(\w+)\}\}/.exec(String(definition.operation.lock?.key)) ?? [];
    expect(inputs.find(({ field }) => field.key === key)?.field.required).toBe(true);
  }
});

describe('create_client', () => {
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

  it('does not know the outcome if the response has no id', async () => {
    tutorCruncherApi().post('/api/clients/').reply(200, { last_name: 'Raman' });
    expect(await failureOf(act('create_client', { last_name: 'Raman' }))).toMatch(/may still have been created/);
  });
});

describe('add_label and remove_label', () => {
  it('show the dropdown of the chosen type', async () => {
    expect((await fieldsOf('add_label')).map(({ key }) => key)).toEqual(['type', 'label']);
    const fields = await fieldsOf('add_label', { type: 'job' });
    expect(fields.map(({ key }) => key)).toEqual(['type', 'label', 'job']);
    expect(fields[2]).toMatchObject({ dynamic: 'job_list.id.name', search: 'find_job.id', required: true });
  });

  it('show the other fields even if the type is unknown, as a mapped value may be', async () => {
    expect((await fieldsOf('add_label', { type: 'lesson' })).map(({ key }) => key)).toEqual(['type', 'label']);
  });

  it('describe the fields of the chosen type', async () => {
    const method = app.creates.remove_label?.operation.outputFields;
    const outputs = async (inputData: JsonObject) =>
      (await appTester(method, { authData: { private_key: PRIVATE_KEY }, inputData }, true)) as { key: string }[];
    const shared = ['id', 'subject_model', 'subject_id', 'subject_name', 'subject_url', 'branch_name', 'branch_id'];
    expect((await outputs({})).map(({ key }) => key)).toEqual(shared);
    tutorCruncherApi().get('/api/services/').reply(200, page([]));
    const keys = (await outputs({ type: 'job' })).map(({ key }) => key);
    expect(keys).toEqual([...new Set([...shared, ...job.ownOutputFields.map(({ key }) => key)])]);
  });
});
