import { describe, expect, it, jest } from '@jest/globals';

import type { History, Version } from '../../../local/simulated-lists/history.ts';
import {
  FROM_DETAILS,
  fromNow,
  polledList,
  statesOf,
  type ListDefinition,
} from '../../../local/simulated-lists/polled-list.ts';

interface TaskVersion extends Version {
  readonly due: number | null;
}

const DUE = Date.parse('2026-10-24T12:00:00Z');

const HISTORIES: readonly History<TaskVersion>[] = [
  {
    id: 7,
    versions: [
      { from: 10, status: 'open', due: DUE },
      { from: 20, status: 'deleted', due: null },
    ],
  },
  { id: 8, versions: [{ from: 15, status: null, due: DUE }] },
];

const definitionWith = (changes: Partial<ListDefinition<TaskVersion>> = {}): ListDefinition<TaskVersion> => ({
  path: 'tasks',
  histories: () => HISTORIES,
  timeOf: ({ due }) => due,
  rowOf: (id, { due }, timeText) => ({ id, due: due === null ? null : timeText(due) }),
  due: {},
  zaps: [],
  ...changes,
});

describe('the states of the records of a list', () => {
  const statesWith = (changes: Partial<ListDefinition<TaskVersion>> = {}) =>
    statesOf(definitionWith(changes), HISTORIES);

  it('are all states of all records, by time or else by the moment at which they began', () => {
    expect(statesWith()).toMatchObject([
      { id: 7, from: 10, isDeleted: false, time: DUE, sortedBy: DUE, filters: {} },
      { id: 7, from: 20, isDeleted: true, time: NaN, sortedBy: 20, filters: {} },
      { id: 8, from: 15, isDeleted: false, time: DUE, sortedBy: DUE, filters: {} },
    ]);
  });

  it('are sorted by id if the list is', () => {
    expect(statesWith({ isSortedById: true }).map(({ sortedBy }) => sortedBy)).toEqual([7, 7, 8]);
  });

  it('have the filters of the definition', () => {
    const filtersOf = (id: number, { status }: Version) => ({ status: status ?? 'none', id: String(id) });
    expect(statesWith({ filtersOf }).map(({ filters }) => filters)).toEqual([
      { status: 'open', id: '7' },
      { status: 'deleted', id: '7' },
      { status: 'none', id: '8' },
    ]);
  });

  it('have rows with the offset of the season, which are made once', () => {
    const rowOf = jest.fn(definitionWith().rowOf);
    const [first] = statesWith({ rowOf });
    expect(rowOf).not.toHaveBeenCalled();
    const rows = [first?.rows.summer(), first?.rows.winter()];
    expect(rows).toEqual([
      { id: 7, due: '2026-10-24T13:00:00+01:00' },
      { id: 7, due: '2026-10-24T12:00:00Z' },
    ]);
    expect([first?.rows.summer(), first?.rows.winter()]).toEqual(rows);
    expect(rowOf).toHaveBeenCalledTimes(2);
  });

  it('have details with a mark of their source only if rows lack fields', () => {
    const detailsOf = (id: number, { status }: Version) => ({ due: 'soon', text: `${id} is ${status}` });
    const row = { id: 7, due: null };
    expect(statesWith()[0]?.detailOf(row)).toEqual(row);
    expect(statesWith({ detailsOf })[0]?.detailOf(row)).toEqual({
      id: 7,
      due: 'soon',
      text: '7 is open',
      source: FROM_DETAILS,
    });
  });
});

describe('the test data of a list', () => {
  it('tell whether rows have all fields', () => {
    expect(polledList(definitionWith()).hasFullRows).toBe(true);
    expect(polledList(definitionWith({ detailsOf: () => ({}) })).hasFullRows).toBe(false);
  });

  it('have the newest record only if the definition has one', () => {
    const newest = () => ({ id: 9 });
    expect(polledList(definitionWith())).not.toHaveProperty('newest');
    expect(polledList(definitionWith({ newest }))).toMatchObject({ newest });
  });

  it('read no other lists by default', () => {
    const other = { path: 'jobs', states: () => [] };
    expect(polledList(definitionWith()).readsAlso).toEqual([]);
    expect(polledList(definitionWith({ readsAlso: [other] })).readsAlso).toEqual([other]);
  });

  it('compute the histories once, and only when they are read', () => {
    const histories = jest.fn(definitionWith().histories);
    const condition = () => null;
    const list = polledList(
      definitionWith({ histories, zaps: [{ trigger: 'task_due', title: 'Task Due', condition, requestsPerHour: 9 }] }),
    );
    expect(histories).not.toHaveBeenCalled();
    expect(list.states()).toHaveLength(3);
    expect(list.states()).toBe(list.states());
    expect(list.zaps[0]?.times().size).toBe(0);
    expect(histories).toHaveBeenCalledTimes(1);
  });

  it('give the histories random minutes that depend on the path', () => {
    const minuteOf = (path: string) => {
      let minute = 0;
      polledList(
        definitionWith({
          path,
          histories: (between) => {
            minute = between(0, DUE);
            return HISTORIES;
          },
        }),
      ).states();
      return minute;
    };
    expect(minuteOf('tasks')).toBe(minuteOf('tasks'));
    expect(minuteOf('tasks')).not.toBe(minuteOf('task'));
  });

  it('number the Zaps, and compute the periods in which they trigger', () => {
    const zap = { trigger: 'task_due', title: 'Task Due', requestsPerHour: 9 };
    const condition = (id: number) => ({ id: `task-${id}`, from: 12, to: 18 });
    const list = polledList(
      definitionWith({
        zaps: [
          { ...zap, condition },
          { ...zap, inputData: { days: '2' }, condition: () => null },
        ],
      }),
    );
    const [first, second] = list.zaps;
    expect(first).toEqual({ ...zap, id: 'tasks-1', inputData: {}, times: expect.any(Function) });
    expect(second).toEqual({ ...zap, id: 'tasks-2', inputData: { days: '2' }, times: expect.any(Function) });
    expect(first && Object.fromEntries(first.times())).toEqual({
      'task-7': [{ from: 12, to: 18 }],
      'task-8': [{ from: 15, to: 18 }],
    });
    expect(second?.times().size).toBe(0);
  });
});

it('a time from now has no fraction of a second', () => {
  jest.spyOn(Date, 'now').mockReturnValue(DUE + 999);
  expect([fromNow(2), fromNow(-0.5)]).toEqual(['2026-10-24T14:00:00Z', '2026-10-24T11:30:00Z']);
});
