/** Detection of a database that has stepped back to an earlier state. */

import { describe, expect, it } from '@jest/globals';

import { hasSteppedBack, type ServicePosition } from '../../delivery/step-back.ts';

describe('the detection of a step back', () => {
  const arrival = { seq: 9, deliveryId: 'a' };

  it.each<[what: string, position: ServicePosition, newestSeq: number, idOfNine: string | null, expected: boolean]>([
    ['a newer delivery', { newestSeq: 9, newestArrival: arrival }, 10, 'a', false],
    ['the same delivery', { newestSeq: 9, newestArrival: arrival }, 9, 'a', false],
    ['a delivery that has been deleted', { newestSeq: 9, newestArrival: arrival }, 9, null, false],
    ['no arrival', { newestSeq: 9, newestArrival: null }, 9, 'b', false],
    ['an older delivery', { newestSeq: 9, newestArrival: null }, 8, null, true],
    ['another delivery with the same number', { newestSeq: 9, newestArrival: arrival }, 9, 'b', true],
    [
      'another delivery with the same number, and newer deliveries',
      { newestSeq: 9, newestArrival: arrival },
      20,
      'b',
      true,
    ],
  ])('with %s', (_what, position, newestSeq, idOfNine, expected) => {
    const ids = new Map(idOfNine === null ? [] : [[9, idOfNine]]);
    expect(hasSteppedBack(position, { newestSeq }, ids)).toBe(expected);
  });
});
