import { describe, expect, it } from '@jest/globals';

import { durationInputs } from '../../src/inputs/duration.ts';
import { InputValues } from '../../src/inputs/input.ts';
import { runWith } from '../support/conversions.ts';
import { failureOf } from '../support/steps.ts';

describe('a duration', () => {
  const { inputs, msIn } = durationInputs('lead_time', [10, 'minutes'], [2, 'days'], 3, '');
  const durationIn = async (inputData: object): Promise<number> => {
    const run = runWith(inputData);
    return msIn(await InputValues.read(inputs, run), run);
  };

  it.each([
    [{}, 3 * 3_600_000],
    [{ lead_time: 5 }, 5 * 3_600_000],
    [{ time_unit: 'hours' }, 3 * 3_600_000],
    [{ lead_time: 10, time_unit: 'minutes' }, 600_000],
    [{ lead_time: 2, time_unit: 'Days' }, 2 * 86_400_000],
    [{ lead_time: 48 }, 2 * 86_400_000],
  ])('of %j is %d milliseconds', async (inputData, expected) => {
    expect(await durationIn(inputData)).toBe(expected);
  });

  it.each([{ lead_time: 9, time_unit: 'minutes' }, { lead_time: 49 }, { lead_time: 3, time_unit: 'days' }])(
    'refuses %j',
    async (inputData) => {
      expect(await failureOf(durationIn(inputData))).toMatch(/must be at least 10 minutes and at most 2 days/);
    },
  );
});
