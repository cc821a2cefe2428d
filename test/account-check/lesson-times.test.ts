/** Accounts that contradict the assumptions about the filters of lessons by time. */

import { expect, it } from '@jest/globals';

import { changedBody, checkChanged, namesWith } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

testContradictions([
  ['filters.start', 'start_lte compares the end', (behaviour) => (behaviour.startLteCompares = 'finish')],
  ['filters.days', 'dates are refused', changedBody(/start_gte=[\d-]+&/, () => ({ results: [] }))],
]);

it('the stand-in does not tell which time start_lte compares if only dates count', async () => {
  const { report, findings } = await checkChanged((behaviour) => {
    behaviour.comparesDatesOnly = true;
  });
  expect(report.lessonTimes).toMatchObject({ startLte: 'unknown', timeOfDay: 'does not count' });
  expect(namesWith({ findings }, 'differs')).toEqual([]);
});
