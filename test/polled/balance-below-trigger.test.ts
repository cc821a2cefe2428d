/** Balance Below: the balance changes that trigger, and the reads that decide. */

import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { poll } from '../support/polls.ts';
import { failureOf } from '../support/steps.ts';
import { CLIENT, idsOf, isClient, isDetail, isListOfClient, isRows, laterIds, useBalances } from './balance-zaps.ts';

const { tutorCruncher, setBalance, add, make, count } = useBalances();
const TUTOR = 402;
const MINUTES = 1 / 60;

/** Replaces fields in the responses to certain requests. */
const replaceIn = (isAltered: (request: ApiRequest) => boolean, changes: JsonObject) => {
  tutorCruncher.now.behaviour.alter = (request, [status, data]) => {
    if (!isAltered(request)) return [status, data];
    const { results, ...body } = data as JsonObject;
    const alter = (record: JsonObject) => ({ ...record, ...changes });
    return [status, Array.isArray(results) ? { ...body, results: results.map(alter) } : alter(body)];
  };
};

describe('a fall below the amount', () => {
  it('runs the Zap once, with the client, the balance before and after it, the amount and the change', async () => {
    setBalance('80.00');
    const { id } = make(1, -60.5, {
      description: 'Invoice raised',
      update_type_display: 'Invoice Creation',
      related_item: { id: 8101, display_id: 'INV-8101', client: { id: CLIENT, first_name: 'Priya' } },
    });
    const records = await poll('balance_below', { minimum_balance: '50' });
    expect(records).toEqual([
      expect.objectContaining({
        id: String(id),
        balance_change_id: id,
        balance_change_description: 'Invoice raised',
        balance_change_update_type_display: 'Invoice Creation',
        balance_change_credit_amount: -60.5,
        balance_change_role_name: 'Priya Raman',
        balance_change_role_role_type: 'Client',
        client_id: CLIENT,
        client_name: 'Priya Raman',
        client_email: 'priya.raman@example.com',
        client_mobile: '07700 900123',
        client_status: 'live',
        client_invoice_balance_text: '£19.50',
        client_invoice_balance: 19.5,
        client_previous_invoice_balance_text: '£80.00',
        client_minimum_invoice_balance_text: '£50.00',
      }),
    ]);
    // The record shows the client once, without custom fields.
    expect(Object.keys(records[0] ?? {}).filter((key) => /_2$|extra_attrs|related_item_client/.test(key))).toEqual([]);
    expect(await laterIds()).toEqual([]);
  });

  it('returns the same record in the older shape of the API, and for details that contain only the id of the person', async () => {
    setBalance('19.50');
    const { id } = add(1, '-60.50');
    const records = await poll('balance_below', { minimum_balance: '50' });
    expect(records).toHaveLength(1);
    tutorCruncher.now.account.change('balance-updates', id, { role: CLIENT });
    expect(await poll('balance_below', { minimum_balance: '50' })).toEqual(records);
    tutorCruncher.now.behaviour.isOlderShape = true;
    const [older = {}] = await poll('balance_below', { minimum_balance: '50' });
    expect({ ...older, client_photo: null }).toEqual({ ...records[0], client_photo: null });
  });

  it('runs the Zap again only after the balance was at or above the amount', async () => {
    setBalance('60.00');
    const first = make(30, -20);
    expect(await idsOf()).toEqual([String(first.id)]);
    make(20, -15);
    make(19, 10);
    make(18, -10);
    expect(await laterIds()).toEqual([]);
    make(10, 25);
    expect(await laterIds()).toEqual([]);
    const second = make(5, -0.01);
    expect(await laterIds()).toEqual([String(second.id)]);
  });

  it('runs the Zap once for several falls between two polls, and not for a fall that was made good', async () => {
    setBalance('60.00');
    make(5, -20);
    make(4, 30);
    const last = make(3, -30);
    make(2, -10);
    expect(await idsOf()).toEqual([String(last.id)]);
    make(1, 100);
    make(0.9, -90);
    make(0.8, 80);
    expect(await laterIds()).toEqual([]);
  });

  it('compares exact decimals', async () => {
    setBalance('0.10');
    // 0.1 + 0.7 is less than 0.8 in floating-point numbers.
    const { id } = add(1, '-0.70');
    expect(await idsOf({ minimum_balance: '0.80' })).toEqual([String(id)]);
    expect(await idsOf({ minimum_balance: '0.81' })).toEqual([]);
  });

  it('accepts amounts that TutorCruncher sends as numbers', async () => {
    // As a floating-point number, the sum is 0.30000000000000004.
    setBalance(0.1 + 0.2);
    const { id } = add(1, -60.5);
    expect(await idsOf()).toEqual([String(id)]);
  });

  it('can have a negative amount, and has the amount 0 if the field is empty', async () => {
    setBalance('-120.00');
    const { id } = add(1, '-30.00');
    expect(await idsOf({ minimum_balance: '-100' })).toEqual([String(id)]);
    expect(await idsOf({ minimum_balance: '' })).toEqual([]);
    setBalance('-20.00');
    expect(await idsOf({ minimum_balance: '' })).toEqual([String(id)]);
  });

  it.each(['£50', '1,000', 'fifty', '50.001', '--5', '-', '12345678901'])('cannot have the amount %j', async (text) => {
    expect(await failureOf(idsOf({ minimum_balance: text }))).toMatch(
      /^The field "Minimum Balance" of this step must contain a number such as 50, 42\.50 or -100/,
    );
  });
});
describe('changes of the last two minutes', () => {
  it('wait until they are decided', async () => {
    setBalance('60.00');
    const { id } = make(1.9 * MINUTES, -40);
    expect(await idsOf()).toEqual([]);
    expect(count(isDetail)).toBe(0);
    expect(await laterIds({}, 1)).toEqual([String(id)]);
  });

  it('let earlier changes of the client wait, regardless of later changes', async () => {
    setBalance('60.00');
    const first = make(5 * MINUTES, -40);
    make(1 * MINUTES, -5);
    expect(await idsOf()).toEqual([]);
    expect(count(isListOfClient)).toBe(1);
    expect(await laterIds({}, 2)).toEqual([String(first.id)]);
  });

  it('are not a fall if a payment follows at once', async () => {
    setBalance('60.00');
    make(1.9 * MINUTES, -40);
    make(1.8 * MINUTES, 40);
    expect(await idsOf()).toEqual([]);
    expect(await laterIds({}, 5)).toEqual([]);
  });

  it.each([
    ['before the balance is read', isDetail, 0],
    ['before the balance is read, seconds after the poll began', isDetail, 5],
    ['between the balance and the list', isClient, 0],
  ])('cause no wrong balance if they are made %s', async (_when, isBefore, seconds) => {
    setBalance('60.00');
    const { id } = make(1, -20);
    let isMade = false;
    tutorCruncher.now.behaviour.alter = (request, response) => {
      if (isBefore(request) && !isMade) {
        isMade = true;
        // The response contains the balance before this change.
        const [status, data] = response;
        const copied = structuredClone(data);
        make(-seconds / 3600, -25);
        return [status, copied];
      }
      return response;
    };
    expect(await idsOf()).toEqual([]);
    expect(await laterIds({}, 5)).toEqual([String(id)]);
  });
});

