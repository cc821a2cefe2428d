import { describe, expect, it, jest } from '@jest/globals';

import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { objects } from '../objects/index.ts';
import { webhookTriggers } from '../triggers/index.ts';
import {
  appTester,
  deliver,
  deliveryOf,
  keysOf,
  PRIVATE_KEY,
  recordsOf,
  triggerOf,
  withoutCurrency,
} from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

/** The time zone of the samples. */
const LONDON = { time_zone: 'Europe/London' };

const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
const performList = (key: string, inputData: JsonObject = {}) =>
  recordsOf(triggerOf(key).definition.operation.performList, { ...bundle, inputData });

const page = (...results: unknown[]) => ({ count: results.length, next: null, previous: null, results });

/** Returns a record in the API's format: without the model, which only webhooks contain. */
function detailOf(key: string, changes: JsonObject = {}): JsonObject {
  return { ...triggerOf(key).sampleEvent.subject, model: undefined, ...changes };
}

/** Returns a trigger's sample as a plain object, like a run of the trigger. */
const sampleOf = (key: string): FlatRecord => ({ ...triggerOf(key).definition.operation.sample });

/** Returns the object of a trigger. */
const objectOf = (key: string) => objects.find(({ word }) => word === triggerOf(key).filter.object);
const pathOf = (key: string): string => `/api/${objectOf(key)?.api?.path ?? ''}/`;
/** The triggers whose test data are details. */
const withDetails = webhookTriggers.flatMap(({ definition: { key } }) => {
  const { api } = objectOf(key) ?? {};
  return api && !api.isRowComplete && !key.endsWith('_deleted') ? [key] : [];
});

