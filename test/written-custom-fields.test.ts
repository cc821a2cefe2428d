import { describe, expect, it } from '@jest/globals';

import { client } from '../objects/client.ts';
import type { JsonObject } from '../wire/json.ts';
import { app } from './helpers.ts';
import { act, detail, failureOf, fieldsOf, page } from './steps.ts';
import { expectPost, tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

describe('custom fields', () => {
  const children = {
    'teaching-experience': { type: 'string', label: 'Teaching Experience' },
    'how-did-you-hear': {
      type: 'choice',
      label: 'How did you hear about us?',
      choices: [
        { value: 'a-friend', display_name: 'A friend' },
        { value: 'doesnt-say', display_name: "Doesn't say" },
        { value: '', display_name: '' },
      ],
    },
    started: { type: 'date', label: 'Started' },
    met_at: { type: 'datetime', label: 'Met' },
    contract_signed: { type: 'boolean' },
    Started: { type: 'integer', label: 'Started Again' },
    broken: null,
  };
  const expectOptions = (status = 200, body: JsonObject = { actions: { POST: { extra_attrs: { children } } } }) =>
    tutorCruncherApi().options('/api/clients/').reply(status, body);

  it('are inputs with their own labels, types and options', async () => {
    expectOptions();
    const fields = (await fieldsOf('create_client')).filter(({ group }) => group === 'custom_fields');
    expect(fields.map(({ key, label, type }) => [key, label, type])).toEqual([
      ['custom_teaching_experience', 'Teaching Experience', 'string'],
      ['custom_how_did_you_hear', 'How did you hear about us?', 'string'],
      ['custom_started', 'Started', 'string'],
      ['custom_met_at', 'Met', 'string'],
      ['custom_contract_signed', 'Custom Contract Signed', 'boolean'],
      ['custom_started_2', 'Started Again', 'string'],
    ]);
    expect(fields[1]?.choices).toEqual({ 'a-friend': 'A friend', 'doesnt-say': "Doesn't say" });
    expect(app.creates.create_client?.operation.inputFieldGroups).toContainEqual({
      key: 'custom_fields',
      label: 'Custom Fields',
    });
  });

  it('are written by their machine names, with the slugs of options', async () => {
    const extra_attrs = {
      'teaching-experience': 'Ten {{years}}',
      'how-did-you-hear': 'doesnt-say',
      started: '2026-06-10',
      met_at: '2026-06-10T17:00:00+01:00',
      contract_signed: false,
    };
    expectOptions();
    expectPost('clients/301/', { extra_attrs }, detail(client, { extra_attrs }));
    const record = await act('update_client', {
      client: '301',
      custom_teaching_experience: 'Ten {{years}}',
      custom_how_did_you_hear: "Doesn't say",
      custom_started: '2026-06-10T00:00:00+01:00',
      custom_met_at: '2026-06-10T17:00:00+01:00',
      custom_contract_signed: false,
      custom_started_2: '',
    });
    expect(record).toMatchObject({ custom_started: '2026-06-10', custom_contract_signed: false });
  });

  it('come from the newest record if the list is not described', async () => {
    const extra_attrs = [
      { machine_name: 'notes', name: 'Notes', type: 'Long Textbox', value: '' },
      { machine_name: 'fit', name: 'Fit', type: 'Dropdown', value: 'Suits student' },
      { machine_name: 'dob', name: 'Date of Birth', type: 'Date', value: '2015-01-01' },
      { machine_name: 'ok', name: 'OK', type: 'Checkbox', value: 'True' },
      { name: 'No machine name' },
    ];
    for (const [status, body] of [
      [405, {}],
      [200, { actions: { POST: { extra_attrs: { type: 'field' } } } }],
    ] as const) {
      expectOptions(status, body);
      tutorCruncherApi()
        .get('/api/clients/')
        .reply(200, page([{ id: 9 }]));
      tutorCruncherApi().get('/api/clients/9/').reply(200, detail(client, { extra_attrs }));
      expectPost(
        'clients/301/',
        { extra_attrs: { notes: 'x', fit: 'doesnt-suit-student', dob: '2016-02-03', ok: true } },
        detail(client),
      );
      const answers = {
        custom_notes: 'x',
        custom_fit: "Doesn't suit – student!",
        custom_dob: '2016-02-03',
        custom_ok: 'True',
      };
      await act('update_client', { client: '301', ...answers });
    }
  });

  it('are named by their labels if TutorCruncher rejects them', async () => {
    expectOptions();
    tutorCruncherApi()
      .post('/api/clients/301/')
      .reply(400, { extra_attrs: { started: ['Secret'] } });
    expect(await failureOf(act('update_client', { client: '301', custom_started: '2026-01-01' }))).toMatch(
      /these fields: Started\. Correct them/,
    );
    expectOptions();
    tutorCruncherApi()
      .post('/api/clients/301/')
      .reply(400, { extra_attrs: ['Secret'] });
    expect(await failureOf(act('update_client', { client: '301', custom_started: '2026-01-01' }))).toMatch(
      /these fields: Custom Fields\. Correct them/,
    );
  });

  it('do not prevent the editor from showing the other fields', async () => {
    expectOptions(500);
    tutorCruncherApi().get('/api/clients/').reply(500);
    const fields = await fieldsOf('create_client');
    expect(fields.some(({ group }) => group === 'custom_fields')).toBe(false);
    expect(fields.length).toBeGreaterThan(10);
  });
});
