/**
 * Balance Below in branches with many balance changes, alone and beside other Zaps.
 *
 * @slow days of polls, 6 s of CPU
 */

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { simulatedBalanceChanges, type BalanceBranch } from '../../../local/simulated-lists/balance-histories.ts';
import { minutesBetween, timesOf } from '../../../local/simulated-lists/history.ts';
import { simulatedLessons } from '../../../local/simulated-lists/lesson-histories.ts';
import { balanceChangeList } from '../../../local/simulated-lists/lists/balance-changes.ts';
import { lessonList } from '../../../local/simulated-lists/lists/lessons.ts';
import { polledList, statesOf, type SimulatedZap } from '../../../local/simulated-lists/polled-list.ts';
import { DAY_START, HOUR, MINUTE } from '../../../local/simulated-lists/simulated-time.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier } from '../../../local/simulated-lists/simulated-zapier.ts';
import { once } from '../../../src/once.ts';
import { expectedRuns } from './expected-runs.ts';
import { LESSON_ZAPS, SEVEN } from './lesson-zaps.ts';
import { playZap } from './played-zap.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a branch with many balance changes', () => {
  const played = { from: DAY_START, to: DAY_START + 12 * HOUR };
  const listOf = (branch: BalanceBranch) => {
    const list = balanceChangeList(once(() => simulatedBalanceChanges(minutesBetween('busy'), branch)));
    return polledList({
      ...list,
      zaps: list.zaps.filter(({ trigger }) => trigger === 'balance_below').map((zap) => ({ ...zap, keepsNotes: true })),
    });
  };
  const alone = (branch: BalanceBranch, minutes: number) => {
    const list = listOf(branch);
    const [zap] = list.zaps;
    if (!zap) throw new Error('The list has no Zap.');
    return playZap(list, zap, minutes, played);
  };

  it.each([
    [{ clients: 12_714, changes: 8_000, together: 300 }, 2],
    [{ clients: 12_714, changes: 8_000, together: 300 }, 15],
  ])(
    'runs the Zap once for each fall: %j, polls every %d minutes',
    async (branch, minutes) => {
      const { problems, runs } = await alone(branch, minutes);
      expect(problems).toEqual([]);
      expect(runs).toBeGreaterThan(10);
    },
    300_000,
  );

  it('fails with a message if there are too many', async () => {
    const { problems } = await alone({ clients: 12_714, changes: 12_000, together: 600 }, 15);
    expect(problems.at(-1)).toMatch(
      /too many records .+ It reads all balance changes of the last 5 days\. Turn this Zap off/,
    );
  }, 300_000);

  it('runs the Zap beside seven others, with polls every 2 minutes', async () => {
    const list = listOf({ clients: 2_000, changes: 1_000, together: 150 });
    const lessons = simulatedLessons(3, { perDay: 150, crowd: 40, days: 4 });
    const lessonZaps = LESSON_ZAPS.filter(({ id }) => SEVEN.includes(id)).map(
      ({ condition, ...zap }): SimulatedZap => ({ ...zap, times: () => timesOf(lessons, condition) }),
    );
    const branch = new SimulatedTutorCruncher(
      [
        ...[list, ...list.readsAlso].map(({ path, states }) => ({ path, states: states() })),
        { path: lessonList.path, states: statesOf(lessonList, lessons) },
      ],
      { from: 0, to: 0 },
    );
    const zapier = new SimulatedZapier(branch, [...lessonZaps, ...list.zaps]);
    jest.spyOn(Date, 'now').mockImplementation(() => branch.now);
    await zapier.play(played, 2 * MINUTE);
    expect(zapier.messages).toEqual([]);
    expect(Math.max(...branch.perMinute.values())).toBeLessThanOrEqual(70);
    for (const zap of list.zaps) {
      const { ids } = expectedRuns(zap, HOUR, { ...played, from: played.from + MINUTE });
      const runs = new Set(zapier.runs.get(zap.id)?.map(({ id }) => id));
      expect(ids.length).toBeGreaterThan(10);
      expect(ids.filter((id) => !runs.has(id))).toEqual([]);
    }
  }, 300_000);
});
