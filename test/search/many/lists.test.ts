/** Searches for many in lists without filters, and lists that fail or change while they are read. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../../wire/json.ts';
import { DirectApi, textOf } from '../../support/direct-api.ts';
import { failureOf } from '../../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const NOW = Date.now();
const DAY = 86_400_000;
const timeAgo = (days: number): string => new Date(NOW - days * DAY).toISOString();

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

describe('find_tasks', () => {
  const task = (index: number): JsonObject => ({
    description: `Call ${index}`,
    complete: index % 3 === 0,
    due_dt: index === 4 ? null : timeAgo(index - 5.5),
    task_type: 'phone',
  });

  it('lists open tasks that are due in a span, the first due first', async () => {
    api.fill('tasks', 7, task);
    const results = await api.find('find_tasks', { find_status: 'Open', find_due_from: timeAgo(0) });
    expect(results.map(({ task_description: text }) => text)).toEqual(['Call 5', 'Call 2', 'Call 1']);
    expect(results[0]).toMatchObject({ matches: 3, is_complete: true });
    expect(textOf(results[0]).split('\n')[0]).toMatch(/^Call 5: due \w{3} .*, Phone$/);
    expect(await api.find('find_tasks', { find_status: 'complete' })).toHaveLength(3);
  });

  it('puts tasks without a due time last, and lets no span find them', async () => {
    api.fill('tasks', 7, task);
    const open = await api.find('find_tasks', { find_status: 'Open' });
    expect(open.map(({ task_description: text }) => text)).toEqual(['Call 5', 'Call 2', 'Call 1', 'Call 4']);
    expect(textOf(open[0]).split('\n').at(-1)).toBe('Call 4: no due time, Phone');
  });

  it('is not complete, or fails if it finds nothing, if a task may be among those that were not read', async () => {
    api.fill('tasks', 1100, () => ({ description: 'Call', complete: true, due_dt: timeAgo(1), task_type: 'phone' }));
    const [first] = await api.find('find_tasks', { find_status: 'Complete' });
    expect(first).toMatchObject({ matches: 1000, is_complete: false });
    const message = await failureOf(api.find('find_tasks', { find_status: 'Open' }));
    expect(message).toContain('before the newest 1,000');
  });

  it('fails for a task that does not say whether it is complete', async () => {
    api.fill('tasks', 2, (index) => ({ ...task(index), complete: 'yes' }));
    expect(await failureOf(api.find('find_tasks', { find_status: 'Open' }))).toContain('"Complete" in a task');
  });
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

describe('find_jobs', () => {
  beforeEach(() => {
    api.fill('services', 300, (index) => ({
      name: index === 250 ? 'Maths' : `Maths ${index}`,
      status: ['pending', 'available', 'finished'][index % 3],
      created: timeAgo(index),
      last_updated: timeAgo(index / 2),
      labels: index < 10 ? [{ id: 26, name: 'Enquiry' }] : [],
    }));
  });

  it('finds jobs by several statuses, label, part of a name, and the days of creation and change', async () => {
    const matchesOf = async (inputs: JsonObject) => (await api.find('find_jobs', inputs))[0]?.matches ?? 0;
    expect(await matchesOf({ find_statuses: ['pending', 'Available'] })).toBe(200);
    expect(await matchesOf({ find_label: '26', find_statuses: 'pending' })).toBe(4);
    expect(await matchesOf({ find_name: 'maths 1' })).toBe(111);
    expect(await matchesOf({ find_created_from: timeAgo(9), find_created_to: timeAgo(5) })).toBe(5);
    expect(await matchesOf({ find_updated_from: timeAgo(2), find_name: 'Maths' })).toBeGreaterThanOrEqual(4);
    expect(await matchesOf({ find_updated_from: timeAgo(2), find_name: 'Maths' })).toBeLessThanOrEqual(6);
    expect(await matchesOf({ find_label: '26', find_details: true })).toBe(10);
  });

  it('has the job with the whole name first', async () => {
    const results = await api.find('find_jobs', { find_name: 'maths' });
    expect(results.slice(0, 2).map(({ job_name }) => job_name)).toEqual(['Maths', 'Maths 0']);
  });
});

describe('a list that changes between two pages', () => {
  beforeEach(() => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}`, status: 'pending' }));
  });

  /** Deletes the newest job before each of some requests. */
  function deleteBefore(...requests: readonly number[]): void {
    api.before = () => {
      const { account } = api;
      if (requests.includes(api.requests.length)) account.addList('services', account.list('services').slice(1));
      return null;
    };
  }

  it('is read again, so that no job is missed', async () => {
    deleteBefore(2);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ matches: 249 });
    // The second page shows that the list has changed.
    expect(api.requests).toHaveLength(5);
  });

  it('is not called complete if it changes again', async () => {
    api.fill('services', 150, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    deleteBefore(2, 4);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ is_complete: false });
    expect(textOf(first)).toMatch(/There may be more, which were not compared\.$/);
  });

  it('counts a job once that a new job has moved to the next page', async () => {
    api.fill('services', 101, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    api.before = (path) => {
      if (path === 'services/?page=2' && api.requests.length === 2)
        api.account.add('services', { name: 'New', status: 'pending' });
      return null;
    };
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    // The new job was added after the first page was read.
    expect(first).toMatchObject({ matches: 101 });
    expect(api.requests).toHaveLength(2);
  });
});

describe('the limits of a run', () => {
  it('make the whole run wait if TutorCruncher refuses a request in the middle', async () => {
    api.fill('services', 250, () => ({ status: 'pending' }));
    for (const [index, inputs] of [{}, { find_details: true }].entries()) {
      api.requests.length = 0;
      api.before = () => (api.requests.length === 2 + index * 10 ? [429, {}] : null);
      await expect(api.find('find_jobs', { find_statuses: 'pending', ...inputs })).rejects.toMatchObject({
        name: 'ThrottledError',
      });
    }
  });

  it('share the requests of a minute, and make a run wait that would need more', async () => {
    api.fill('services', 1200, () => ({ status: 'pending' }));
    const inputs = { find_statuses: 'pending', find_details: true };
    expect((await api.find('find_jobs', inputs))[0]).toMatchObject({ matches: 1000, is_complete: false });
    expect(api.requests).toHaveLength(35);
    const failure = await failureOf(api.find('find_jobs', inputs));
    expect(failure).toMatch(/^Other steps have used the requests that long searches may send .* runs this step again/);
    for (const [random, delay] of [
      [0, 60],
      [0.999, 299],
    ] as const) {
      jest.spyOn(Math, 'random').mockReturnValueOnce(random);
      await expect(api.find('find_jobs', inputs)).rejects.toThrow(`"delay":${delay}}`);
    }
    jest.restoreAllMocks();
    // A search of a few requests is not affected.
    expect(await api.find('find_invoices', { find_client: '301' })).not.toEqual([]);
  });

  it('end the reading of pages after 20 seconds', async () => {
    api.fill('services', 1000, () => ({ status: 'pending' }));
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 7000);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ matches: 300, is_complete: false });
    now.mockRestore();
  });
});
