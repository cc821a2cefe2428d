/** New Review, Task Due and New Balance Change: the records that trigger, and their form. */
import { beforeEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { balanceChange } from '../../objects/balance-change.ts';
import { review } from '../../objects/review.ts';
import type { JsonObject } from '../../wire/json.ts';
import { recordsOf } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll, polledTriggerOf } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();

describe('review_created', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('reviews', []);
  });

  const attribute = (machine_name: string, type: string, name: string, value: string): JsonObject => ({
    id: 61,
    machine_name,
    type,
    name,
    value,
  });
  const EXTRA_ATTRS = [
    attribute('review-details', 'Long Textbox', 'Review Details', 'She asked &quot;When is Hannah coming back?&quot;'),
    attribute('review-stars', 'Stars', 'Review Rating', '4.8/5 stars'),
  ];

  /** Adds a review. @param hours - hours since the review was written */
  const add = (hours: number, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add('reviews', {
      ...review.sample.subject,
      date_created: fromNow(-hours),
      extra_attrs: EXTRA_ATTRS,
      ...fields,
    });
  const idsOf = async (inputData: JsonObject = {}) => (await poll('review_created', inputData)).map(({ id }) => id);

  it('returns each review of the last 5 days with its text, rating, author and tutor, in one request', async () => {
    add(121);
    const { id } = add(119);
    const [record, ...others] = await poll('review_created');
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      id: String(id),
      review_id: id,
      client_name: 'Priya Raman',
      tutor_name: 'Hannah Whitlock',
      custom_review_details_text: 'She asked "When is Hannah coming back?"',
      custom_review_stars: '4.8/5 stars',
    });
    // The text is beside the names.
    expect(Object.keys(record ?? {}).slice(1, 4)).toEqual(['tutor_name', 'client_name', 'custom_review_details_text']);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('can be limited to a tutor', async () => {
    add(2, { contractor: { id: 403, last_name: 'Okoro' } });
    const { id } = add(1);
    expect(await idsOf({ tutor: '402' })).toEqual([String(id)]);
  });

  it('stops reading at a page with old reviews only, and returns at most 100 reviews in a poll', async () => {
    for (let index = 0; index < 250; index++) add(200);
    for (let index = 0; index < 150; index++) add(2);
    const first = await idsOf();
    expect(tutorCruncher.requests()).toHaveLength(3);
    const later = (await poll('review_created', {}, { keepsCache: true })).map(({ id }) => id);
    expect([first.length, later.length, new Set([...first, ...later]).size]).toEqual([100, 50, 150]);
    expect(await poll('review_created', {}, { keepsCache: true })).toEqual([]);
  });

  it('fails if more than 1,000 reviews were written in five days', async () => {
    for (let index = 0; index < 1_001; index++) add(2);
    expect(await failureOf(poll('review_created'))).toMatch(
      /^This step compares the newest 1,000 reviews .+ five days\./,
    );
  });

  it("offers the account's custom fields of reviews, with the names that they have in TutorCruncher", async () => {
    add(1);
    const { outputFields } = polledTriggerOf('review_created').definition.operation;
    const bundle = { inputData: {}, authData: { private_key: PRIVATE_KEY } };
    const fields = await recordsOf(outputFields, bundle);
    expect(fields).toContainEqual({ key: 'custom_review_details_text', label: 'Review Details', type: 'string' });
    expect(fields).toContainEqual({ key: 'custom_review_stars', label: 'Review Rating', type: 'string' });
  });
});

describe('task_due', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('tasks', []);
  });

  it('compares the newest 1,000 tasks, and fails if older tasks may be due because so many are', async () => {
    const addTasks = (count: number, due: number) => {
      for (let index = 0; index < count; index++) {
        tutorCruncher.now.account.add('tasks', { due_dt: fromNow(due), complete: false, description: 'Call' });
      }
    };
    addTasks(1, -1);
    addTasks(99, 50);
    addTasks(901, -1);
    const meta = { isPopulatingDedupe: true };
    expect(await poll('task_due', {}, { meta })).toHaveLength(901);
    addTasks(100, -1);
    expect(await failureOf(poll('task_due', {}, { meta }))).toMatch(
      /^This step compares the newest 1,000 tasks .+ older tasks may be due,/,
    );
  });

  /** Adds a task. @param due - in hours from now; null for a task without a due time */
  const add = (due: number | null, complete = false) =>
    tutorCruncher.now.account.add('tasks', {
      complete,
      description: 'Call',
      due_dt: due === null ? null : fromNow(due),
    });
  const idOf = ({ id, due_dt: due }: JsonObject) => `${String(id)}@${String(due)}`;
  const idsOf = async (inputData: JsonObject = {}) => (await poll('task_due', inputData)).map(({ id }) => id);

  it('returns open tasks from the chosen time before they are due until 48 hours after', async () => {
    const [past, soon] = [add(-47.9), add(0.9)];
    for (const due of [-48.1, 1.1, null]) add(due);
    add(-1, true);
    expect(await idsOf()).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '0' })).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '1' })).toEqual([idOf(soon), idOf(past)]);
    expect(await idsOf({ time_before: '60', time_unit: 'minutes' })).toEqual([idOf(soon), idOf(past)]);
  });

  it('returns no task that may be completed', async () => {
    const open = add(-1);
    const other = add(-2);
    const setComplete = (complete: unknown) => tutorCruncher.now.account.change('tasks', other.id, { complete });
    for (const complete of ['True', 'true', null, '', 'perhaps', undefined]) {
      setComplete(complete);
      expect(await idsOf()).toEqual([idOf(open)]);
    }
    setComplete('False');
    expect(await idsOf()).toEqual([idOf(open), idOf(other)]);
  });

  it('fails if no details tell whether a task is complete', async () => {
    const task = add(-2);
    for (const complete of [null, '', 'perhaps', undefined]) {
      tutorCruncher.now.account.change('tasks', task.id, { complete });
      expect(await failureOf(idsOf())).toMatch(/contains no answer to whether a task is complete\. Try again/);
    }
  });

  it('returns a task with another id if its due time has changed, but not if only the offset is written differently', async () => {
    const task = add(-2);
    const due_dt = fromNow(-1);
    tutorCruncher.now.account.change('tasks', task.id, { due_dt: due_dt.replace('Z', '+00:00') });
    expect(await idsOf()).toEqual([idOf({ id: task.id, due_dt })]);
  });

  it.each([
    [
      { time_before: '15', time_unit: 'days' },
      /^The field "Time Before" of this step must be at least 0 minutes and at most 14 days/,
    ],
    [{ time_before: 'soon' }, /must contain a whole number such as 24\.$/],
  ])('refuses %j', async (inputData, message) => {
    expect(await failureOf(idsOf(inputData))).toMatch(message);
  });
});

