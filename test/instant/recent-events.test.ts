import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import { objects } from '../../objects/index.ts';
import { appTester } from '../support/app-tester.ts';
import { withoutCurrency } from '../support/record-forms.ts';
import { page } from '../support/steps.ts';
import { detailOf, performList, sampleOf } from '../support/test-data.ts';
import { expectDetail, expectList, tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

/** The input that sets the time zone of the samples. */
const LONDON = { time_zone: 'Europe/London' };

const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };

describe('performList', () => {
  it('returns the three newest records with four requests', async () => {
    const rows = [9, 8, 7, 6].map((id) => ({ id }));
    expectList('clients', {}, rows);
    for (const id of [9, 8, 7]) {
      expectDetail('clients', id, { id, last_name: `Client ${id}`, last_updated: '2026-06-01T00:00:00Z' });
    }
    const records = await performList('client_created');
    expect(records.map(({ client_id }) => client_id)).toEqual([9, 8, 7]);
    expect(records.map(({ event_timestamp }) => event_timestamp)).toEqual(Array(3).fill('2026-06-01T00:00:00Z'));
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
  });

  it('reads the older shape, and uses the time of creation if there is no time of change', async () => {
    expectList('recipients', {}, [{ id: 1 }]);
    expectDetail('recipients', 1, { id: 1, user: { last_name: 'Raman', date_created: '2026-01-02T00:00:00Z' } });
    expect(await performList('student_updated')).toMatchObject([
      { student_name: 'Raman', event_timestamp: '2026-01-02T00:00:00Z' },
    ]);
  });

  it.each(['package_purchased', 'client_deleted', 'any_event'])(
    'of %s returns the sample without a request',
    async (key) => {
      expect(await performList(key)).toEqual([sampleOf(key)]);
    },
  );

  it('returns the sample for an account without records', async () => {
    expectList('tasks', {}, []);
    expect(await performList('task_created', LONDON)).toEqual([withoutCurrency(sampleOf('task_created'))]);
  });

  it.each([
    ['without records of that status', []],
    ['whose records do not show their status', [{ id: 1 }]],
  ])('returns the sample with the chosen status for an account %s', async (_which, rows) => {
    expectList('clients', { status: 'dormant' }, rows);
    for (const { id } of rows) expectDetail('clients', id, { id });
    const sample = withoutCurrency(sampleOf('client_status_changed'));
    expect(await performList('client_status_changed', { ...LONDON, statuses: ['dormant'] })).toEqual([
      { ...sample, client_status_text: 'Dormant', client_status: 'dormant' },
    ]);
  });

  it('reads up to five more records if none of the newest records is in the required state', async () => {
    const rows = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((id) => ({ id }));
    expectList('services', {}, rows);
    for (const id of [9, 8, 7, 6, 5, 4, 3, 2]) {
      const labels = id === 5 ? [{ id: 26, name: 'In person' }] : [];
      expectDetail('services', id, { id, labels });
    }
    expect(await performList('job_label_added')).toMatchObject([{ job_id: 5, job_label_names: 'In person' }]);
  });

  it.each<[key: string, subject: JsonObject, timestamp: string | null]>([
    ['client_created', { last_updated: '2026-06-02T00:00:00Z', date_created: '2026-06-01T00:00:00Z' }, '2026-06-01'],
    ['lesson_completed', { start: '2026-06-01T16:00:00Z', finish: '2026-06-02T17:00:00Z' }, '2026-06-02'],
    ['invoice_paid', { date_sent: '2026-06-01T00:00:00Z', date_paid: '2026-06-02T00:00:00Z' }, '2026-06-02'],
    ['invoice_paid', { date_sent: '2026-06-01T00:00:00Z', date_paid: null }, '2026-06-01'],
    ['task_created', { due_dt: '2026-06-01T00:00:00Z' }, '2026-06-01'],
    ['task_created', { due_dt: '' }, null],
  ])('of %s takes the time of the event from the record: %j', async (key, subject, timestamp) => {
    const path = objects.find(({ word }) => word === triggerOf(key).filter.object)?.api?.path ?? '';
    tutorCruncherApi()
      .get(`/api/${path}/`)
      .query(true)
      .reply(200, page([{ id: 1 }]));
    expectDetail(path, 1, subject);
    const [record] = await performList(key);
    expect(record?.event_timestamp ?? null).toEqual(timestamp === null ? null : expect.stringContaining(timestamp));
  });

  it('takes the branch from the record, or else from the connection, whose branch is requested once', async () => {
    const listNotes = (clearCache: boolean) => {
      expectList('notes', {}, [{ id: 1 }]);
      expectDetail('notes', 1, { id: 1 });
      return appTester(triggerOf('note_added').definition.operation.performList, bundle, clearCache);
    };
    tutorCruncherApi().get('/api/branch/').reply(200, { id: 4021, name: 'Bristol' });
    expect(await listNotes(true)).toMatchObject([{ branch_id: 4021 }]);
    expect(await listNotes(false)).toMatchObject([{ branch_id: 4021 }]);

    expectList('services', {}, [{ id: 1 }]);
    expectDetail('services', 1, { id: 1, branch: 4022 });
    expect(await appTester(triggerOf('job_created').definition.operation.performList, bundle, false)).toMatchObject([
      { branch_id: 4022 },
    ]);
  });

  it('leaves the branch null if its request fails', async () => {
    tutorCruncherApi().get('/api/branch/').reply(500, {});
    expectList('notes', {}, [{ id: 1 }]);
    expectDetail('notes', 1, { id: 1 });
    expect(await performList('note_added')).toMatchObject([{ note_id: 1, branch_id: null }]);
  });

  it('returns null for fields that webhooks do not contain', async () => {
    const detail = detailOf('tutor_created', {
      receive_service_notifications: true,
      last_updated: '2026-06-02T00:00:00Z',
      work_done_details: { amount_owed: 45 },
    });
    expectList('contractors', {}, [{ id: 1 }]);
    expectDetail('contractors', 1, detail);
    const [record] = await performList('tutor_updated');
    for (const shown of [record, sampleOf('tutor_updated')]) {
      expect(shown).toMatchObject({
        tutor_receive_job_notifications: null,
        tutor_last_updated: null,
        tutor_work_done_details_amount_owed: null,
      });
    }
    expect(record?.event_timestamp).toBe('2026-06-02T00:00:00Z');
  });
});

