/** The newest records of an object, which triggers show as test data. */

import { describe, expect, it, jest } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { job } from '../../objects/job.ts';
import { fetchNewest } from '../../src/object/newest-records.ts';
import { directZWith } from '../support/direct-z.ts';
import { withoutCurrency } from '../support/record-forms.ts';
import { detailOf, performList, sampleOf } from '../support/test-data.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

/** The time zone of the samples. */
const LONDON = { time_zone: 'Europe/London' };

describe('performList', () => {
  it('takes the id from the URL of a row without an id', async () => {
    const url = 'https://elsewhere.example.com/api/reports/4711/';
    const detail = detailOf('report_created', { id: undefined, url: undefined });
    expectList('reports', {}, [{ url }]);
    expectDetail('reports', 4711, detail);
    expect(await performList('report_created')).toMatchObject([{ report_id: 4711, report_url: url }]);
  });

  it('of applications makes one request, for the list', async () => {
    expectList('tenders', {}, [
      detailOf('application_created', { id: 1 }),
      detailOf('application_accepted', { id: 2 }),
      detailOf('application_accepted', { id: 3 }),
    ]);
    const records = await performList('application_accepted');
    expect(records).toMatchObject([
      { event_action: 'TENDER_WAS_ACCEPTED', application_id: 2, tutor_name: 'Hannah Whitlock' },
      { application_id: 3 },
    ]);
  });

  it('requests only records with the chosen status or label, and checks the response', async () => {
    expectList('clients', { status: 'live' }, [{ id: 1 }, { id: 2 }]);
    expectDetail('clients', 1, { id: 1, status: 'live' });
    expectDetail('clients', 2, { id: 2, status: 'dormant' });
    expect(await performList('client_status_changed', { statuses: ['live'] })).toMatchObject([{ client_id: 1 }]);

    expectList('services', { labels: '26' }, [{ id: 1 }, { id: 2 }]);
    expectDetail('services', 1, { id: 1, labels: [{ id: 26 }] });
    expectDetail('services', 2, { id: 2, labels: [] });
    expect(await performList('job_label_added', { label: '26' })).toMatchObject([{ job_id: 1 }]);
  });

  it('reads no details of a row whose status was not chosen', async () => {
    expectList('clients', { status: 'live' }, [{ id: 3, status: 'dormant' }, { id: 1 }]);
    expectDetail('clients', 1, { id: 1, status: 'live' });
    expect(await performList('client_status_changed', { statuses: ['live'] })).toMatchObject([{ client_id: 1 }]);
  });

  it('requests a list for each of two chosen statuses, with at most four requests', async () => {
    expectList('clients', { status: 'live' }, [{ id: 1 }, { id: 5 }]);
    expectList('clients', { status: 'dormant' }, [{ id: 9 }]);
    expectDetail('clients', 9, { id: 9, status: 'dormant' });
    expectDetail('clients', 5, { id: 5, status: 'live' });
    const records = await performList('client_status_changed', { statuses: ['live', 'dormant'] });
    expect(records.map(({ client_id }) => client_id)).toEqual([9, 5]);
  });

  it('skips malformed rows and records that were deleted after they were listed', async () => {
    expectList('notes', {}, [null, 'x', {}, { id: 1 }, { url: 'no number' }, { id: 2 }]);
    expectDetail('notes', 1, null);
    expectDetail('notes', 2, { id: 2, text: 'Call back' });
    expect(await performList('note_added')).toMatchObject([{ note_id: 2, note_text: 'Call back' }]);
  });

  it('finds lessons by their status, and searches for the second of two statuses if none have the first', async () => {
    const cancelled = detailOf('lesson_cancelled', { id: 7, status: 'cancelled-chargeable' });
    expectList('appointments', { status: 'cancelled' }, []);
    expectList('appointments', { status: 'cancelled-chargeable' }, [{ id: 7 }]);
    expectDetail('appointments', 7, cancelled);
    expect(await performList('lesson_cancelled')).toMatchObject([
      { lesson_id: 7, lesson_status: 'cancelled-chargeable' },
    ]);
  });

  it('reads no more records after eight seconds', async () => {
    const now = jest.spyOn(Date, 'now');
    const start = Date.now();
    const rows = [4, 3, 2, 1].map((id) => ({ id }));
    expectList('services', {}, rows);
    for (const id of [4, 3, 2]) {
      expectDetail('services', id, { id, labels: [] }).once('request', () => now.mockReturnValue(start + 9_000));
    }
    try {
      const sample = withoutCurrency(sampleOf('job_label_added'));
      expect(await performList('job_label_added', LONDON)).toEqual([sample]);
    } finally {
      now.mockRestore();
    }
  });
});

describe('the newest records in a state', () => {
  /** Reads jobs, newest first, and returns the ids of the records found. Only the second job has a label. */
  const idsWith = async (limit: number, further?: number) => {
    const rows = [{ id: 3 }, { id: 2 }, { id: 1 }];
    const z = directZWith(({ pathname }) => {
      const [, id] = /(\d+)\/$/.exec(pathname) ?? [];
      return id === undefined ? { results: rows } : { id: Number(id), labels: id === '2' ? [{ id: 26 }] : [] };
    });
    const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;
    const found = await fetchNewest(z, bundle, job, { limit, further, requirement: { filled: ['labels'] } });
    return found.map(({ id }) => id);
  };

  it('are sought among further records only if none of the first records is in the state', async () => {
    expect(await idsWith(1)).toEqual([]);
    expect(await idsWith(1, 1)).toEqual([2]);
    expect(await idsWith(2)).toEqual([2]);
  });

  it('are requested without a filter for three statuses, which most of the newest records have', async () => {
    expectList('clients', {}, [{ id: 1 }]);
    expectDetail('clients', 1, { id: 1, status: 'live' });
    const statuses = ['live', 'dormant', 'prospect'];
    expect(await performList('client_status_changed', { statuses })).toMatchObject([{ client_id: 1 }]);
  });
});
