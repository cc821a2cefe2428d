/** Updates of the console's event list. */

import { describe, expect, it } from '@jest/globals';

import { withFirstPage, withNextPage, type EventList } from '../../console/event-list.ts';
import { listedEvent as event } from './listed-event.ts';

const list = (numbers: readonly number[], next: number | null): EventList => ({
  events: numbers.map((number) => event(number)),
  next,
});

const numbersIn = ({ events }: EventList): number[] => events.map(({ number }) => number);

it('adds a next page at the end', () => {
  const longer = withNextPage(list([9, 8], 8), list([7, 6], 6));
  expect(numbersIn(longer)).toEqual([9, 8, 7, 6]);
  expect(longer.next).toBe(6);
});

describe('a new first page', () => {
  it('replaces the events of its range, and keeps older events and the position of the next page', () => {
    const page: EventList = { events: [event(10), event(9, 'failed'), event(8)], next: 8 };
    const updated = withFirstPage(list([9, 8, 7, 6], 6), page);
    expect(numbersIn(updated)).toEqual([10, 9, 8, 7, 6]);
    expect(updated.events[1]?.outcome).toBe('failed');
    expect(updated.next).toBe(6);
    expect(numbersIn(withFirstPage(list([8, 7], 7), list([10, 9, 8], 8)))).toEqual([10, 9, 8, 7]);
  });

  it('removes events that no longer meet the conditions', () => {
    expect(numbersIn(withFirstPage(list([9, 8, 7], 7), list([9, 7], 7)))).toEqual([9, 7]);
  });

  it('replaces the list if there could be events in between', () => {
    const updated = withFirstPage(list([5, 4], 4), list([30, 29], 29));
    expect(numbersIn(updated)).toEqual([30, 29]);
    expect(updated.next).toBe(29);
  });

  it('is the entire list if there was no list, or if no event follows', () => {
    expect(withFirstPage(null, list([3], 3))).toEqual(list([3], 3));
    expect(withFirstPage(list([9, 8, 7], 7), list([9], null))).toEqual(list([9], null));
  });
});