describe('performList', () => {
  it.each(withDetails)('of %s returns the newest record in the shape of a live record', async (key) => {
    const [path, object] = [pathOf(key), objectOf(key)?.word ?? ''];
    const detail = detailOf(key);
    tutorCruncherApi()
      .get(path)
      .query(true)
      .reply(200, page({ id: 77, url: `https://example.com${path}77/` }));
    tutorCruncherApi().get(`${path}77/`).reply(200, detail);

    const records = await performList(key);
    const sample = sampleOf(key);
    expect(records).toHaveLength(1);
    expect(keysOf(records[0] ?? {})).toEqual(keysOf(sample));
    expect(records[0]).toMatchObject({
      event_action: sample.event_action,
      event_description: sample.event_description,
      event_message: '',
      actor_name: null,
      [`${object}_id`]: sample[`${object}_id`],
    });
  });

  it('returns the three newest records with four requests', async () => {
    const rows = [9, 8, 7, 6].map((id) => ({ id }));
    tutorCruncherApi()
      .get('/api/clients/')
      .reply(200, page(...rows));
    for (const id of [9, 8, 7]) {
      tutorCruncherApi()
        .get(`/api/clients/${id}/`)
        .reply(200, { id, last_name: `Client ${id}`, last_updated: '2026-06-01T00:00:00Z' });
    }
    const records = await performList('client_created');
    expect(records.map(({ client_id }) => client_id)).toEqual([9, 8, 7]);
    expect(records.map(({ event_timestamp }) => event_timestamp)).toEqual(Array(3).fill('2026-06-01T00:00:00Z'));
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
  });

  it('reads the older shape, and uses the time of creation if there is no time of change', async () => {
    tutorCruncherApi()
      .get('/api/recipients/')
      .reply(200, page({ id: 1 }));
    tutorCruncherApi()
      .get('/api/recipients/1/')
      .reply(200, { id: 1, user: { last_name: 'Raman', date_created: '2026-01-02T00:00:00Z' } });
    expect(await performList('student_updated')).toMatchObject([
      { student_name: 'Raman', event_timestamp: '2026-01-02T00:00:00Z' },
    ]);
  });

  it.each(['credit_request_raised', 'report_created'])(
    'of %s takes the id from the URL of a row without an id',
    async (key) => {
      const object = triggerOf(key).filter.object ?? '';
      const path = pathOf(key);
      const url = `https://elsewhere.example.com${path}4711/`;
      tutorCruncherApi().get(path).reply(200, page({ url }));
      tutorCruncherApi()
        .get(`${path}4711/`)
        .reply(200, detailOf(key, { id: undefined, url: undefined }));
      expect(await performList(key)).toMatchObject([{ [`${object}_id`]: 4711, [`${object}_url`]: url }]);
    },
  );

  it('of applications makes one request, for the list', async () => {
    tutorCruncherApi()
      .get('/api/tenders/')
      .reply(
        200,
        page(
          detailOf('application_created', { id: 1 }),
          detailOf('application_accepted', { id: 2 }),
          detailOf('application_accepted', { id: 3 }),
        ),
      );
    const records = await performList('application_accepted');
    expect(records).toMatchObject([
      { event_action: 'TENDER_WAS_ACCEPTED', application_id: 2, tutor_name: 'Hannah Whitlock' },
      { application_id: 3 },
    ]);
  });

  it.each(['package_purchased', 'client_deleted', 'lesson_deleted', 'any_event'])(
    'of %s returns the sample without a request',
    async (key) => {
      expect(await performList(key)).toEqual([sampleOf(key)]);
    },
  );

  it('returns only records that the trigger would keep', async () => {
    tutorCruncherApi()
      .get('/api/invoices/')
      .reply(200, page({ id: 1, status: 'unpaid' }, { id: 2, status: 'paid' }, { id: 3, status: 'Paid' }, { id: 4 }));
    tutorCruncherApi().get('/api/invoices/2/').reply(200, { id: 2, status: 'paid' });
    tutorCruncherApi().get('/api/invoices/3/').reply(200, { id: 3, status: 'Paid' });
    tutorCruncherApi().get('/api/invoices/4/').reply(200, { id: 4, status: 'void' });
    expect((await performList('invoice_paid')).map(({ invoice_id }) => invoice_id)).toEqual([2, 3]);
  });

  it('requests only records with the chosen status or label, and checks the response', async () => {
    tutorCruncherApi()
      .get('/api/clients/')
      .query({ status: 'live' })
      .reply(200, page({ id: 1 }, { id: 2 }));
    tutorCruncherApi().get('/api/clients/1/').reply(200, { id: 1, status: 'live' });
    tutorCruncherApi().get('/api/clients/2/').reply(200, { id: 2, status: 'dormant' });
    expect(await performList('client_status_changed', { statuses: ['live'] })).toMatchObject([{ client_id: 1 }]);

    tutorCruncherApi()
      .get('/api/services/')
      .query({ labels: '26' })
      .reply(200, page({ id: 1 }, { id: 2 }));
    tutorCruncherApi()
      .get('/api/services/1/')
      .reply(200, { id: 1, labels: [{ id: 26 }] });
    tutorCruncherApi().get('/api/services/2/').reply(200, { id: 2, labels: [] });
    expect(await performList('job_label_added', { label: '26' })).toMatchObject([{ job_id: 1 }]);
  });

  it('requests a list for each of two chosen statuses, with at most four requests', async () => {
    tutorCruncherApi()
      .get('/api/clients/')
      .query({ status: 'live' })
      .reply(200, page({ id: 1 }, { id: 5 }));
    tutorCruncherApi()
      .get('/api/clients/')
      .query({ status: 'dormant' })
      .reply(200, page({ id: 9 }));
    tutorCruncherApi().get('/api/clients/9/').reply(200, { id: 9, status: 'dormant' });
    tutorCruncherApi().get('/api/clients/5/').reply(200, { id: 5, status: 'live' });
    const records = await performList('client_status_changed', { statuses: ['live', 'dormant'] });
    expect(records.map(({ client_id }) => client_id)).toEqual([9, 5]);
  });

  it('skips malformed rows and records that were deleted after they were listed', async () => {
    tutorCruncherApi()
      .get('/api/notes/')
      .reply(200, page(null, 'x', {}, { id: 1 }, { url: 'no number' }, { id: 2 }));
    tutorCruncherApi().get('/api/notes/1/').reply(404, { detail: 'Not found.' });
    tutorCruncherApi().get('/api/notes/2/').reply(200, { id: 2, text: 'Call back' });
    expect(await performList('note_added')).toMatchObject([{ note_id: 2, note_text: 'Call back' }]);
  });

  it('returns the sample for an account without records', async () => {
    tutorCruncherApi().get('/api/tasks/').reply(200, page());
    expect(await performList('task_created', LONDON)).toEqual([withoutCurrency(sampleOf('task_created'))]);
  });

  it('returns the sample with the chosen status for an account without records of that status', async () => {
    tutorCruncherApi().get('/api/clients/').query({ status: 'dormant' }).reply(200, page());
    const sample = withoutCurrency(sampleOf('client_status_changed'));
    expect(await performList('client_status_changed', { ...LONDON, statuses: ['dormant'] })).toEqual([
      { ...sample, client_status_text: 'Dormant', client_status: 'dormant' },
    ]);
  });

  it('finds lessons by their status, and searches for the second of two statuses if none have the first', async () => {
    const cancelled = detailOf('lesson_cancelled', { id: 7, status: 'cancelled-chargeable' });
    tutorCruncherApi().get('/api/appointments/').query({ status: 'cancelled' }).reply(200, page());
    tutorCruncherApi()
      .get('/api/appointments/')
      .query({ status: 'cancelled-chargeable' })
      .reply(200, page({ id: 7 }));
    tutorCruncherApi().get('/api/appointments/7/').reply(200, cancelled);
    expect(await performList('lesson_cancelled')).toMatchObject([
      { lesson_id: 7, lesson_status: 'cancelled-chargeable' },
    ]);
  });

  it('reads up to five more records if none of the newest records is in the required state', async () => {
    const rows = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((id) => ({ id }));
    tutorCruncherApi()
      .get('/api/services/')
      .reply(200, page(...rows));
    for (const id of [9, 8, 7, 6, 5, 4, 3, 2]) {
      const labels = id === 5 ? [{ id: 26, name: 'In person' }] : [];
      tutorCruncherApi().get(`/api/services/${id}/`).reply(200, { id, labels });
    }
    expect(await performList('job_label_added')).toMatchObject([{ job_id: 5, job_label_names: 'In person' }]);
  });

  it('reads no more records after eight seconds', async () => {
    const now = jest.spyOn(Date, 'now');
    const start = Date.now();
    tutorCruncherApi()
      .get('/api/services/')
      .reply(200, page(...[4, 3, 2, 1].map((id) => ({ id }))));
    for (const id of [4, 3, 2]) {
      tutorCruncherApi()
        .get(`/api/services/${id}/`)
        .reply(200, () => {
          now.mockReturnValue(start + 9_000);
          return { id, labels: [] };
        });
    }
    try {
      const sample = withoutCurrency(sampleOf('job_label_added'));
      expect(await performList('job_label_added', LONDON)).toEqual([sample]);
    } finally {
      now.mockRestore();
    }
  });

  it.each<[key: string, subject: JsonObject, timestamp: string | null]>([
    ['client_created', { last_updated: '2026-06-02T00:00:00Z', date_created: '2026-06-01T00:00:00Z' }, '2026-06-01'],
    ['client_updated', { last_updated: '2026-06-02T00:00:00Z', date_created: '2026-06-01T00:00:00Z' }, '2026-06-02'],
    ['lesson_completed', { start: '2026-06-01T16:00:00Z', finish: '2026-06-02T17:00:00Z' }, '2026-06-02'],
    ['lesson_created', { start: '2026-06-01T16:00:00Z', finish: '2026-06-02T17:00:00Z' }, '2026-06-01'],
    ['invoice_paid', { date_sent: '2026-06-01T00:00:00Z', date_paid: '2026-06-02T00:00:00Z' }, '2026-06-02'],
    ['invoice_paid', { date_sent: '2026-06-01T00:00:00Z', date_paid: null }, '2026-06-01'],
    ['invoice_voided', { date_sent: '2026-06-01T00:00:00Z', date_void: '2026-06-02T00:00:00Z' }, '2026-06-02'],
    ['task_created', { due_dt: '2026-06-01T00:00:00Z' }, '2026-06-01'],
    ['task_created', { due_dt: '' }, null],
  ])('of %s takes the time of the event from the record: %j', async (key, subject, timestamp) => {
    const path = pathOf(key);
    tutorCruncherApi()
      .get(path)
      .query(true)
      .reply(200, page({ id: 1 }));
    tutorCruncherApi().get(`${path}1/`).reply(200, subject);
    const [record] = await performList(key);
    expect(record?.event_timestamp ?? null).toEqual(timestamp === null ? null : expect.stringContaining(timestamp));
  });

  it('takes the branch from the record, or else from the connection, whose branch is requested once', async () => {
    const listNotes = (clearCache: boolean) => {
      tutorCruncherApi()
        .get('/api/notes/')
        .reply(200, page({ id: 1 }));
      tutorCruncherApi().get('/api/notes/1/').reply(200, { id: 1 });
      return appTester(triggerOf('note_added').definition.operation.performList, bundle, clearCache);
    };
    tutorCruncherApi().get('/api/branch/').reply(200, { id: 4021, name: 'Bristol' });
    expect(await listNotes(true)).toMatchObject([{ branch_id: 4021 }]);
    expect(await listNotes(false)).toMatchObject([{ branch_id: 4021 }]);

    tutorCruncherApi()
      .get('/api/services/')
      .reply(200, page({ id: 1 }));
    tutorCruncherApi().get('/api/services/1/').reply(200, { id: 1, branch: 4022 });
    expect(await appTester(triggerOf('job_created').definition.operation.performList, bundle, false)).toMatchObject([
      { branch_id: 4022 },
    ]);
  });

  it.each([404, 401, 500, 429])('leaves the branch null if its request fails with status %d', async (status) => {
    tutorCruncherApi().get('/api/branch/').reply(status, {});
    tutorCruncherApi()
      .get('/api/notes/')
      .reply(200, page({ id: 1 }));
    tutorCruncherApi().get('/api/notes/1/').reply(200, { id: 1 });
    expect(await performList('note_added')).toMatchObject([{ note_id: 1, branch_id: null }]);
  });

  it('returns null for fields that webhooks do not contain', async () => {
    const detail = detailOf('tutor_created', {
      receive_service_notifications: true,
      last_updated: '2026-06-02T00:00:00Z',
      work_done_details: { amount_owed: 45 },
    });
    tutorCruncherApi()
      .get('/api/contractors/')
      .reply(200, page({ id: 1 }));
    tutorCruncherApi().get('/api/contractors/1/').reply(200, detail);
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

  it('returns custom fields under the same keys as in a live record', async () => {
    const extra_attrs = [{ machine_name: 'school', name: 'School', type: 'Short Textbox', value: 'Hilltop' }];
    const detail = detailOf('client_created', { extra_attrs });
    tutorCruncherApi()
      .get('/api/clients/')
      .reply(200, page({ id: 301 }));
    tutorCruncherApi().get('/api/clients/301/').reply(200, detail);
    const [listed] = await performList('client_created');
    const { sampleEvent } = triggerOf('client_created');
    const [live] = await deliver(
      'client_created',
      deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, extra_attrs } }),
    );
    expect(keysOf(listed ?? {})).toEqual(keysOf(live ?? {}));
    expect(listed).toMatchObject({ custom_school: 'Hilltop' });
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
    tutorCruncherApi()
      .get('/api/proforma-invoices/')
      .reply(200, page({ url: '/1/' }, { url: '/2/' }, { url: '/3/' }));
    for (const id of [1, 2])
      tutorCruncherApi()
        .get(`/api/proforma-invoices/${id}/`)
        .reply(200, { id, display_id: `PFI-${id}` });
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
    const list = page({ id: 1, status: 'unpaid' }, { id: 2, status: 'void' });
    tutorCruncherApi().get('/api/action-types/').reply(200, types);
    tutorCruncherApi().get('/api/invoices/').reply(200, list);
    tutorCruncherApi().get('/api/invoices/2/').reply(200, { id: 2, status: 'void' });
    expect(await performList('any_event', { actions: ['VOIDED_INVOICE'] })).toMatchObject([{ invoice_id: 2 }]);

    tutorCruncherApi().get('/api/action-types/').reply(200, types);
    tutorCruncherApi()
      .get('/api/invoices/')
      .reply(200, page({ id: 1, status: 'unpaid' }));
    expect(await performList('any_event', { actions: ['VOIDED_INVOICE'] })).toEqual([sample]);
  });

  it('returns the sample for a deletion, without a request', async () => {
    expect(await performList('any_event', { actions: ['DELETED_A_CLIENT'] })).toEqual([sample]);
  });
});

describe('the cache of actions', () => {
  it('is separate for each account', async () => {
    const list = (key: string) => {
      const { performList } = triggerOf('any_event').definition.operation;
      return appTester(performList, { authData: { private_key: key }, inputData: { actions: ['X'] } }, false);
    };
    tutorCruncherApi().get('/api/action-types/').reply(200, []);
    await list(PRIVATE_KEY);
    await list(PRIVATE_KEY);
    tutorCruncherApi('another-key').get('/api/action-types/').reply(200, []);
    await list('another-key');
  });
});
