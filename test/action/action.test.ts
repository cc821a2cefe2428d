import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { client } from '../../objects/client.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { act, detail, failureOf } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

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

describe('empty is not unset', () => {
  it.each(Object.keys(ACTION_RUNS))('%s asks core not to remove what is empty', (key) => {
    expect(app.creates[key]?.operation.cleanInputData).toBe(false);
  });
});
