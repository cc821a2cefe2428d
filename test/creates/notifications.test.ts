/**
 * The notifications of a client in Create Client and Update Client, against the stand-in for TutorCruncher's API, over
 * HTTP.
 */

import { describe, expect, it } from '@jest/globals';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const CURRENT = ['invoices', 'lesson_scheduled', 'something_new'];
const setCurrent = (received_notifications: unknown): void => {
  tutorCruncher.now.account.change('clients', 302, { received_notifications });
};
const update = (inputData: JsonObject) => act('update_client', { client: '302', ...inputData });
const bodies = () => tutorCruncher.writes().map(({ body }) => body);

describe('Add Notifications and Remove Notifications', () => {
  it.each<[inputData: JsonObject, received_notifications: string[]]>([
    [{ add_notifications: 'broadcasts' }, [...CURRENT, 'broadcasts']],
    [{ add_notifications: ['Credit Requests', 'invoices'] }, [...CURRENT, 'credit-requests']],
    [{ add_notifications: 'credit_requests' }, [...CURRENT, 'credit-requests']],
    [{ remove_notifications: 'Invoices' }, ['lesson_scheduled', 'something_new']],
    [{ remove_notifications: ['lesson_scheduled', 'broadcasts'] }, ['invoices', 'something_new']],
    [
      { add_notifications: 'apt_reminders', remove_notifications: 'invoices' },
      ['lesson_scheduled', 'something_new', 'apt_reminders'],
    ],
  ])('with %j keep the rest of the list', async (inputData, received_notifications) => {
    setCurrent(CURRENT);
    // The stand-in would refuse a notification that it does not know.
    tutorCruncher.now.behaviour.intercept = ({ method, body }) =>
      method === 'POST' ? [200, { id: 302, last_name: 'Adeyemi', ...body }] : null;
    await update(inputData);
    expect(bodies()).toEqual([{ received_notifications }]);
  });

  it('are written together with the other fields', async () => {
    setCurrent(['invoices']);
    await update({ town: 'Wells', add_notifications: 'broadcasts' });
    await update({ town: 'Bath', add_notifications: 'broadcasts' });
    expect(bodies()).toEqual([{ town: 'Wells', received_notifications: ['invoices', 'broadcasts'] }, { town: 'Bath' }]);
  });

  it('write nothing if the list stays the same, so that a Zap does not start itself again', async () => {
    setCurrent(['invoices', 'credit-requests']);
    const record = await update({ add_notifications: 'credit_requests', remove_notifications: 'broadcasts' });
    expect(record).toMatchObject({ id: 302, client_last_name: 'Adeyemi' });
    expect(bodies()).toEqual([]);
  });

  it('accept an empty list as the current list', async () => {
    setCurrent([]);
    await update({ add_notifications: 'invoices' });
    expect(bodies()).toEqual([{ received_notifications: ['invoices'] }]);
  });

  it.each([[null], [undefined], ['invoices, broadcasts'], [[{ id: 1 }]], [{}]])(
    'do not replace a current list that is shown as %j',
    async (received_notifications) => {
      setCurrent(received_notifications);
      expect(await failureOf(update({ add_notifications: 'broadcasts', town: 'Wells' }))).toMatch(
        /^TutorCruncher does not show which notifications the client receives,.* Nothing was changed\. /,
      );
      expect(bodies()).toEqual([]);
    },
  );

  it.each<[ApiResponse, RegExp]>([
    [[500, {}], /is having a problem/],
    [[404, {}], /does not exist/],
  ])('write nothing if the client cannot be read: %j', async (response, message) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? response : null);
    expect(await failureOf(update({ remove_notifications: 'broadcasts' }))).toMatch(message);
    expect(bodies()).toEqual([]);
  });

  it.each<[JsonObject, RegExp]>([
    [{ notifications: 'invoices', add_notifications: 'broadcasts' }, /^This step has "Notifications", which replaces/],
    [
      { notifications: 'invoices', remove_notifications: 'broadcasts' },
      /^This step has "Notifications", which replaces/,
    ],
    [{ add_notifications: 'invoices', remove_notifications: 'invoices' }, /contain the same notification/],
    [
      { add_notifications: 'lesson' },
      /"Add Notifications" of this step must contain one of these: Broadcasts; Lesson Sch/,
    ],
  ])('are refused with %j', async (inputData, message) => {
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(bodies()).toEqual([]);
  });

  it('are not fields of Create Client, because a new client has no list yet', async () => {
    const keys = (await fieldsOf('create_client')).map(({ key }) => key);
    expect(keys).toContain('notifications');
    expect(keys).not.toContain('add_notifications');
  });
});

describe('Notifications', () => {
  it('replaces the whole list, and sends the spelling that TutorCruncher accepts', async () => {
    setCurrent(CURRENT);
    const record = await update({ notifications: ['credit_requests', 'Lesson Scheduled', 'credit-requests'] });
    expect(bodies()).toEqual([{ received_notifications: ['credit-requests', 'lesson_scheduled'] }]);
    expect(record).toMatchObject({ client_received_notifications: 'credit-requests, lesson_scheduled' });
  });

  it('warns that it replaces the list', async () => {
    const field = (await fieldsOf('update_client')).find(({ key }) => key === 'notifications');
    expect(field?.helpText).toMatch(/replaces the whole list.* use Add Notifications/);
  });

  it('says which notifications a new client receives if the field is empty', async () => {
    const field = (await fieldsOf('create_client')).find(({ key }) => key === 'notifications');
    expect(field?.helpText).toMatch(/Leave empty for those that TutorCruncher gives every new client/);
  });
});

describe('the choices of notifications', () => {
  const NOTIFICATION_KEYS = ['notifications', 'add_notifications', 'remove_notifications'];
  const DESCRIBED = { credit_requests: 'Credit requests', term_dates: 'Term dates' };
  const choicesShown = async () => {
    const fields = await fieldsOf('update_client');
    return NOTIFICATION_KEYS.map((key) => fields.find((field) => field.key === key)?.choices);
  };

  it('are the notifications that production integrations have seen, unless the account describes them', async () => {
    const [choices = {}] = await choicesShown();
    expect(choices).toMatchObject({ 'credit-requests': 'Credit Requests', lesson_scheduled: 'Lesson Scheduled' });
    expect(Object.keys(choices)).toHaveLength(8);
  });

  it('come from the account, in the editor and in a run', async () => {
    tutorCruncher.now.behaviour.describedNotifications = DESCRIBED;
    expect(await choicesShown()).toEqual(NOTIFICATION_KEYS.map(() => DESCRIBED));
    setCurrent(['credit-requests', 'invoices']);
    await update({ add_notifications: 'Term dates', remove_notifications: 'credit-requests' });
    expect(bodies()).toEqual([{ received_notifications: ['invoices', 'term_dates'] }]);
    expect(await failureOf(update({ add_notifications: 'invoices' }))).toMatch(
      /one of these: Credit requests; Term dates/,
    );
  });

  it('can come from the description of the entries of a list', async () => {
    const choices = [{ value: 'term_dates', display_name: 'Term dates' }];
    const field = { type: 'list', child: { type: 'choice', choices } };
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'OPTIONS' ? [200, { actions: { POST: { received_notifications: field } } }] : null;
    expect((await choicesShown())[0]).toEqual({ term_dates: 'Term dates' });
  });
});
