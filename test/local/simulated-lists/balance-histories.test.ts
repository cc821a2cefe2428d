import { describe, expect, it, jest } from '@jest/globals';

import {
  clientStates,
  fallsBelow,
  fallsIn,
  simulatedBalanceChanges,
  type BalanceBranch,
  type BalanceChangeVersion,
} from '../../../local/simulated-lists/balance-histories.ts';
import { atChange, type History, type MinutesBetween } from '../../../local/simulated-lists/history.ts';
import { FROM_DETAILS } from '../../../local/simulated-lists/polled-list.ts';
import { DAY, DAY_START, HOUR, MINUTE, WEEK_END, WEEK_START } from '../../../local/simulated-lists/simulated-time.ts';

describe('the balance changes of a branch', () => {
  /**
   * Simulates the changes of a branch. Changes at random times happen a minute after each other, before the invoices.
   */
  const simulatedWith = (branch: BalanceBranch) => {
    let minute = 0;
    const between = jest.fn<MinutesBetween>(() => minute++ * MINUTE);
    return { changes: simulatedBalanceChanges(between, branch), between };
  };
  const onlyVersions = (changes: readonly History<BalanceChangeVersion>[]) =>
    changes.map(({ versions }) => {
      expect(versions).toHaveLength(1);
      return versions[0];
    });

  it('happen at random times, from 9 days before the week to an hour before its end', () => {
    const { changes, between } = simulatedWith({ clients: 10, changes: 3, together: 0 });
    expect(between.mock.calls).toEqual(Array(3).fill([WEEK_START - 9 * DAY, WEEK_END - HOUR]));
    expect(onlyVersions(changes)).toMatchObject(
      [0, MINUTE, 2 * MINUTE].map((created) => ({ created, from: atChange(created), status: null })),
    );
  });

  it('are numbered in the order of their times', () => {
    const times = [5, 3, 9].map((minutes) => DAY_START + minutes * MINUTE);
    const changes = simulatedBalanceChanges(() => times.shift() ?? 0, { clients: 10, changes: 3, together: 0 });
    expect(changes.map(({ id, versions }) => [id, versions[0]?.amount])).toEqual([
      [100, 40],
      [101, -35],
      [102, -10],
    ]);
  });

  it('have the amounts in turn, so that each client has a change of each amount', () => {
    const versions = onlyVersions(simulatedWith({ clients: 10, changes: 70, together: 0 }).changes);
    const amounts = versions.map((version) => version?.amount);
    expect(amounts.slice(0, 8)).toEqual([-35, 40, -10, 60, -45, -30, 25, -35]);
    const byClient = Map.groupBy(versions, (version) => version?.client);
    expect([...byClient.keys()]).toEqual([3000, 3007, 3004, 3001, 3008, 3005, 3002, 3009, 3006, 3003]);
    for (const own of byClient.values()) {
      expect(new Set(own.map((version) => version?.amount))).toEqual(new Set(amounts.slice(0, 7)));
    }
  });

  it('include invoices that are sent to different clients an hour after the start of the simulated day', () => {
    const versions = onlyVersions(simulatedWith({ clients: 4, changes: 1, together: 3 }).changes);
    const created = DAY_START + HOUR;
    expect(versions.slice(1)).toEqual(
      [3000, 3001, 3002].map((client) => ({ created, client, amount: -40, from: atChange(created), status: null })),
    );
  });
});

type ClientChange = readonly [client: number, amount: number];

/** Returns changes with these clients and amounts. Each change happens an hour after the previous one. */
const changesOf = (...changes: readonly ClientChange[]) =>
  changes.map(([client, amount], index): History<BalanceChangeVersion> => {
    const from = index * HOUR;
    return { id: 100 + index, versions: [{ created: from - 300, from, status: null, client, amount }] };
  });

