/**
 * Each record runs the Zap once, or an error reports the record, for any length of the list and any history of polls.
 */

import { describe, expect, it } from '@jest/globals';

import { played } from './day-worker.ts';
import { HISTORIES, problemsIn } from './histories.ts';

describe('each due record runs the Zap once, or an error reports it within an hour', () => {
  it.each(HISTORIES)(
    '$title, polls every $day.minutes min',
    async ({ day, end }) => {
      const result = await played(day);
      const { zaps } = result;
      expect(problemsIn(result)).toEqual([]);
      const sumOf = (count: (zap: (typeof zaps)[number]) => number) => zaps.reduce((sum, zap) => sum + count(zap), 0);
      const [missed, lost] = [sumOf((zap) => zap.missed), sumOf((zap) => zap.lost)];
      const errors = sumOf((zap) => zap.errors);
      const facts = { hasMissed: missed > 0, hasErrors: errors > 0, hasLost: lost > 0 };
      expect(facts).toEqual(
        {
          all: { hasMissed: false, hasErrors: day.outage !== undefined, hasLost: false },
          told: { hasMissed: true, hasErrors: true, hasLost: false },
          late: { ...facts, hasErrors: true, hasLost: false },
          lost: { hasMissed: true, hasErrors: false, hasLost: true },
        }[end],
      );
      expect(sumOf((zap) => zap.expected)).toBeGreaterThan(0);
    },
    300_000,
  );
});