describe('balance_change_created', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('balance-updates', []);
  });

  /** Adds a balance change. @param hours - hours since the balance change */
  const add = (hours: number, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add('balance-updates', {
      ...balanceChange.sample.subject,
      created: fromNow(-hours),
      ...fields,
    });
  const idsOf = async (inputData: JsonObject = {}) =>
    (await poll('balance_change_created', inputData, { meta: { isPopulatingDedupe: true } })).map(({ id }) => id);

  it('returns each change of the last 5 days with its amount, method, type, description and person', async () => {
    const { id } = add(119);
    add(121);
    const [record, ...others] = await poll('balance_change_created');
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      id: String(id),
      balance_change_id: id,
      balance_change_credit_amount: 63,
      balance_change_credit_amount_text: '£63.00',
      balance_change_description: 'Paid by bank transfer',
      balance_change_method_display: 'Bank Transfer',
      balance_change_update_type_display: 'Invoice Payment',
      balance_change_role_name: 'Priya Raman',
      balance_change_role_role_type: 'Client',
    });
  });

  it('reads the details of as many changes as the requests of a minute allow, with one more each for the person', async () => {
    for (let index = 0; index < 40; index++) add(1 + index);
    expect(await poll('balance_change_created')).toHaveLength(33);
    expect(await poll('balance_change_created', {}, { keepsCache: true })).toHaveLength(7);
    expect(tutorCruncher.requests()).toHaveLength(41);
  });

  it.each([
    ['a client', 301, 'Priya Raman', 'Client', 1],
    ['a client, in a record', { id: 301 }, 'Priya Raman', 'Client', 1],
    ['a tutor', 402, 'Hannah Whitlock', 'Tutor', 2],
    ['nobody', 999, null, null, 3],
  ])('reads the person if the details contain only the id of %s', async (_who, role, name, type, requests) => {
    const { id } = add(1);
    const detail = { ...balanceChange.sample.subject, created: fromNow(-1), id, role };
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      path.endsWith(`/balance-updates/${id}/`) ? [200, detail] : null;
    const [record] = await poll('balance_change_created');
    expect(record).toMatchObject({
      balance_change_role_id: typeof role === 'number' ? role : role.id,
      balance_change_role_name: name,
      balance_change_role_role_type: type,
    });
    expect(tutorCruncher.requests()).toHaveLength(2 + requests);
  });

  it('leaves the person empty if the details contain none, and nothing else is related', async () => {
    add(1, { role: null, related_item: null });
    const [record = {}] = await poll('balance_change_created');
    expect(record).toMatchObject({ balance_change_role_name: null, balance_change_related_item_id: null });
    expect(record).not.toHaveProperty('balance_change_related_item');
  });

  it.each([
    [{ update_types: ['top_up'] }, { update_type: 'top_up' }, 'update_type=top_up'],
    [{ update_types: 'Top-Up, Refund' }, { update_type: 'refund' }, null],
    [{ client: '302' }, { role: { id: 302, last_name: 'Adeyemi' } }, 'client=302'],
    [{ tutor: '402' }, { role: { id: 402, last_name: 'Whitlock' } }, 'contractor=402'],
  ])('can be limited by %j, in the request and in each row', async (inputData, fields, parameter) => {
    const { id } = add(1, fields);
    add(2);
    for (const ignoresFilters of [false, true]) {
      tutorCruncher.now.behaviour.ignoresFilters = ignoresFilters;
      expect(await idsOf(inputData)).toEqual([String(id)]);
    }
    if (parameter !== null) expect(tutorCruncher.requests()[0]?.path).toContain(parameter);
  });

  it('cannot be limited to a client and a tutor', async () => {
    expect(await failureOf(idsOf({ client: '301', tutor: '402' }))).toBe(
      'A balance belongs to a client or to a tutor, so this step can be limited to one person only. Empty the field ' +
        '"Client" or the field "Tutor".',
    );
  });
});