describe('performList of New Event', () => {
  const ACTION_TYPES = [
    { key: 'CLIENT_PAID_INVOICE', value: 'x', msg: 'Paid their Invoice', subject_types: ['Credit Request', 'Invoice'] },
    { key: 'CLIENT_PURCHASED_PACKAGE', msg: 'Client purchased a Package', subject_types: ['Package'] },
    { key: 'LOGIN', msg: 'Logged in', subject_types: [] },
  ];
  const sample = sampleOf('any_event');

  it('returns events of the first chosen action', async () => {
    tutorCruncherApi().get('/api/action-types/').reply(200, ACTION_TYPES);
    expectList('proforma-invoices', {}, [{ url: '/1/' }, { url: '/2/' }]);
    for (const id of [1, 2]) expectDetail('proforma-invoices', id, { id, display_id: `PFI-${id}` });
    expect(await performList('any_event', { actions: ['CLIENT_PAID_INVOICE', 'LOGIN'] })).toMatchObject([
      {
        event_action: 'CLIENT_PAID_INVOICE',
        event_description: 'Paid their Invoice',
        subject_name: 'PFI-1',
        credit_request_id: 1,
      },
      { subject_model: 'Credit Request', subject_id: 2 },
    ]);
  });

  it.each(['CLIENT_PURCHASED_PACKAGE', 'LOGIN', 'UNHEARD_OF'])('returns the sample for %s', async (action) => {
    tutorCruncherApi().get('/api/action-types/').reply(200, ACTION_TYPES);
    expect(await performList('any_event', { actions: [action] })).toEqual([sample]);
  });

  it('returns only records in the state that the chosen action leaves', async () => {
    const types = [{ key: 'VOIDED_INVOICE', msg: 'Voided an Invoice', subject_types: ['Invoice'] }];
    tutorCruncherApi().get('/api/action-types/').reply(200, types);
    expectList('invoices', {}, [
      { id: 1, status: 'unpaid' },
      { id: 2, status: 'void' },
    ]);
    expectDetail('invoices', 2, { id: 2, status: 'void' });
    expect(await performList('any_event', { actions: ['VOIDED_INVOICE'] })).toMatchObject([{ invoice_id: 2 }]);
  });

  it('returns the sample for a deletion, without a request', async () => {
    expect(await performList('any_event', { actions: ['DELETED_A_CLIENT'] })).toEqual([sample]);
  });
});
