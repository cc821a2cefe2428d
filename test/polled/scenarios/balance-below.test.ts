/** A Zap with the trigger Balance Below that is turned on, changed and limited. Some of its requests fail. */

import { describe, expect, it } from '@jest/globals';

import { poll } from '../../support/polls.ts';
import { failureOf } from '../../support/steps.ts';
import { CLIENT, idsOf, isClient, isDetail, isListOfClient, laterIds, useBalances } from '../balance-zaps.ts';

const { tutorCruncher, setBalance, add, make } = useBalances();

describe('the first poll, and a change of the amount', () => {
  it('do not run the Zap for clients who are below the amount', async () => {
    setBalance('60.00');
    make(1, -20);
    expect(await poll('balance_below', { minimum_balance: '50' }, { meta: { isPopulatingDedupe: true } })).toHaveLength(
      1,
    );
    expect(await laterIds()).toEqual([]);
    make(-0.1, -5);
    expect(await laterIds({}, 20)).toEqual([]);
  });

  it('run the Zap for the next fall below the new amount only', async () => {
    setBalance('130.00');
    make(2, -50);
    expect(await idsOf()).toEqual([]);
    // The change was decided with the old amount.
    expect(await laterIds({ minimum_balance: '100' })).toEqual([]);
    make(1, 40);
    const { id } = make(0.9, -30);
    expect(await laterIds({ minimum_balance: '100' })).toEqual([String(id)]);
  });

  it('give a fall the same id with another amount, and after the cache has lost the notes', async () => {
    setBalance('60.00');
    const { id } = make(1, -40);
    for (const minimum_balance of ['50', '40']) expect(await idsOf({ minimum_balance })).toEqual([String(id)]);
    const records = await poll('balance_below', { minimum_balance: '50' }, { hasLostNotes: true });
    expect(records.map((record) => record.id)).toEqual([String(id)]);
  });
});

describe('reads', () => {
  it.each([
    ['client', isClient],
    ['list of the changes of the client', isListOfClient],
    ['details of the change', isDetail],
  ])('of the %s that fail let the fall wait for the next poll', async (_what, isFailing) => {
    setBalance('60.00');
    const { id } = make(1, -40);
    tutorCruncher.now.behaviour.alter = (request, response) => (isFailing(request) ? [503, {}] : response);
    expect(await failureOf(idsOf())).toMatch(/TutorCruncher/);
    tutorCruncher.now.behaviour.alter = (_request, response) => response;
    expect(await laterIds()).toEqual([String(id)]);
  });

  it('of one client that fail do not delay the other clients', async () => {
    setBalance('20.00');
    setBalance('20.00', 302);
    const [one, other] = [add(2, '-40.00'), add(1, '-40.00', { role: 302 })];
    tutorCruncher.now.behaviour.alter = (request, response) =>
      request.path.endsWith(`/clients/${CLIENT}/`) ? [503, {}] : response;
    expect(await idsOf()).toEqual([String(other.id)]);
    tutorCruncher.now.behaviour.alter = (_request, response) => response;
    expect(await laterIds()).toEqual([String(one.id)]);
  });

  it('of a change without an amount that fail do not delay the other clients', async () => {
    setBalance('20.00');
    setBalance('20.00', 302);
    add(2, null);
    const { id } = add(1, '-40.00', { role: 302 });
    expect(await idsOf()).toEqual([String(id)]);
    await expect(laterIds()).rejects.toThrow(/no amount of a balance change/);
  });
});
