/** Zaps with the trigger Balance Below, and the balances and balance changes that they read. */

import { afterEach, beforeEach, jest } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import { MINUTE } from '../../local/simulated-lists/simulated-time.ts';
import { balanceChange } from '../../objects/balance-change.ts';
import type { JsonObject } from '../../wire/json.ts';
import { fromNow, poll } from '../support/polls.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';

export const CLIENT = 301;

export const isDetail = ({ path }: ApiRequest) => /\/balance-updates\/\d+\/$/.test(path);
export const isClient = ({ path }: ApiRequest) => /\/clients\/\d+\/$/.test(path);
export const isRows = ({ path }: ApiRequest) => path.includes('/balance-updates/?') && !path.includes('client=');
export const isListOfClient = ({ path }: ApiRequest) => path.includes('/balance-updates/?') && path.includes('client=');

/** Returns the ids of the records of a poll. */
export const idsOf = async (inputData: JsonObject = {}, keepsCache = false) =>
  (await poll('balance_below', { minimum_balance: '50', ...inputData }, { keepsCache })).map(({ id }) => id);

/** Polls some minutes later, when the rows are read again. */
export const laterIds = (inputData: JsonObject = {}, minutes = 10) => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + minutes * MINUTE);
  return idsOf(inputData, true);
};

/** Starts the stand-in for TutorCruncher before the tests of a file. Each test begins without balance changes. */
export function useBalances() {
  const tutorCruncher = useTutorCruncher();
  const setBalance = (invoice_balance: unknown, client = CLIENT) =>
    tutorCruncher.now.account.change('clients', client, { invoice_balance });
  /** Adds a balance change without changing the balance. @param hours - hours since the balance change */
  const add = (hours: number, credit_amount: unknown, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add('balance-updates', {
      ...balanceChange.sample.subject,
      created: fromNow(-hours),
      credit_amount,
      ...fields,
    });
  /** Changes the balance of a client and adds the balance change, as TutorCruncher does. */
  const make = (hours: number, amount: number, fields: JsonObject = {}) => {
    const before = Number(tutorCruncher.now.account.find('clients', CLIENT)?.invoice_balance);
    setBalance((before + amount).toFixed(2));
    return add(hours, amount.toFixed(2), fields);
  };
  /** Returns the number of requests of a kind. */
  const count = (kind: (request: ApiRequest) => boolean) => tutorCruncher.requests().filter(kind).length;

  beforeEach(() => {
    tutorCruncher.now.account.addList('balance-updates', []);
    setBalance('0.00');
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return { tutorCruncher, setBalance, add, make, count };
}