describe('the states of clients', () => {
  /** Returns the time and the balance of each state, by client. */
  const balancesIn = (changes: readonly History<BalanceChangeVersion>[]) => {
    const byClient = Map.groupBy(clientStates(changes), ({ id }) => id);
    return Object.fromEntries(
      [...byClient].map(([id, states]) => [
        id,
        states.map(({ from, detailOf }) => [from / HOUR, detailOf({}).invoice_balance]),
      ]),
    );
  };

  it('have the balance at the beginning, and the balance after each change of the client', () => {
    expect(balancesIn(changesOf([3003, -20], [3004, -35], [3003, 40], [3003, -150]))).toEqual({
      3003: [
        [0, '120.00'],
        [0, '100.00'],
        [2, '140.00'],
        [3, '-10.00'],
      ],
      3004: [
        [0, '80.00'],
        [1, '45.00'],
      ],
    });
  });

  it('begin with different balances', () => {
    const clients = [3003, 3004, 3005, 3006, 3007, 3008, 3009, 3010];
    const balances = balancesIn(changesOf(...clients.map((client) => [client, 0] as const)));
    expect(clients.map((client) => balances[client]?.[0]?.[1])).toEqual(
      [120, 80, 55, 50, 45, 0, -60, 120].map((balance) => `${balance}.00`),
    );
  });

  it('show the balance only in the details, and are listed by id', () => {
    const [first, second, ...others] = clientStates(changesOf([3003, -20]));
    const row = { id: 3003, first_name: 'Priya', last_name: 'Raman' };
    expect(others).toEqual([]);
    for (const state of [first, second]) {
      expect(state).toMatchObject({ id: 3003, sortedBy: 3003, isDeleted: false });
      expect([state?.rows.summer(), state?.rows.winter()]).toEqual([row, row]);
    }
    expect(second?.detailOf(row)).toEqual({
      ...row,
      invoice_balance: '100.00',
      status: 'live',
      source: FROM_DETAILS,
    });
  });
});

describe('the falls of balances below an amount', () => {
  const MINIMUM = 50;
  /** A client that begins with 120 pounds. */
  const RICH = 3003;
  /** A client that begins with exactly the amount. */
  const EXACT = 3006;
  /** A client that begins with nothing. */
  const POOR = 3008;

  /** The falls: the ids of the changes that cause them, with the hours at which the falls end. */
  it.each<[title: string, changes: ClientChange[], falls: Record<number, number>]>([
    ['do not include a fall to the amount', [[RICH, -70]], {}],
    [
      'include a fall to less than the amount, without an end if the balance stays low',
      [[RICH, -71]],
      { 100: Infinity },
    ],
    ['include the first change of a client that begins with the amount', [[EXACT, -1]], { 100: Infinity }],
    ['do not include a change of a client that begins with less', [[POOR, -10]], {}],
    [
      'end when the balance reaches the amount',
      [
        [RICH, -71],
        [RICH, 1],
      ],
      { 100: 1 },
    ],
    [
      'end at the first of the changes that reach the amount',
      [
        [RICH, -80],
        [RICH, 9],
        [RICH, 1],
        [RICH, 1],
      ],
      { 100: 2 },
    ],
    [
      'do not include further changes while the balance is low',
      [
        [RICH, -71],
        [RICH, -10],
        [RICH, 5],
        [RICH, -5],
      ],
      { 100: Infinity },
    ],
    [
      'include each fall after a recovery',
      [
        [RICH, -71],
        [RICH, 1],
        [RICH, -1],
        [RICH, 10],
      ],
      { 100: 1, 102: 3 },
    ],
    [
      'include a fall of a client that began with less',
      [
        [POOR, 60],
        [POOR, -20],
      ],
      { 101: Infinity },
    ],
    [
      'are computed for each client alone',
      [
        [RICH, -80],
        [EXACT, -20],
        [EXACT, 100],
        [RICH, 5],
      ],
      { 100: Infinity, 101: 2 },
    ],
  ])('%s', (_title, changes, falls) => {
    const hours = [...fallsBelow(changesOf(...changes), MINIMUM)].map(([id, { until }]) => [id, until / HOUR]);
    expect(Object.fromEntries(hours)).toEqual(falls);
  });

  it('depend on the amount', () => {
    const changes = changesOf([RICH, -80]);
    expect([40, 41, 120, 121].map((minimum) => fallsBelow(changes, minimum).size)).toEqual([0, 1, 1, 0]);
  });

  it('are computed once, and only when they are read', () => {
    const changes = jest.fn(() => changesOf([RICH, -80]));
    const falls = fallsIn(changes, MINIMUM);
    expect(changes).not.toHaveBeenCalled();
    expect(falls()).toBe(falls());
    expect(changes).toHaveBeenCalledTimes(1);
  });
});