describe('reads', () => {
  it('are three for each fall, and none for other changes', async () => {
    setBalance('60.00');
    make(3, 10);
    make(2, 0);
    expect(await idsOf()).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(1);
    make(1, -40);
    await laterIds();
    expect([count(isRows), count(isDetail), count(isClient), count(isListOfClient)]).toEqual([2, 1, 1, 1]);
  });

  it('stop at the limit of a minute, and the other falls wait', async () => {
    for (let index = 0; index < 40; index++) add(1 + index, '-1.00', { role: index % 2 === 0 ? CLIENT : 302 });
    for (const client of [CLIENT, 302]) setBalance('49.50', client);
    const found = await idsOf();
    expect(tutorCruncher.requests().length).toBeLessThanOrEqual(68);
    expect(tutorCruncher.requests().length).toBeGreaterThan(60);
    for (let minute = 0; minute < 3; minute++) found.push(...(await laterIds({}, 1)));
    expect(found).toHaveLength(2);
  });

  it('leave out deleted clients, tutors and affiliates', async () => {
    setBalance('20.00');
    const { id } = add(1, '-40.00');
    for (const response of [[404, {}] as const, [200, { id: CLIENT, is_deleted: true }] as const]) {
      tutorCruncher.now.behaviour.alter = (request, sent) => (isClient(request) ? [...response] : sent);
      expect(await idsOf()).toEqual([]);
    }
    tutorCruncher.now.behaviour.alter = (_request, sent) => sent;
    for (const role_type of ['Tutor', 'Affiliate']) {
      tutorCruncher.now.account.change('balance-updates', id, { role: { id: CLIENT, role_type } });
      expect(await idsOf()).toEqual([]);
    }
    tutorCruncher.now.account.change('balance-updates', id, { role: TUTOR });
    expect(await idsOf()).toEqual([]);
  });

  it('skip changes of other people if TutorCruncher ignores the client', async () => {
    setBalance('60.00');
    const { id } = make(2, -40);
    add(1, '500.00', { role: 302 });
    tutorCruncher.now.behaviour.ignoredFilters = ['balance-updates?client'];
    expect(await idsOf()).toEqual([String(id)]);
  });

  it('compare changes at moments, even if TutorCruncher filters by dates', async () => {
    setBalance('60.00');
    add(2.5, '500.00');
    const { id } = make(2, -40);
    tutorCruncher.now.behaviour.comparesDatesOnly = true;
    expect(await idsOf()).toEqual([String(id)]);
  });

  it.each([
    ['is empty', { count: 0, results: [] }],
    ['lacks the change', { count: 0, results: [], next: null }],
  ])('of a list that %s do not decide', async (_problem, page) => {
    setBalance('60.00');
    make(1, -40);
    tutorCruncher.now.behaviour.alter = (request, response) => (isListOfClient(request) ? [200, page] : response);
    expect(await failureOf(idsOf())).toMatch(/contains no complete list of balance changes/);
  });

  it.each([undefined, null, '', '£5', '1e3'])('of details decide if a row has the amount %j', async (amount) => {
    setBalance('60.00');
    const { id } = make(1, -40);
    make(2, 5);
    replaceIn(isRows, { credit_amount: amount });
    expect(await idsOf()).toEqual([String(id)]);
  });

  it.each([
    ['rows', 'created', isRows, [undefined, null, 'yesterday'], /no time of a balance change/],
    [
      'details',
      'credit_amount',
      isDetail,
      [undefined, null, '', '£5', '1e3', '0.0000001'],
      /no amount of a balance change/,
    ],
    ['details', 'created', isDetail, [undefined, 'yesterday'], /no time of a balance change/],
    ['details', 'role', isDetail, [undefined, null, 'Priya', {}], /no person of a balance change/],
    ['the list of a client', 'role', isListOfClient, [undefined, null], /no person of a balance change/],
    ['the list of a client', 'credit_amount', isListOfClient, [undefined, '?'], /no amount of a balance change/],
    ['a client', 'invoice_balance', isClient, [undefined, null, '£20.00'], /no invoice balance of a client/],
  ])('of %s without %s fail', async (_what, field, isAltered, values, message) => {
    for (const value of values) {
      tutorCruncher.now.account.addList('balance-updates', []);
      setBalance('60.00');
      make(1, -40);
      replaceIn(isAltered, { [field]: value });
      expect(await failureOf(idsOf())).toMatch(message);
    }
  });
});
