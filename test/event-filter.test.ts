import { expect, it } from '@jest/globals';

import { keeps, meetsChosen, type EventFilter } from '../src/instant/event-filter.ts';

const filterWith = (...verdicts: readonly (boolean | null)[]): EventFilter => ({
  actions: { actions: ['A'] },
  object: null,
  chosen: verdicts.map((verdict) => ({ choice: 'Choice', isMet: () => verdict })),
});

it.each<readonly [verdicts: readonly (boolean | null)[], isKept: boolean, isMet: boolean]>([
  [[], true, true],
  [[true, true], true, true],
  [[true, false], false, false],
  [[null, true], true, false],
  [[null, false], false, false],
])(
  'chosen conditions with the verdicts %j keep an event: %s, and are met by a record: %s',
  (verdicts, isKept, isMet) => {
    const filter = filterWith(...verdicts);
    expect([keeps(filter, { action: 'A', subject: {} }), meetsChosen(filter, {})]).toEqual([isKept, isMet]);
  },
);
