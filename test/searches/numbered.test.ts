/** The searches for invoices, credit requests and payment orders. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { creditRequest } from '../../objects/credit-request.ts';
import { invoice } from '../../objects/invoice.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi, textOf } from '../support/direct-api.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const NOW = Date.now();
const DAY = 86_400_000;
const timeAgo = (days: number): string => new Date(NOW - days * DAY).toISOString();

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
      `None of the newest 1,000 ${noun}s in TutorCruncher matches, back to 2026-01-02. This step does not compare older ${noun}s, so ` +
        `it cannot tell whether one of them matches. To read an older ${noun}, use API Request with its ID.`,
    );
  });
});

describe('find_invoices', () => {
  const unpaidEveryThird = (index: number): JsonObject => ({
    display_id: `INV-${1000 - index}`,
    status: index % 3 === 0 ? 'unpaid' : 'paid',
    gross: '63.50',
    still_to_pay: 60,
    date_sent: timeAgo(index + 0.5),
    client: { id: 301 + (index % 2), first_name: 'Priya', last_name: 'Raman' },
  });

  it('lists unpaid invoices with their total, the last sent first', async () => {
    api.fill('invoices', 9, unpaidEveryThird);
    const results = await api.find('find_invoices', { find_statuses: ['Unpaid', 'Failed'] });
    expect(results.map(({ id }) => id)).toEqual([50_000, 49_997, 49_994]);
    expect(results[0]).toMatchObject({
      matches: 3,
      total_amount: 190.5,
      total_amount_text: '£190.50',
      total_still_to_pay: null,
      is_complete: true,
    });
    expect(textOf(results[0]).split('\n')[0]).toMatch(/^INV-1000: £63\.50, Priya Raman, Unpaid, sent \w{3} /);
    expect(api.requests).toEqual(['invoices/']);

    const [first] = await api.find('find_invoices', {
      find_statuses: 'unpaid',
      find_client: '302',
      find_details: true,
    });
    expect(first).toMatchObject({ id: 49_997, matches: 1, total_still_to_pay: 60, total_still_to_pay_text: '£60.00' });
  });

  it('leaves void invoices out of the total unless their status is chosen', async () => {
    api.fill('invoices', 3, (index) => ({ ...unpaidEveryThird(index), status: index === 1 ? 'void' : 'paid' }));
    const totalWith = async (inputs: JsonObject) => (await api.find('find_invoices', inputs))[0]?.total_amount;
    expect(await totalWith({ find_sent_from: timeAgo(120) })).toBe(127);
    expect(await totalWith({ find_statuses: ['void', 'paid'] })).toBe(190.5);
  });

  it('finds invoices that are overdue, without those that are paid or were not sent', async () => {
    api.fill('invoices', 9, (index) => ({ ...unpaidEveryThird(index), ...(index === 6 && { date_sent: null }) }));
    const idsFor = async (find_overdue_days: number) =>
      (await api.find('find_invoices', { find_overdue_days })).map(({ id }) => id);
    expect(await idsFor(3)).toEqual([49_997]);
    expect(await idsFor(0)).toEqual([50_000, 49_997]);
    expect(await idsFor(4)).toEqual([]);
  });

  it('reads no further than the first day, and tells if older ones may match', async () => {
    api.fill('invoices', 1200, unpaidEveryThird);
    const recent = await api.find('find_invoices', { find_statuses: 'unpaid', find_sent_from: timeAgo(120) });
    expect(recent[0]).toMatchObject({ is_complete: true });
    expect(api.requests).toHaveLength(3);
    const [first] = await api.find('find_invoices', { find_statuses: 'unpaid' });
    expect(first).toMatchObject({ matches: 334, is_complete: false });
    expect(api.requests).toHaveLength(13);
  });
});

describe('find_payment_orders', () => {
  const PAYEE = { id: 402, first_name: 'Hannah', last_name: 'Whitlock' };
  const order = (index: number): JsonObject => ({
    display_id: `PO-${100 - index}`,
    status: index % 2 === 0 ? 'unpaid' : 'paid',
    amount: '45.00',
    still_to_pay: 45,
    date_sent: timeAgo(index + 0.5),
    payee: index < 4 ? PAYEE : { ...PAYEE, id: 403 },
  });

  it('lists the payment orders of a tutor that are not paid, with their total', async () => {
    api.fill('payment-orders', 6, order);
    const results = await api.find('find_payment_orders', { find_statuses: ['Unpaid'], find_tutor: '402' });
    expect(results.map(({ id }) => id)).toEqual([50_000, 49_998]);
    expect(results[0]).toMatchObject({ matches: 2, total_amount: 90, is_complete: true });
    expect(textOf(results[0]).split('\n')[0]).toMatch(/^PO-100: £45\.00, Hannah Whitlock, Unpaid, sent \w{3} /);
  });

  it.each([{ find_statuses: ['Unpaid'] }, { find_overdue_days: 0 }])(
    'fails for %j if a status is unknown, because it may mean that the tutor is not paid',
    async (inputs) => {
      api.fill('payment-orders', 6, (index) => ({ ...order(index), ...(index === 3 && { status: 'awaiting' }) }));
      const message = await failureOf(api.find('find_payment_orders', inputs));
      expect(message).toContain('PO-97 with the status "awaiting", which this step does not know');
      expect(await api.find('find_payment_orders', { find_tutor: '402' })).toHaveLength(4);
    },
  );
});

it('find_credit_requests adds up what is still to pay from the rows, if all were compared', async () => {
  api.fill('proforma-invoices', 1100, () => ({
    amount: '10.10',
    still_to_pay: 10.1,
    status: 'unpaid',
    date_sent: timeAgo(1),
  }));
  const [incomplete] = await api.find('find_credit_requests', { find_statuses: 'unpaid' });
  expect(incomplete).toMatchObject({ matches: 1000, total_amount: 10_100, total_still_to_pay: null });
  api.fill('proforma-invoices', 150, () => ({
    amount: '10.10',
    still_to_pay: 10.1,
    status: 'unpaid',
    date_sent: timeAgo(1),
  }));
  const [complete] = await api.find('find_credit_requests', { find_statuses: 'unpaid' });
  expect(complete).toMatchObject({ matches: 150, total_still_to_pay: 1515, is_complete: false });
});
