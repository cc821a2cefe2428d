/** New Balance Change: the balance changes that trigger a Zap, and their records. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { balanceChange } from '../../objects/balance-change.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();

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
