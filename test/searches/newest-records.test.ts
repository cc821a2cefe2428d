import { describe, expect, it } from '@jest/globals';

import { creditRequest } from '../../objects/credit-request.ts';
import { invoice } from '../../objects/invoice.ts';
import { report } from '../../objects/report.ts';
import type { JsonObject } from '../../wire/json.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe.each([
  ['find_invoice', 'invoices', invoice, 'invoice'],
  ['find_credit_request', 'proforma-invoices', creditRequest, 'credit request'],
] as const)('%s', (key, path, object, noun) => {
  const row = (id: number, changes: JsonObject = {}) => ({
    display_id: `X-${id}`,
    client: { id: 301 },
    date_sent: '2026-06-09T09:00:00Z',
    status: 'unpaid',
    url: `https://x/${id}/`,
    ...changes,
  });
  const expectFound = (id: number, changes: JsonObject = {}) =>
    expectDetail(path, id, detail(object, { ...row(id, changes), id }));

  it.each(['X-148', ' x-148 ', '148', '0148'])('finds the number "%s", whatever its status', async (find_number) => {
    const wanted = row(148, { status: 'draft', date_sent: null });
    expectList(path, {}, [row(1480), row(1148), wanted], true);
    expectFound(148, wanted);
    expect(await find(key, { find_number })).toMatchObject([{ id: 148, matches: 1 }]);
  });

  it.each<[string, JsonObject, JsonObject[], number | null]>([
    ['the newest of a client', {}, [row(9, { client: { id: 302 } }), row(8), row(7)], 8],
    [
      'the newest with a status',
      { find_status: 'Payment Pending' },
      [row(8), row(7, { status: 'payment-pending' })],
      7,
    ],
    ['one that was sent before a draft', {}, [row(9, { status: 'draft', date_sent: null }), row(8)], 8],
    ['a draft if there is no other', {}, [row(9, { status: 'draft', date_sent: null })], 9],
    [
      'a draft if it is the chosen status',
      { find_status: 'draft' },
      [row(8), row(9, { status: 'draft', date_sent: null })],
      9,
    ],
    ['a number of this client only', { find_number: '8' }, [row(8, { client: { id: 302 } })], null],
    ['a number with this status only', { find_number: '8', find_status: 'paid' }, [row(8)], null],
  ])('finds %s', async (_name, criteria, rows, id) => {
    expectList(path, {}, rows);
    if (id !== null)
      expectFound(
        id,
        rows.find(({ url }) => url === `https://x/${id}/`),
      );
    expect((await find(key, { find_client: '301', ...criteria })).map((record) => record.id)).toEqual(
      id === null ? [] : [id],
    );
  });

  it('skips one whose status has changed since it was listed', async () => {
    expectList(path, {}, [row(8), row(7)]);
    expectFound(8, { status: 'paid' });
    expectFound(7);
    expect(await find(key, { find_client: '301', find_status: 'unpaid' })).toMatchObject([{ id: 7 }]);
  });

  it('tells how far it has looked if the list is longer than its limit', async () => {
    for (let number = 1; number <= 10; number++) {
      const rows = Array.from({ length: 100 }, (_, index) =>
        row(2000 - 100 * number - index, { date_sent: `2026-0${10 - Math.min(number, 9)}-02T09:00:00Z` }),
      );
      expectList(
        path,
        number === 1 ? {} : { page: String(number) },
        [...rows.slice(1), row(4000 + number, { date_sent: null })],
        true,
      );
    }
    expect(await failureOf(find(key, { find_number: '3' }))).toBe(
      `None of the newest 1,000 ${noun}s in TutorCruncher matches, back to 2026-01-02. This step does not compare older ones, so ` +
        `it cannot tell whether one of them matches. To read an older ${noun}, use API Request with its ID.`,
    );
  });
});

describe('find_report', () => {
  const row = (id: number, appointment: number, student: number) => ({
    url: `https://x/${id}/`,
    appointment: { id: appointment },
    service_recipient: { id: student },
    dt_created: '2026-06-10T18:05:00Z',
  });
  const text = [{ machine_name: 'progress', name: 'Progress', type: 'Long Textbox', value: 'Solved &pound;5 puzzles' }];
  // TutorCruncher may ignore the filters.
  const rows = [row(4, 9107, 504), row(3, 9106, 504), row(2, 9106, 503), row(1, 9105, 503)];

  it.each<[JsonObject, JsonObject, number | null]>([
    [{ find_lesson: '9106' }, { appointment: '9106' }, 3],
    [{ find_student: '503' }, { service_recipient: '503' }, 2],
    [{ find_lesson: '9106', find_student: '503' }, { appointment: '9106', service_recipient: '503' }, 2],
    [{ find_lesson: '9', find_student: '503' }, { appointment: '9', service_recipient: '503' }, null],
  ])('finds the report of %j with its text', async (inputData, query, id) => {
    expectList('reports', query, rows);
    if (id === null) {
      expect(await find('find_report', inputData)).toEqual([]);
      return;
    }
    expectDetail('reports', id, detail(report, { id, extra_attrs: text }));
    expect(await find('find_report', inputData)).toMatchObject([{ id, custom_progress_text: 'Solved £5 puzzles' }]);
  });
});
